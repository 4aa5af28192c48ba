// Files of interventions, JSON:
//   {"saccade_interventions": 1, "name": "...", "note": "...", "author": "...", "weights_sha256": "...",
//    "interventions": ["dec.3.cross.head5=off(mean)", ...]}
// Only "interventions" must be there; a key that is not among these is refused.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "saccade/explain/intervention.h"

namespace saccade {

struct InterventionFile {
  std::string name;
  std::string note;
  std::string author;
  std::optional<std::string> weights_sha256;  // of the weights that it was made for, 64 digits
  std::vector<std::string> interventions;     // each reads as one
  bool operator==(const InterventionFile&) const = default;
};

// Throws Error that names the file; of a faulty intervention also its place in the list and the fault in it.
InterventionFile read_intervention_file(const std::filesystem::path& path);

// Throws Error; where `file` would not read back, nothing is written.
void write_intervention_file(const std::filesystem::path& path, const InterventionFile& file);

}  // namespace saccade
