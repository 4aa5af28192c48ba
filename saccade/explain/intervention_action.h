// The part of an intervention's text after its '=': how it is changed.
#pragma once

#include "saccade/explain/intervention_address.h"

namespace saccade {

// Throws UsageError.
AttentionChange read_action(TextCursor& cursor, const InterventionAddress& address);

}  // namespace saccade
