// infer_bench: times the forward pass of a detector, from pixels to boxes; prints one JSON line.
//
//   build/bench/infer_bench --height 800 --width 1333 --batch 1 --precision bf16 --device cuda
//   build/bench/infer_bench --weights assets/street_r18.safetensors --height 320 --width 544 --stages
//
// Random pixels; without --weights those of Deformable DETR R50 are random too. On a GPU the pass is recorded as a graph after three
// (SACCADE_CUDA_GRAPHS=off: it is not). With --stages it prints a table instead: where the time of one
// pass on the CPU goes, by stage and by operator.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "bench/bench_model.h"
#include "bench/device_clock.h"
#include "bench/host_clock.h"
#include "bench/operator_profile.h"
#include "bench/run_bench.h"
#include "saccade/core/error.h"
#include "saccade/core/json_writer.h"
#include "saccade/model/inference.h"
#include "saccade/op/devices.h"
#include "saccade/op/tensor_memory.h"

namespace {

struct Options {
  std::int64_t height = 480, width = 640, batch = 1;
  std::string device = "cpu", precision = "fp32", weights;
  int threads = 1;
  int rounds = 5;
  std::int64_t padding = 0;  // columns
  bool stages = false;
};

// Milliseconds.
struct Times {
  double best = 0, median = 0, least_cpu = 0;
};

using saccade::bench::processor_ms;

// Each round's latency is that of one pass alone: the next begins when its result is there.
Times time_passes(const Options& o, const at::Device& device, const std::function<void()>& pass) {
  for (int i = 0; i < 4; ++i) pass();
  std::vector<double> ms, cpu;
  for (int i = 0; i < o.rounds; ++i) {
    const double before = processor_ms();
    ms.push_back(saccade::bench::time_jobs(device, pass, 1));
    cpu.push_back(processor_ms() - before);
  }
  std::sort(ms.begin(), ms.end());
  return {ms.front(), ms[ms.size() / 2], *std::min_element(cpu.begin(), cpu.end())};
}

// As `detect` and `eval` have it.
saccade::LoadedModel make_model(const Options& o, const at::Device& device) {
  saccade::LoadedModel model = saccade::bench::model_of(o.weights);
  model.autocast = saccade::autocast_type(o.precision);
  model.detector->to(device);
  const char* const graphs = std::getenv("SACCADE_CUDA_GRAPHS");
  if (!device.is_cpu() && (graphs == nullptr || std::string_view(graphs) != "off"))
    model.graphs = std::make_shared<saccade::GraphedDetector>(*model.detector);
  return model;
}

// Of one stage; what takes less than a hundredth of it is summed up.
void print_stage(const char* name, const std::function<void()>& stage) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<saccade::bench::OperatorProfile::Row> rows;
  {
    const saccade::bench::OperatorProfile profile;
    stage();
    rows = profile.rows();
  }
  const std::chrono::duration<double, std::milli> all = std::chrono::steady_clock::now() - start;
  std::printf("%-10s %8.1f ms\n", name, all.count());
  double rest = all.count();
  for (const auto& row : rows) {
    if (row.ms < all.count() / 100) continue;
    std::printf("  %-44s %8.1f ms  %5d calls\n", row.name.c_str(), row.ms, row.calls);
    rest -= row.ms;
  }
  std::printf("  %-44s %8.1f ms\n", "others, and between operators", rest);
}

void print_stages(const saccade::LoadedModel& model, const at::Tensor& pixels,
                  const at::Tensor& mask) {
  const saccade::InferenceScope scope(model);
  saccade::EncoderState start;
  saccade::Memory memory;
  print_stage("backbone", [&] { start = model.detector->encoder_start(pixels, mask); });
  print_stage("encoder", [&] { memory = model.detector->encode_from(start); });
  print_stage("decoder", [&] { model.detector->decode(memory); });
}

void run(const Options& o) {
  at::set_num_threads(o.threads);
  const at::Device device = saccade::open_device(o.device).device;
  at::manual_seed(0);
  saccade::keep_tensor_memory();
  const saccade::LoadedModel model = make_model(o, device);
  const at::Tensor pixels = at::randn({o.batch, 3, o.height, o.width}).to(device);
  at::Tensor mask = at::zeros({o.batch, o.height, o.width}, at::kBool);
  mask.narrow(2, o.width - o.padding, o.padding).fill_(true);
  const auto pass = [&] { saccade::infer(model, pixels, mask); };
  const Times times = time_passes(o, device, pass);
  if (o.stages && !device.is_cpu())
    throw saccade::UsageError("--stages: times the host's operators; for --device cpu alone");
  if (o.stages) return print_stages(model, pixels, mask);
  saccade::bench::take_peak_megabytes(device);
  pass();
  saccade::JsonWriter json;
  json.begin_object().member("bench", "infer").member("peer", "saccade");
  json.member("device", o.device).member("precision", o.precision).member("threads", o.threads);
  json.member("batch", o.batch).member("ms", times.best).member("median_ms", times.median);
  json.member("cpu_ms", times.least_cpu);
  json.member("images_per_s", 1e3 * static_cast<double>(o.batch) / times.best);
  json.member("device_peak_mb", saccade::bench::take_peak_megabytes(device)).end_object();
  std::puts(json.text().c_str());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Times the forward pass of a detector", "infer_bench"};
  Options options;
  const CLI::Range positive(std::int64_t{1}, std::int64_t{1} << 20);
  app.add_option("--weights", options.weights, "a file of weights (default: R50, random)");
  app.add_option("--height", options.height)->check(positive);
  app.add_option("--width", options.width)->check(positive);
  app.add_option("--batch", options.batch)->check(positive);
  app.add_option("--padding", options.padding, "columns of the width that are padding")
      ->check(CLI::Range(0, 31));
  app.add_option("--device", options.device, "cpu, cuda or cuda:N");
  app.add_option("--precision", options.precision)->check(CLI::IsMember({"fp32", "bf16", "fp16"}));
  app.add_option("--threads", options.threads)->check(CLI::Range(1, 1024));
  app.add_option("--rounds", options.rounds)->check(CLI::Range(1, 1000));
  app.add_flag("--stages", options.stages, "where the time goes, by stage and operator (CPU)");
  CLI11_PARSE(app, argc, argv);
  return saccade::bench::run_bench(app, options, &run);
}
