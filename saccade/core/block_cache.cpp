// Blocks of memory that are used again.
#include "saccade/core/block_cache.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <new>

#include "saccade/core/huge_pages.h"

namespace saccade {
namespace {

constexpr std::size_t kHugePage = std::size_t{1} << 21;
constexpr std::size_t kSmallestRest = std::size_t{1} << 18;  // less is not cut off a block

std::size_t whole_pages(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  if (bytes > SIZE_MAX - kHugePage - page) throw std::bad_alloc();
  return (bytes + page - 1) / page * page;
}

// Pieces never fit together without loss: without some room layers would give back and ask for the same in turn.
std::size_t with_spare(std::size_t most_used) {
  return most_used + std::min(most_used / 4, BlockCache::kMostSpare);
}

// Begins at a multiple of a huge page, or few of them would fit in.
void* map_aligned(std::size_t bytes) {
  const std::size_t mapped = bytes + kHugePage;
  void* const raw =
      ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) throw std::bad_alloc();
  auto* const begin = static_cast<char*>(raw);
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(begin) % kHugePage;
  if (before > 0) ::munmap(begin, before);
  if (before < kHugePage) ::munmap(begin + before + bytes, kHugePage - before);
  advise_huge_pages(begin + before, bytes);
  return begin + before;
}

}  // namespace

BlockCache::~BlockCache() { release(); }

void* BlockCache::take(std::size_t bytes) {
  std::size_t size = whole_pages(bytes);
  const std::lock_guard<std::mutex> lock(mutex_);
  auto best = kept_.end();
  for (auto block = kept_.begin(); block != kept_.end(); ++block) {
    if (block->second < size) continue;
    if (best == kept_.end() || block->second < best->second) best = block;
  }
  char* begin = nullptr;
  if (best != kept_.end()) {
    const Kept block(*best);
    forget(best);
    begin = block.first;
    if (block.second - size < kSmallestRest) {
      size = block.second;
    } else {
      keep({begin + size, block.second - size});
    }
  } else {
    const std::size_t most = with_spare(std::max(usage_.most_used, usage_.used + size));
    while (!kept_.empty() && usage_.used + usage_.kept + size > most) unmap_smallest();
    begin = static_cast<char*>(map_aligned(size));
  }
  used_.emplace(begin, size);
  usage_.used += size;
  usage_.most_used = std::max(usage_.most_used, usage_.used);
  return begin;
}

bool BlockCache::give_back(void* begin) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = used_.find(begin);
  if (found == used_.end()) return false;
  Kept block{static_cast<char*>(begin), found->second};
  used_.erase(found);
  usage_.used -= block.second;
  // Neighbours become one again.
  auto next = kept_.lower_bound(block.first);
  if (next != kept_.end() && block.first + block.second == next->first) {
    block.second += next->second;
    next = forget(next);
  }
  if (next != kept_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == block.first) {
      block = {before->first, before->second + block.second};
      forget(before);
    }
  }
  keep(block);
  return true;
}

void BlockCache::release() {
  const std::lock_guard<std::mutex> lock(mutex_);
  while (!kept_.empty()) unmap_smallest();
}

BlockCache::Usage BlockCache::usage() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return usage_;
}

void BlockCache::keep(const Kept& block) {
  kept_.insert(block);
  usage_.kept += block.second;
}

BlockCache::KeptBlocks::iterator BlockCache::forget(KeptBlocks::iterator block) {
  usage_.kept -= block->second;
  return kept_.erase(block);
}

// The one that would serve the fewest.
void BlockCache::unmap_smallest() {
  const auto by_size = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto smallest = std::min_element(kept_.begin(), kept_.end(), by_size);
  ::munmap(smallest->first, smallest->second);
  forget(smallest);
}

}  // namespace saccade
