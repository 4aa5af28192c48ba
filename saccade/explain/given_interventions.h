// The interventions that a command was given: texts and files of them.
#pragma once

#include <vector>

#include "saccade/explain/intervention_file.h"

namespace saccade {

struct GivenInterventions {
  struct Source {
    std::filesystem::path path;
    InterventionFile file;  // its weights_sha256 may be another model's
  };
  std::vector<Intervention> interventions;  // in the order they were given
  std::vector<Source> files;
};

// A word with '=' is an intervention, any other the path of a file. Throws UsageError that begins with `option`, where
// the words were given; Error of a broken file.
GivenInterventions read_interventions(const std::vector<std::string>& words,
                                      const std::string& option = "-x");

}  // namespace saccade
