// Loads an annotation file, and results if wanted, and prints what that cost as one JSON line.
#include <sys/resource.h>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>

#include "bench/host_clock.h"
#include "bench/run_bench.h"
#include "saccade/core/json_writer.h"
#include "saccade/data/coco.h"
#include "saccade/data/coco_results.h"

namespace {

struct Options {
  std::string annotations, results;
  int threads = 1;
};

// Of what has begun with it.
struct Stopwatch {
  double wall = saccade::bench::wall_ms(), cpu = saccade::bench::processor_ms();

  double seconds() const { return (saccade::bench::wall_ms() - wall) / 1e3; }
  double cpu_seconds() const { return (saccade::bench::processor_ms() - cpu) / 1e3; }
};

void run(const Options& options) {
  const Stopwatch load;
  const saccade::CocoFile file = saccade::load_coco(options.annotations, options.threads);
  saccade::JsonWriter json;
  json.begin_object()
      .member("items", file.data.annotations().size())
      .member("problems", file.problem_count)
      .member("seconds", load.seconds())
      .member("cpu_s", load.cpu_seconds());
  if (!options.results.empty()) {
    const Stopwatch read;
    const saccade::CocoResults found =
        saccade::read_coco_results(options.results, file.data, options.threads);
    json.member("detections", found.detections.size())
        .member("results_seconds", read.seconds())
        .member("results_cpu_s", read.cpu_seconds());
  }
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  json.member("peak_rss_mib", double(used.ru_maxrss) / 1024).end_object();
  std::puts(json.text().c_str());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Time to load a COCO annotation file", "json_bench"};
  Options options;
  app.add_option("FILE", options.annotations, "instances_*.json")->required();
  app.add_option("--threads", options.threads, "default: 1");
  app.add_option("--results", options.results, "a result file to load too");
  CLI11_PARSE(app, argc, argv);
  return saccade::bench::run_bench(app, options, &run);
}
