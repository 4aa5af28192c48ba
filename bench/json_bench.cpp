// Loads an annotation file, and results if wanted, and prints what that cost as one JSON line.
#include <sys/resource.h>

#include <CLI/CLI.hpp>

#include <chrono>
#include <iostream>

#include "saccade/core/json_writer.h"
#include "saccade/data/coco.h"
#include "saccade/data/coco_results.h"

namespace {

rusage usage() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return used;
}

double cpu_seconds() {
  const rusage used = usage();
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// The same for every part: wall clock and processor time since the last call.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  double cpu() const { return cpu_seconds() - cpu_; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double cpu_ = cpu_seconds();
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Time to load a COCO annotation file.");
  std::string annotations, results;
  int threads = 1;
  app.add_option("FILE", annotations, "instances_*.json")->required();
  app.add_option("--threads", threads, "default: 1");
  app.add_option("--results", results, "a result file to load too");
  CLI11_PARSE(app, argc, argv);
  try {
    const Stopwatch load;
    const saccade::CocoFile file = saccade::load_coco(annotations, threads);
    saccade::JsonWriter json;
    json.begin_object()
        .member("items", file.data.annotations().size())
        .member("problems", file.problem_count)
        .member("seconds", load.seconds())
        .member("cpu_s", load.cpu());
    if (!results.empty()) {
      const Stopwatch read;
      const saccade::CocoResults found = saccade::read_coco_results(results, file.data, threads);
      json.member("detections", found.detections.size())
          .member("results_seconds", read.seconds())
          .member("results_cpu_s", read.cpu());
    }
    json.member("peak_rss_mib", double(usage().ru_maxrss) / 1024).end_object();
    std::cout << json.text() << "\n";
  } catch (const std::exception& error) {
    std::cerr << "json_bench: error: " << error.what() << "\n";
    return 1;
  }
}
