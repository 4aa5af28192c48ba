// Work shared out over threads.
#pragma once

#include <cstdint>
#include <functional>

namespace saccade {

// Cores this process may use, at least 1.
int available_threads();

// Calls body(0) to body(count - 1), each once, on at most `threads` threads, the caller's among them
// (threads < 1: all available). Indices are handed out in ascending order. Returns when all are done;
// when a call throws, no new one starts and the exception of the lowest index is thrown here.
void parallel_for(std::int64_t count, int threads, const std::function<void(std::int64_t)>& body);

}  // namespace saccade
