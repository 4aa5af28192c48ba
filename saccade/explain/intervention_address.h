// The part of an intervention's text before its '=': what is changed.
#pragma once

#include <array>
#include <vector>

#include "saccade/explain/intervention.h"
#include "saccade/explain/text_cursor.h"

namespace saccade {

struct InterventionAddress {
  enum class Kind { kAttention, kLayer, kFfn, kQueries, kMemory, kOutput };
  // What of an attention module.
  enum class Part { kOutput, kWeights, kOffset, kReference };

  Kind kind = Kind::kAttention;
  Part part = Part::kOutput;
  AttentionUnit unit;  // kLayer and kFfn: layers, and the module says of which stack
  bool names_heads = false;
  bool names_entries = false;                  // levels or points
  IndexSet queries;                            // of kQueries
  std::vector<std::array<double, 2>> polygon;  // of kMemory
};

// Throws UsageError.
InterventionAddress read_address(TextCursor& cursor);

}  // namespace saccade
