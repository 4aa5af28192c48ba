// Blocks of memory that are used again.
#include "saccade/core/block_cache.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <new>

#include "saccade/core/huge_pages.h"

namespace saccade {
namespace {

constexpr std::size_t kHugePage = std::size_t{1} << 21;
constexpr std::size_t kWaste =
    8;  // a kept block may be larger than wanted by one part of this many

std::size_t whole_pages(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  if (bytes > SIZE_MAX - kHugePage - page) throw std::bad_alloc();
  return (bytes + page - 1) / page * page;
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
  const std::size_t wanted = whole_pages(bytes);
  const std::lock_guard<std::mutex> lock(mutex_);
  auto best = kept_.end();
  for (auto block = kept_.begin(); block != kept_.end(); ++block) {
    if (block->bytes < wanted || block->bytes - wanted > wanted / kWaste) continue;
    if (best == kept_.end() || block->bytes <= best->bytes) best = block;
  }
  Block block;
  if (best != kept_.end()) {
    block = *best;
    kept_.erase(best);
    usage_.kept -= block.bytes;
  } else {
    const std::size_t most = std::max(usage_.most_used, usage_.used + wanted);
    while (!kept_.empty() && usage_.used + usage_.kept + wanted > most) unmap_oldest();
    block = {map_aligned(wanted), wanted};
  }
  used_.emplace(block.begin, block.bytes);
  usage_.used += block.bytes;
  usage_.most_used = std::max(usage_.most_used, usage_.used);
  return block.begin;
}

bool BlockCache::give_back(void* begin) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = used_.find(begin);
  if (found == used_.end()) return false;
  const Block block{begin, found->second};
  used_.erase(found);
  usage_.used -= block.bytes;
  kept_.push_back(block);
  usage_.kept += block.bytes;
  return true;
}

void BlockCache::release() {
  const std::lock_guard<std::mutex> lock(mutex_);
  while (!kept_.empty()) unmap_oldest();
}

BlockCache::Usage BlockCache::usage() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return usage_;
}

void BlockCache::unmap_oldest() {
  const Block block = kept_.front();
  kept_.pop_front();
  usage_.kept -= block.bytes;
  ::munmap(block.begin, block.bytes);
}

}  // namespace saccade
