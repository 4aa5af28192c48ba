// Pages of the strict device, opened for as long as one of its operators runs.
#include "tests/support/strict_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <map>
#include <mutex>

#include "tests/support/strict_device.h"

namespace saccade {
namespace {

struct Pages {
  std::size_t bytes = 0;
  int open = 0;  // OpenPages that stand on them
};

std::mutex& lock_of_pages() {
  static std::mutex lock;
  return lock;
}

// Never destroyed: tensors of static storage may be freed after it.
std::map<void*, Pages>& all_pages() {
  static auto* pages = new std::map<void*, Pages>;
  return *pages;
}

void release(void* base) {
  const std::lock_guard guard(lock_of_pages());
  const auto found = all_pages().find(base);
  if (found == all_pages().end()) return;
  ::munmap(base, found->second.bytes);
  all_pages().erase(found);
}

struct StrictAllocator final : c10::Allocator {
  c10::DataPtr allocate(std::size_t wanted) override {
    const c10::Device device = strict_device();
    if (wanted == 0) return {nullptr, nullptr, &release, device};
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t bytes = (wanted + page - 1) / page * page;
    void* base = ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    TORCH_CHECK(base != MAP_FAILED, "strict device: no memory for ", bytes, " bytes");
    const std::lock_guard guard(lock_of_pages());
    all_pages().emplace(base, Pages{bytes});
    return {base, base, &release, device};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t count) const override {
    const OpenPages target(to), source(const_cast<void*>(from));
    default_copy_data(to, from, count);
  }
};

// One more or one less stands on the pages; the first opens them, the last shuts them.
void step_on(void* base, int step) {
  const std::lock_guard guard(lock_of_pages());
  const auto found = all_pages().find(base);
  if (found == all_pages().end()) return;  // without a byte, or given back meanwhile
  Pages& pages = found->second;
  const bool was_open = pages.open > 0;
  pages.open += step;
  const bool is_open = pages.open > 0;
  if (was_open != is_open)
    ::mprotect(base, pages.bytes, is_open ? PROT_READ | PROT_WRITE : PROT_NONE);
}

}  // namespace

c10::Allocator* strict_allocator() {
  static StrictAllocator allocator;
  return &allocator;
}

OpenPages::OpenPages(void* base) : base_(base) { step_on(base_, 1); }
OpenPages::OpenPages(OpenPages&& other) noexcept : base_(other.base_) { other.base_ = nullptr; }
OpenPages::~OpenPages() {
  if (base_ != nullptr) step_on(base_, -1);
}

}  // namespace saccade
