// An allocator of CPU tensors over a BlockCache.
#include "saccade/op/tensor_memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <malloc.h>

#include "saccade/core/block_cache.h"

namespace saccade {
namespace {

constexpr std::size_t kLarge = std::size_t{1} << 20;  // bytes

// Never destroyed: tensors of static lifetime may outlive everything.
BlockCache& blocks() {
  static auto* const kBlocks = new BlockCache;
  return *kBlocks;
}

// For what is below kLarge.
at::Allocator& usual() { return *c10::GetDefaultCPUAllocator(); }

void give_back(void* block) {
  if (!blocks().give_back(block)) usual().raw_deallocate(block);
}

class BlockAllocator final : public at::Allocator {
 public:
  at::DataPtr allocate(std::size_t bytes) override {
    if (bytes < kLarge) return usual().allocate(bytes);
    void* const block = blocks().take(bytes);
    return {block, block, &give_back, at::Device(at::kCPU)};
  }
  // oneDNN takes its buffers by pointer alone.
  at::DeleterFnPtr raw_deleter() const override { return &give_back; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }
};

}  // namespace

void keep_tensor_memory() {
  static const bool kDone = [] {
    ::mallopt(M_MMAP_THRESHOLD, static_cast<int>(kLarge));
    // glibc would cut its heap after every tensor that lay at the end, since the line above keeps it from learning.
    ::mallopt(M_TRIM_THRESHOLD, 1 << 26);
    c10::SetCPUAllocator(new BlockAllocator, /*priority=*/1);
    return true;
  }();
  static_cast<void>(kDone);
}

}  // namespace saccade
