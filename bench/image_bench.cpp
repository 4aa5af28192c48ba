// image_bench FILE.jpg: times decoding, and decoding + resizing + normalising into float planes; prints
// one JSON line.
//
//   build/bench/image_bench photo.jpg --size 800,1333 --rounds 200
//
// Each call takes its output from the allocator and gives it back, as torchvision does per image.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "bench/host_clock.h"
#include "bench/run_bench.h"
#include "saccade/core/cpu_isa.h"
#include "saccade/core/file_io.h"
#include "saccade/core/json_writer.h"
#include "saccade/core/parallel.h"
#include "saccade/image/decode.h"
#include "saccade/image/normalise.h"

namespace {

struct Options {
  std::string file;
  std::vector<int> size{800, 1333};  // short side, long side at most
  int rounds = 100;
  int threads = 1;
};

struct Times {
  double wall_ms = std::numeric_limits<double>::infinity();
  double cpu_ms = std::numeric_limits<double>::infinity();
};

using saccade::bench::processor_ms;
using saccade::bench::wall_ms;

// The least time per image over the rounds; each round runs the job once on every thread.
Times fastest(const Options& options, const std::function<void()>& job) {
  job();
  Times best;
  for (int round = 0; round < options.rounds; ++round) {
    const double wall = wall_ms(), cpu = processor_ms();
    saccade::parallel_for(options.threads, options.threads, [&](std::int64_t) { job(); });
    best.wall_ms = std::min(best.wall_ms, (wall_ms() - wall) / options.threads);
    best.cpu_ms = std::min(best.cpu_ms, (processor_ms() - cpu) / options.threads);
  }
  return best;
}

void run(const Options& options) {
  const saccade::MappedFile file(options.file);
  const saccade::NormalisedImage once = saccade::decode_normalised(
      file.bytes(), options.file, false, {options.size[0], options.size[1]});
  const Times decode =
      fastest(options, [&] { saccade::decode_image(file.bytes(), options.file, false); });
  const Times whole = fastest(options, [&] {
    saccade::decode_normalised(file.bytes(), options.file, false,
                               {options.size[0], options.size[1]});
  });
  saccade::JsonWriter json;
  json.begin_object().member("bench", "image").member("peer", "saccade");
  json.member("isa", name_of(saccade::cpu_isa())).member("threads", options.threads);
  json.member("file_kb", static_cast<double>(file.bytes().size()) / 1e3);
  json.key("original").begin_array().value(once.original.width).value(once.original.height);
  json.end_array().key("size").begin_array().value(once.size.width).value(once.size.height);
  json.end_array().member("decode_ms", decode.wall_ms).member("decode_cpu_ms", decode.cpu_ms);
  json.member("decode_resize_normalise_ms", whole.wall_ms).member("cpu_ms", whole.cpu_ms);
  json.member("rounds", options.rounds).end_object();
  std::puts(json.text().c_str());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Times decoding, resizing and normalising of one picture", "image_bench"};
  Options options;
  app.add_option("file", options.file, "JPEG or PNG")->required();
  app.add_option("--size", options.size, "short side,long side at most (default: 800,1333)")
      ->delimiter(',')
      ->expected(2);
  app.add_option("--rounds", options.rounds, "calls, of which the fastest counts")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--threads", options.threads, "images at once")->check(CLI::Range(1, 1024));
  CLI11_PARSE(app, argc, argv);
  return saccade::bench::run_bench(app, options, &run);
}
