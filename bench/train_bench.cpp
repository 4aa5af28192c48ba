// Times training steps of Deformable DETR R50: forward, losses with matching, backward, clipping and
// AdamW; prints one JSON line.
//
//   build/bench/train_bench --height 480 --width 640 --batch 2 --threads 1
//   build/bench/train_bench --height 800 --width 1333 --batch 2 --precision bf16 --device cuda
//
// Random weights, pixels and objects; nothing is read, so what is timed is the step alone.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "bench/device_clock.h"
#include "bench/host_clock.h"
#include "bench/run_bench.h"
#include "saccade/core/json_writer.h"
#include "saccade/loss/criterion.h"
#include "saccade/model/detector.h"
#include "saccade/model/init_weights.h"
#include "saccade/op/autocast.h"
#include "saccade/op/devices.h"
#include "saccade/op/weight_casts.h"
#include "saccade/op/tensor_memory.h"

namespace {

struct Options {
  std::int64_t height = 480, width = 640, batch = 2, objects = 7;
  int threads = 1;
  int steps = 2;
  std::string device = "cpu", precision = "fp32";
};

struct Batch {
  at::Tensor pixels, mask;
  std::vector<saccade::LossTarget> targets;
};

// The trainable tensors and what AdamW keeps for them.
struct Parameters {
  std::vector<at::Tensor> weights, means, squares, steps;

  void add(at::Tensor& weight) {
    weight.set_requires_grad(true);
    weights.push_back(weight);
    means.push_back(at::zeros_like(weight));
    squares.push_back(at::zeros_like(weight));
    steps.push_back(at::zeros({}, weight.options()));
  }
  std::vector<at::Tensor> gradients() const {
    std::vector<at::Tensor> all;
    for (const at::Tensor& weight : weights) all.push_back(weight.grad());
    return all;
  }
};

// Milliseconds of the parts of a step; cpu_ms is the processor time of all.
struct StepTimes {
  double forward_loss = 0, backward = 0, optimizer = 0, cpu_ms = 0;
  double whole() const { return forward_loss + backward + optimizer; }
};

Parameters trainable(saccade::Detector& detector) {
  Parameters parameters;
  std::set<const void*> seen;  // shared heads come under several names
  detector.visit([&](const std::string& name, at::Tensor& tensor, saccade::TensorKind kind) {
    if (!saccade::is_trainable(detector.config(), name, kind)) return;
    if (seen.insert(tensor.unsafeGetTensorImpl()).second) parameters.add(tensor);
  });
  return parameters;
}

Batch make_batch(const Options& o, const at::Device& device) {
  Batch batch{at::randn({o.batch, 3, o.height, o.width}).to(device),
              at::zeros({o.batch, o.height, o.width}, at::kBool),
              {}};
  for (std::int64_t i = 0; i < o.batch; ++i) {
    batch.targets.push_back(
        {at::randint(91, {o.objects}, at::kLong),
         at::cat({at::rand({o.objects, 2}) * 0.6 + 0.2, at::rand({o.objects, 2}) * 0.3 + 0.05},
                 1)});
  }
  return batch;
}

using saccade::bench::processor_ms;

// Clips the norm of all gradients to 0.1 and updates.
void update(Parameters& parameters) {
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> gradients = parameters.gradients();
  const double norm = at::stack(at::_foreach_norm(gradients)).norm().item<double>();
  at::_foreach_mul_(gradients, std::min(1.0, 0.1 / (norm + 1e-6)));
  at::_foreach_add_(parameters.steps, 1);
  at::_fused_adamw_(parameters.weights, gradients, parameters.means, parameters.squares, {},
                    parameters.steps, /*lr=*/2e-4, /*beta1=*/0.9, /*beta2=*/0.999,
                    /*weight_decay=*/1e-4, /*eps=*/1e-8, /*amsgrad=*/false, /*maximize=*/false);
}

// What has been queued on the device counts.
double wall_ms(const at::Device& device) {
  if (!device.is_cpu())
    c10::impl::VirtualGuardImpl(device.type()).synchronizeDevice(device.index());
  return saccade::bench::wall_ms();
}

at::Tensor loss_of(const saccade::Detector& detector, saccade::WeightCasts& casts,
                   const Batch& batch, const std::string& precision) {
  static const auto kCriterion =
      saccade::CriterionOptions::defaults(saccade::ModelFamily::kDeformableDetr);
  saccade::ModelOutput output;
  {
    const saccade::Autocast autocast(detector.device().type(), saccade::autocast_type(precision));
    const saccade::WeightCasts::Pass pass(casts);
    output = detector.forward(batch.pixels, batch.mask);
  }
  output.pred_logits = output.pred_logits.to(at::kFloat);
  output.pred_boxes = output.pred_boxes.to(at::kFloat);
  return saccade::compute_losses(output, batch.targets, saccade::count_boxes(batch.targets),
                                 kCriterion)
      .total;
}

StepTimes step(const saccade::Detector& detector, Parameters& parameters, const Batch& batch,
               const std::string& precision) {
  static saccade::WeightCasts casts(/*adds_gradients=*/true);
  const at::Device device = detector.device();
  const double start = wall_ms(device), cpu = processor_ms();
  for (const at::Tensor& weight : parameters.weights) weight.mutable_grad().reset();
  at::Tensor loss = loss_of(detector, casts, batch, precision);
  const double with_loss = wall_ms(device);
  loss.backward();
  const double with_gradients = wall_ms(device);
  update(parameters);
  return {with_loss - start, with_gradients - with_loss, wall_ms(device) - with_gradients,
          processor_ms() - cpu};
}

void run(const Options& options) {
  const at::Device device = saccade::open_device(options.device).device;
  if (device.is_cpu()) saccade::keep_tensor_memory();
  at::set_num_threads(options.threads);
  at::manual_seed(0);
  const auto detector = saccade::make_detector({});
  saccade::init_weights(*detector, 0);
  detector->to(device);
  detector->set_training(true);
  Parameters parameters = trainable(*detector);
  const Batch batch = make_batch(options, device);
  step(*detector, parameters, batch, options.precision);
  StepTimes best = step(*detector, parameters, batch, options.precision);
  for (int i = 1; i < options.steps; ++i) {
    const StepTimes times = step(*detector, parameters, batch, options.precision);
    if (times.whole() < best.whole()) best = times;
  }
  saccade::JsonWriter json;
  json.begin_object().member("bench", "train").member("peer", "saccade");
  json.member("device", options.device).member("precision", options.precision);
  json.member("device_peak_mb", saccade::bench::take_peak_megabytes(device));
  json.member("threads", options.threads).member("ms", best.whole());
  json.member("forward_loss_ms", best.forward_loss).member("backward_ms", best.backward);
  json.member("optimizer_ms", best.optimizer).member("cpu_ms", best.cpu_ms).end_object();
  std::puts(json.text().c_str());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Times training steps of Deformable DETR R50", "train_bench"};
  Options options;
  const CLI::Range positive(std::int64_t{1}, std::int64_t{1} << 20);
  app.add_option("--height", options.height)->check(positive);
  app.add_option("--width", options.width)->check(positive);
  app.add_option("--batch", options.batch)->check(positive);
  app.add_option("--objects", options.objects, "of each image")->check(positive);
  app.add_option("--threads", options.threads)->check(CLI::Range(1, 1024));
  app.add_option("--steps", options.steps, "of which the fastest counts, after one to warm up")
      ->check(CLI::Range(1, 1000));
  app.add_option("--device", options.device, "cpu, cuda or cuda:N");
  app.add_option("--precision", options.precision)->check(CLI::IsMember({"fp32", "bf16"}));
  CLI11_PARSE(app, argc, argv);
  return saccade::bench::run_bench(app, options, &run);
}
