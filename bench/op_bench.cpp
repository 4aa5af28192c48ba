// op_bench: times ms_deform_attn beside eager PyTorch's formulation of it, in alternating rounds of
// one process; prints one JSON object per peer. bench/compare.py op makes a table of them.
//
//   build/bench/op_bench --shape enc800 --pass forward --threads 1 --dtype float32 --rounds 5
//   build/bench/op_bench --shape enc1333 --dtype bfloat16 --device cuda
//
// The eager peer is what PyTorch users without a compiled kernel have: one grid_sample per level, a
// stack and a weighted sum. From C++ it runs the same ATen kernels without Python's overhead.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>
#include <numbers>

#include "bench/device_clock.h"
#include "bench/host_clock.h"
#include "bench/run_bench.h"
#include "saccade/core/cpu_isa.h"
#include "saccade/core/json_writer.h"
#include "saccade/op/devices.h"
#include "saccade/op/ms_deform_attn.h"
#include "saccade/op/ms_deform_attn_reference.h"
#include "saccade/op/tensor_memory.h"

namespace {

using at::Tensor;

struct Options {
  std::string shape = "enc800";
  std::string pass = "forward";
  std::string dtype = "float32";
  std::string spread = "local";
  std::string device = "cpu";
  int threads = 1;
  int rounds = 5;
  bool deterministic = false;
  std::vector<std::string> peers{"ours", "eager", "reference_gemm1024"};
};

struct Inputs {
  Tensor value, shapes, locations, weights;
};

struct Picture {
  std::int64_t height, width, queries;  // queries 0: one per token, as in the encoder
};

const std::map<std::string, Picture> kPictures{{"enc480", {480, 640, 0}},
                                               {"enc800", {800, 1066, 0}},
                                               {"enc1333", {800, 1333, 0}},
                                               {"dec800", {800, 1066, 300}}};

// Maps at strides 8, 16, 32 and 64; each halving rounds up.
Tensor level_shapes(const Picture& picture) {
  auto height = (picture.height + 7) / 8;
  auto width = (picture.width + 7) / 8;
  const Tensor shapes = at::empty({4, 2}, at::kLong);
  for (int l = 0; l < 4; ++l) {
    shapes[l][0] = height;
    shapes[l][1] = width;
    height = (height + 1) / 2;
    width = (width + 1) / 2;
  }
  return shapes;
}

// Centres of all cells, (x, y) as a fraction: [1, S, 2].
Tensor cell_centres(const Tensor& shapes) {
  std::vector<Tensor> levels;
  for (std::int64_t l = 0; l < shapes.size(0); ++l) {
    const auto height = shapes[l][0].item<std::int64_t>();
    const auto width = shapes[l][1].item<std::int64_t>();
    const auto y = ((at::arange(height, at::kFloat) + 0.5) / height).view({-1, 1});
    const auto x = ((at::arange(width, at::kFloat) + 0.5) / width).view({1, -1});
    levels.push_back(
        at::stack({x.expand({height, width}), y.expand({height, width})}, -1).view({-1, 2}));
  }
  return at::cat(levels).unsqueeze(0);
}

// Offsets as a model starts with, in cells (head direction times point number), plus unit noise.
Tensor local_offsets(std::int64_t queries) {
  const auto angle = at::arange(8, at::kFloat) * (2 * std::numbers::pi / 8);
  auto direction = at::stack({angle.cos(), angle.sin()}, -1);
  direction = direction / direction.abs().amax(-1, /*keepdim=*/true);
  const auto step = at::arange(1, 5, at::kFloat);
  const auto base = direction.view({8, 1, 1, 2}) * step.view({1, 1, 4, 1});
  return base + at::randn({1, queries, 8, 4, 4, 2});
}

at::ScalarType type_of(const Options& options) {
  if (options.dtype == "bfloat16") return at::kBFloat16;
  if (options.dtype == "float16") return at::kHalf;
  return options.dtype == "float64" ? at::kDouble : at::kFloat;
}

// On a GPU locations and weights stay float32 beside half types, as a model under autocast has them.
Inputs make_inputs(const Options& options, const at::Device& device) {
  at::manual_seed(0);
  const Picture& picture = kPictures.at(options.shape);
  Inputs in;
  in.shapes = level_shapes(picture);
  const auto centres = cell_centres(in.shapes);
  const auto reference = picture.queries == 0 ? centres : at::rand({1, picture.queries, 2});
  const auto queries = reference.size(1);
  in.value = at::randn({1, centres.size(1), 8, 32});
  const auto sizes = in.shapes.flip(1).to(at::kFloat).view({4, 1, 2});  // (W, H)
  in.locations = options.spread == "uniform"
                     ? at::rand({1, queries, 8, 4, 4, 2})
                     : (reference.view({1, queries, 1, 1, 1, 2}) + local_offsets(queries) / sizes)
                           .contiguous();
  in.weights = at::softmax(at::randn({1, queries, 8, 16}), -1).view({1, queries, 8, 4, 4});
  const auto type = type_of(options);
  const auto rest = device.is_cpu() || type == at::kDouble ? type : at::kFloat;
  in.value = in.value.to(device, type);
  in.locations = in.locations.to(device, rest);
  in.weights = in.weights.to(device, rest);
  return in;
}

using Operator = Tensor (*)(const Tensor&, const Tensor&, const Tensor&, const Tensor&);

// Eager PyTorch wants one type for all three.
Inputs of_one_type(const Inputs& in) {
  const auto type = in.value.scalar_type();
  return {in.value, in.shapes, in.locations.to(type), in.weights.to(type)};
}

std::function<void()> job(const Inputs& in, Operator op, bool backward) {
  if (!backward) {
    return [in, op] {
      const c10::InferenceMode no_gradients;
      op(in.value, in.shapes, in.locations, in.weights);
    };
  }
  const auto leaf = [](const Tensor& t) { return t.clone().requires_grad_(); };
  const Inputs own{leaf(in.value), in.shapes, leaf(in.locations), leaf(in.weights)};
  const auto grad_out = at::randn({1, in.locations.size(1), 256}).to(in.value.options());
  return [own, op, grad_out] {
    for (const Tensor& t : {own.value, own.locations, own.weights}) t.mutable_grad().reset();
    op(own.value, own.shapes, own.locations, own.weights).backward(grad_out);
  };
}

struct Peer {
  std::string name;
  std::function<void()> run;
  std::vector<double> visits;                          // best time of each, ms
  double cpu_ms = std::numeric_limits<double>::max();  // least processor time, all threads
  double device_mb = 0;                                // most device memory beside the inputs
};

using saccade::bench::processor_ms;

// A device's queue is kept full: as many jobs as take about a visit, none of which is waited for.
double time_once(Peer& peer, const at::Device& device) {
  const double cpu = processor_ms();
  const double ms = saccade::bench::time_jobs(device, peer.run, device.is_cpu() ? 1 : 20);
  peer.cpu_ms = std::min(peer.cpu_ms, processor_ms() - cpu);
  return ms;
}

// A B C A B C ..., so that other load on the machine hits all alike. A visit repeats its job for at
// least 0.15 s and keeps the best.
void alternate(std::vector<Peer>& peers, int rounds, const at::Device& device) {
  for (Peer& peer : peers) {
    const double before = saccade::bench::megabytes_in_use(device);
    saccade::bench::take_peak_megabytes(device);
    peer.run();
    peer.device_mb = saccade::bench::take_peak_megabytes(device) - before;
  }
  for (int round = 0; round < rounds; ++round) {
    for (Peer& peer : peers) {
      double best = std::numeric_limits<double>::max();
      for (double spent = 0; spent < 150;) {
        const double ms = time_once(peer, device);
        best = std::min(best, ms);
        spent += device.is_cpu() ? ms : 20 * ms;
      }
      peer.visits.push_back(best);
    }
  }
}

// Of this process since it started; getrusage would report the parent's where that was larger.
double peak_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kilobytes = 0;
    if (word == "VmHWM:" && status >> kilobytes) return kilobytes / 1024;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

void print_results(const Options& options, std::vector<Peer>& peers) {
  for (Peer& peer : peers) {
    std::sort(peer.visits.begin(), peer.visits.end());
    saccade::JsonWriter json;
    json.begin_object()
        .member("bench", "op")
        .member("shape", options.shape)
        .member("pass", options.pass)
        .member("dtype", options.dtype)
        .member("device", options.device)
        .member("threads", options.threads)
        .member("peer", peer.name)
        .member("min_ms", peer.visits.front())
        .member("median_ms", peer.visits[peer.visits.size() / 2])
        .member("cpu_ms", peer.cpu_ms)
        .member("rounds", options.rounds)
        .member("process_peak_mb", peak_megabytes())
        .member("device_mb", peer.device_mb)
        .member("isa", name_of(saccade::cpu_isa()))
        .end_object();
    std::puts(json.text().c_str());
  }
}

void run(const Options& options) {
  saccade::keep_tensor_memory();
  at::set_num_threads(options.threads);
  const at::Device device = saccade::open_device(options.device).device;
  at::globalContext().setDeterministicAlgorithms(options.deterministic, /*warn_only=*/true);
  const Inputs in = make_inputs(options, device);
  const bool backward = options.pass == "forward_backward";
  const auto a = at::randn({1024, 1024}).to(device);
  std::vector<Peer> peers;
  for (const std::string& name : options.peers) {
    if (name == "ours") peers.push_back({name, job(in, &saccade::ms_deform_attn, backward)});
    if (name == "eager")
      peers.push_back({name, job(of_one_type(in), &saccade::ms_deform_attn_reference, backward)});
    if (name == "reference_gemm1024") peers.push_back({name, [a] { at::mm(a, a); }});
  }
  alternate(peers, options.rounds, device);
  print_results(options, peers);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Times ms_deform_attn beside eager PyTorch; one JSON object per peer", "op_bench"};
  Options options;
  app.add_option("--shape", options.shape)->check(CLI::IsMember(kPictures));
  app.add_option("--pass", options.pass)->check(CLI::IsMember({"forward", "forward_backward"}));
  app.add_option("--dtype", options.dtype)
      ->check(CLI::IsMember({"float32", "float64", "bfloat16", "float16"}));
  app.add_option("--spread", options.spread, "of the samples")
      ->check(CLI::IsMember({"local", "uniform"}));
  app.add_option("--device", options.device, "cpu, cuda or cuda:N");
  app.add_flag("--deterministic", options.deterministic, "backward with the same bits each time");
  app.add_option("--threads", options.threads)->check(CLI::Range(1, 1024));
  app.add_option("--rounds", options.rounds)->check(CLI::Range(1, 1000));
  app.add_option("--peers", options.peers, "which to time, in this order")
      ->delimiter(',')
      ->check(CLI::IsMember({"ours", "eager", "reference_gemm1024"}));
  CLI11_PARSE(app, argc, argv);
  return saccade::bench::run_bench(app, options, &run);
}
