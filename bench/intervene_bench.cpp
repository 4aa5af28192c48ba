// intervene_bench: an intervention on one image against a whole forward pass; prints one JSON line.
//
//   build/bench/intervene_bench --height 480 --width 640                   # Deformable DETR R50, random weights
//   build/bench/intervene_bench --weights assets/street_r18.safetensors --height 320 --width 544
//
// `variant`: one head of each decoder layer off in turn, one after another (the mean over the layers, of which the first
// runs all and the last one). `heads`: every cross-attention head of the decoder, together.
#include <algorithm>
#include <cstdio>

#include "bench/bench_model.h"
#include "bench/device_clock.h"
#include "bench/run_bench.h"
#include "saccade/core/json_writer.h"
#include "saccade/explain/intervention_session.h"
#include "saccade/model/inference.h"
#include "saccade/op/devices.h"

namespace {

using Options = saccade::bench::ImageOptions;

saccade::Interventions head_off(int layer, int head) {
  saccade::AttentionUnit unit;
  unit.layers = {.all = false, .some = {layer}};
  unit.heads = {.all = false, .some = {head}};
  return {{.text = "", .change = saccade::HeadsOff{.unit = unit}}};
}

struct Milliseconds {
  double full = 0, variant = 0, heads = 0;
};

Milliseconds time_round(const saccade::LoadedModel& model, const at::Tensor& pixels,
                        const at::Tensor& mask, const saccade::InterventionSession& session) {
  const at::Device device = model.detector->device();
  const saccade::ModelConfig& config = model.detector->config();
  std::vector<saccade::Interventions> heads;
  for (int layer = 0; layer < config.dec_layers; ++layer)
    for (int head = 0; head < config.nheads; ++head) heads.push_back(head_off(layer, head));
  const auto time = [&](const auto& job) { return saccade::bench::time_jobs(device, job, 1); };
  return {.full = time([&] { saccade::infer(model, pixels, mask); }),
          .variant = time([&] {
                       for (int layer = 0; layer < config.dec_layers; ++layer)
                         session.run(head_off(layer, 0));
                     }) /
                     config.dec_layers,
          .heads = time([&] { session.run_all(heads); })};
}

void run(const Options& o) {
  const at::Device device = saccade::open_device(o.device).device;
  at::set_num_threads(o.threads);
  at::manual_seed(0);
  const saccade::LoadedModel model = saccade::bench::model_of(o.weights);
  model.detector->to(device);
  const at::Tensor pixels = at::randn({1, 3, o.height, o.width}).to(device);
  const at::Tensor mask = at::zeros({1, o.height, o.width}, at::kBool);
  const saccade::InterventionSession session(
      model, pixels, mask, {static_cast<double>(o.width), static_cast<double>(o.height)});
  Milliseconds best = time_round(model, pixels, mask, session);
  for (int i = 0; i < o.rounds; ++i) {
    const Milliseconds next = time_round(model, pixels, mask, session);
    best = {std::min(best.full, next.full), std::min(best.variant, next.variant),
            std::min(best.heads, next.heads)};
  }
  saccade::JsonWriter json;
  json.begin_object().member("bench", "intervene").member("device", o.device);
  json.member("threads", o.threads).member("full_ms", best.full).member("variant_ms", best.variant);
  json.member("heads_ms", best.heads).member("full_per_variant", best.full / best.variant);
  json.member("heads_in_full", best.heads / best.full).end_object();
  std::puts(json.text().c_str());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Times interventions on one image against whole forward passes", "intervene_bench"};
  Options options;
  saccade::bench::add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  return saccade::bench::run_bench(app, options, &run);
}
