// match_bench FILE.safetensors: times the matching of one training step and prints one JSON line with
// its time and its pairs. bench/synthetic_data.py match makes such a file.
//
//   build/bench/match_bench inputs.safetensors --threads 1
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <limits>

#include "bench/host_clock.h"
#include "bench/run_bench.h"
#include "saccade/checkpoint/tensors.h"
#include "saccade/core/cpu_isa.h"
#include "saccade/core/json_writer.h"
#include "saccade/loss/matcher.h"

namespace {

struct Options {
  std::string file;
  int threads = 1;
  double visit_s = 0.4;
};

struct Inputs {
  at::Tensor logits, boxes;  // [layers, N, Q, K], [layers, N, Q, 4]
  std::vector<saccade::LossTarget> targets;
};

struct Times {
  double wall_ms = std::numeric_limits<double>::infinity();
  double cpu_ms = std::numeric_limits<double>::infinity();
};

using Matches = std::vector<std::vector<saccade::Match>>;

Inputs read_inputs(const std::string& file) {
  const auto tensors = saccade::load_safetensors(file);
  Inputs in{tensors.at("logits").clone(), tensors.at("boxes").clone(), {}};
  for (std::int64_t i = 0; i < in.logits.size(1); ++i)
    in.targets.push_back({tensors.at("labels")[i].clone(), tensors.at("target_boxes")[i].clone()});
  return in;
}

using saccade::bench::processor_ms;
using saccade::bench::wall_ms;

// The fastest call of a visit.
Times fastest(const Inputs& in, double visit_s) {
  Times best;
  for (double spent = 0; spent < visit_s * 1e3;) {
    const double wall = wall_ms(), cpu = processor_ms();
    saccade::match(in.logits, in.boxes, in.targets, {});
    const double ms = wall_ms() - wall;
    best.wall_ms = std::min(best.wall_ms, ms);
    best.cpu_ms = std::min(best.cpu_ms, processor_ms() - cpu);
    spent += ms;
  }
  return best;
}

// Of each layer, of each image: [predictions, objects].
void write_pairs(saccade::JsonWriter& json, const Matches& matches) {
  const auto write = [&](const std::vector<std::int64_t>& numbers) {
    json.begin_array();
    for (const std::int64_t number : numbers) json.value(number);
    json.end_array();
  };
  json.begin_array();
  for (const auto& layer : matches) {
    for (const saccade::Match& match : layer) {
      json.begin_array();
      write(match.pred);
      write(match.target);
      json.end_array();
    }
  }
  json.end_array();
}

void run(const Options& options) {
  at::set_num_threads(options.threads);
  const Inputs in = read_inputs(options.file);
  const Matches matches = saccade::match(in.logits, in.boxes, in.targets, {});
  const Times best = fastest(in, options.visit_s);
  saccade::JsonWriter json;
  json.begin_object().member("bench", "match").member("peer", "saccade");
  json.member("isa", name_of(saccade::cpu_isa())).member("threads", options.threads);
  json.member("ms", best.wall_ms).member("cpu_ms", best.cpu_ms).key("pairs");
  write_pairs(json, matches);
  json.end_object();
  std::puts(json.text().c_str());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Times the matching of predictions and objects of one training step", "match_bench"};
  Options options;
  app.add_option("file", options.file, "logits, boxes, labels, target_boxes")->required();
  app.add_option("--threads", options.threads, "default: 1")->check(CLI::Range(1, 1024));
  app.add_option("--visit", options.visit_s, "seconds of which the fastest call counts");
  CLI11_PARSE(app, argc, argv);
  return saccade::bench::run_bench(app, options, &run);
}
