// Memory of the strict device: pages that no code can touch unless it says so.
#pragma once

#include <c10/core/Allocator.h>

namespace saccade {

// Hands out pages without access rights: a host pointer into them is as good as a GPU's.
c10::Allocator* strict_allocator();

// While it lives, the host may touch the allocation that starts at `base`; others stay shut.
class OpenPages {
 public:
  explicit OpenPages(void* base);
  ~OpenPages();
  OpenPages(OpenPages&& other) noexcept;
  OpenPages(const OpenPages&) = delete;
  OpenPages& operator=(const OpenPages&) = delete;

 private:
  void* base_;
};

}  // namespace saccade
