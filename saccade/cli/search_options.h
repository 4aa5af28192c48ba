// What the user asked of `saccade search`.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "saccade/cli/sweep_options.h"
#include "saccade/study/unit_search.h"

namespace saccade {

struct SearchOptions {
  StudyOptions study;
  std::string objective = "AP";
  std::vector<std::string>
      unit_kinds;     // empty: those of default_kinds(), unless something is proposed
  UnitChoice manner;  // how units are switched off; of any kind
  std::vector<std::string> proposed;   // more candidates, texts
  std::vector<std::string> locked;     // texts
  std::vector<std::string> forbidden;  // shell patterns of candidates' texts
  DataSetOptions choose;               // images to choose on; not given: half of the data set's
  UnitSearchOptions search;
};

// Adds the command `search` and its options to the program.
void add_search(CLI::App& app, SearchOptions& options);

// Throws UsageError.
void check_search_options(const SearchOptions& options);

}  // namespace saccade
