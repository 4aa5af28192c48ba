// Sets of numbers as text: *, 5, 0-2 or a list such as 1,3,5-7.
#pragma once

#include <string>

#include "saccade/explain/intervention.h"
#include "saccade/explain/text_cursor.h"

namespace saccade {

// At most 100,000 numbers. Throws UsageError.
IndexSet read_index_set(TextCursor& cursor);

// The shortest list that reads back to the same set.
std::string index_set_text(const IndexSet& set);

}  // namespace saccade
