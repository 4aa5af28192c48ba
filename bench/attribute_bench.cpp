// attribute_bench: each attribution method on one image beside a forward pass; prints one JSON line of milliseconds.
//
//   build/bench/attribute_bench --weights assets/street_r18.safetensors --height 384 --width 640
//   build/bench/attribute_bench --height 480 --width 640                 # Deformable DETR R50, random weights
//
// `infer`: a forward pass as `detect` runs it. `prepared`: the pass that keeps what later ones need, once an image; `encoder_reads`: the
// record of what encoder layers read, once an image, for relevance. The methods: one target each, with those two made before.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <string>

#include "bench/bench_model.h"
#include "bench/device_clock.h"
#include "bench/run_bench.h"
#include "saccade/core/json_writer.h"
#include "saccade/explain/attribution.h"
#include "saccade/model/inference.h"
#include "saccade/op/devices.h"
#include "saccade/op/tensor_memory.h"

namespace {

using Options = saccade::bench::ImageOptions;

using Milliseconds = std::map<std::string, double>;

Milliseconds time_round(const saccade::LoadedModel& model, const at::Tensor& pixels,
                        const at::Tensor& mask) {
  const at::Device device = model.detector->device();
  const auto time = [&](const auto& job) { return saccade::bench::time_jobs(device, job, 1); };
  Milliseconds ms;
  ms["infer"] = time([&] { saccade::infer(model, pixels, mask); });
  std::optional<saccade::Attributor> attributor;
  const saccade::OriginalSize size{static_cast<double>(pixels.size(3)),
                                   static_cast<double>(pixels.size(2))};
  ms["prepared"] = time([&] { attributor.emplace(model, pixels, mask, size); });
  ms["encoder_reads"] = time([&] { attributor->image().encoder_reads(); });
  for (const saccade::AttributionMethod method : saccade::attribution_methods()) {
    if (method == saccade::AttributionMethod::kDrise) continue;  // as many passes as masks
    ms[std::string(saccade::method_name(method))] =
        time([&] { attributor->map(method, {.query = 0, .label = 1}); });
  }
  return ms;
}

void run(const Options& o) {
  const at::Device device = saccade::open_device(o.device).device;
  saccade::keep_tensor_memory();
  at::set_num_threads(o.threads);
  at::manual_seed(0);
  const saccade::LoadedModel model = saccade::bench::model_of(o.weights);
  model.detector->to(device);
  const at::Tensor pixels = at::randn({1, 3, o.height, o.width}).to(device);
  const at::Tensor mask = at::zeros({1, o.height, o.width}, at::kBool);
  time_round(model, pixels, mask);
  Milliseconds best = time_round(model, pixels, mask);
  for (int i = 1; i < o.rounds; ++i)
    for (const auto& [what, ms] : time_round(model, pixels, mask))
      best[what] = std::min(best[what], ms);
  saccade::JsonWriter json;
  json.begin_object().member("bench", "attribute").member("device", device.str());
  json.member("threads", o.threads).member("height", o.height).member("width", o.width);
  for (const auto& [what, ms] : best) json.member(what + "_ms", ms);
  std::printf("%s\n", json.end_object().text().c_str());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Attribution methods on one image against a forward pass", "attribute_bench"};
  Options options;
  saccade::bench::add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  return saccade::bench::run_bench(app, options, &run);
}
