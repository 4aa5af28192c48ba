// The end of a benchmark's main().
#pragma once

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>

namespace saccade::bench {

// main() behind the parsed options: what goes wrong is one line under the program's name.
template <typename Options>
int run_bench(const CLI::App& app, const Options& options, void (*run)(const Options&)) {
  try {
    run(options);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: error: %s\n", app.get_name().c_str(), error.what());
    return 1;
  }
}

}  // namespace saccade::bench
