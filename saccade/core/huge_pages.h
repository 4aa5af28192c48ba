// Large pages for large arrays: page faults cost more than the work on some of them.
#pragma once

#include <cstddef>

namespace saccade {

// Asks the system to back this memory with huge pages (2 MB each) when it is touched. Only whole huge
// pages inside it are asked for; a hint, nothing happens where the system has none.
void advise_huge_pages(const void* begin, std::size_t bytes);

}  // namespace saccade
