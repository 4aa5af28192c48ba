// 3x3 convolutions with a quarter of the multiplications: from tensors to the kernels' pointers, and the work shared out.
#include "saccade/op/winograd.h"

#include <ATen/ATen.h>
#include <ATen/record_function.h>
#include <c10/core/CPUAllocator.h>

#include "saccade/core/cpu_isa.h"
#include "saccade/op/cpu/winograd_kernels.h"
#include "saccade/op/parallel_parts.h"

namespace saccade {
namespace {

// Their numbers of both sides stay in the second-level cache.
constexpr std::int64_t kBlockRows = 2 * kWinogradRows;
// With fewer tiles than this the threads share one block's work, part by part, instead of blocks: the weights, larger than
// the map, are read once.
constexpr std::int64_t kFewTiles = 8 * kBlockRows;

WinogradKernels kernels(WinogradWeight weight) {
#if defined(__x86_64__)
  if (weight == WinogradWeight::kBfloat16Pairs) return winograd_avx512_pairs();
  return cpu_isa() == CpuIsa::kAvx512 ? winograd_avx512(weight) : winograd_avx2(weight);
#else
  TORCH_INTERNAL_ASSERT(false);
#endif
}

bool has_kernels() {
#if defined(__x86_64__)
  return cpu_isa() >= CpuIsa::kAvx2;
#else
  return false;
#endif
}

WinogradWeight kind_of(const at::Tensor& turned_weight) {
  if (turned_weight.scalar_type() == at::kFloat) return WinogradWeight::kFloat;
  return turned_weight.dim() == 5 ? WinogradWeight::kBfloat16Pairs : WinogradWeight::kBfloat16;
}

// A block and the room it works in: what is turned, which has the numbers of the smaller type, lies behind the products.
class Room {
 public:
  Room(const WinogradMap& sizes, std::int64_t rows, WinogradWeight weight) {
    const auto products = static_cast<std::size_t>(kWinogradParts * rows * sizes.out);
    const auto turned = static_cast<std::size_t>(kWinogradParts * rows * sizes.in) *
                        (weight == WinogradWeight::kBfloat16Pairs ? 2 : sizeof(float));
    memory_ = c10::GetCPUAllocator()->allocate(products * sizeof(float) + turned);
    block_.rows = rows;
    block_.products = static_cast<float*>(memory_.get());
    block_.turned = block_.products + products;
  }
  WinogradBlock at(std::int64_t first) const {
    WinogradBlock block = block_;
    block.first = first;
    return block;
  }

 private:
  c10::DataPtr memory_;
  WinogradBlock block_;
};

struct Convolution {
  WinogradKernels run;
  WinogradMap sizes;
  at::Tensor weight;

  void multiply(const WinogradBlock& block, std::int64_t begin, std::int64_t end) const {
    run.multiply(sizes, weight.const_data_ptr(), block, begin, end);
  }

  void by_blocks(const float* map, const WinogradResult& result) const {
    const std::int64_t tiles = sizes.tiles();
    parallel_parts((tiles + kBlockRows - 1) / kBlockRows, 1,
                   [&](std::int64_t begin, std::int64_t end) {
                     const Room room(sizes, kBlockRows, kind_of(weight));
                     for (std::int64_t i = begin; i < end; ++i) {
                       const WinogradBlock block = room.at(i * kBlockRows);
                       const std::int64_t rows = std::min(kBlockRows, tiles - block.first);
                       run.turn_tiles(sizes, map, block, 0, rows);
                       multiply(block, 0, kWinogradParts);
                       run.finish(sizes, block, 0, rows, result);
                     }
                   });
  }

  void by_parts(const float* map, const WinogradResult& result) const {
    const std::int64_t tiles = sizes.tiles();
    const Room room(sizes, (tiles + kWinogradRows - 1) / kWinogradRows * kWinogradRows,
                    kind_of(weight));
    const WinogradBlock block = room.at(0);
    parallel_parts(tiles, 1, [&](std::int64_t begin, std::int64_t end) {
      run.turn_tiles(sizes, map, block, begin, end);
    });
    parallel_parts(kWinogradParts, 1,
                   [&](std::int64_t begin, std::int64_t end) { multiply(block, begin, end); });
    parallel_parts(tiles, 1, [&](std::int64_t begin, std::int64_t end) {
      run.finish(sizes, block, begin, end, result);
    });
  }
};

at::Tensor laid_out(const at::Tensor& x) {
  return x.to(at::kFloat).contiguous(at::MemoryFormat::ChannelsLast);
}

// Without AMX a quarter of the multiplications takes less time, in float32 too, than all of them in bfloat16.
bool is_fastest() { return fused_type() == at::kFloat || !has_bfloat16_tiles(); }

}  // namespace

bool takes_winograd(const at::Tensor& x, const at::Tensor& weight, const ConvolutionShape& shape) {
  if (!fuses_layers(x) || !is_fastest() || !has_kernels()) return false;
  if (weight.size(2) != 3 || weight.size(3) != 3 || shape.stride != 1 || shape.padding != 1 ||
      shape.dilation != 1 || weight.size(0) % kWinogradChunk != 0 ||
      weight.size(1) % kWinogradChunk != 0)
    return false;
  const WinogradMap map{.height = x.size(2), .width = x.size(3)};
  return map.tiles() * kWinogradSide * kWinogradSide <= 2 * map.height * map.width;
}

at::Tensor winograd_weight(const at::Tensor& weight) {
  const at::Tensor from = laid_out(weight);
  const WinogradMap sizes{.in = weight.size(1), .out = weight.size(0)};
  const std::int64_t panels = sizes.out / kWinogradPanel;
  at::Tensor turned = at::empty({kWinogradParts, panels, sizes.in, kWinogradPanel});
  const WinogradKernels run = kernels(WinogradWeight::kFloat);
  parallel_parts(panels, 1, [&](std::int64_t begin, std::int64_t end) {
    run.turn_weight(sizes, from.const_data_ptr<float>(), begin, end,
                    turned.mutable_data_ptr<float>());
  });
  if (fused_type() == at::kFloat) return turned;
  if (cpu_isa() != CpuIsa::kAvx512 || !has_bfloat16_pairs()) return turned.to(at::kBFloat16);
  return turned.to(at::kBFloat16)
      .view({kWinogradParts, panels, sizes.in / 2, 2, kWinogradPanel})
      .transpose(3, 4)
      .contiguous();
}

at::Tensor winograd_convolution(const at::Tensor& x, const at::Tensor& turned_weight,
                                const at::Tensor& bias, bool relu, const at::Tensor& added) {
  RECORD_FUNCTION("saccade::winograd_convolution", {});
  const Convolution convolution{.run = kernels(kind_of(turned_weight)),
                                .sizes = {.height = x.size(2),
                                          .width = x.size(3),
                                          .in = x.size(1),
                                          .out = turned_weight.size(1) * kWinogradPanel},
                                .weight = turned_weight};
  const WinogradMap& s = convolution.sizes;
  const at::Tensor maps = laid_out(x);
  const at::Tensor sum = added.defined() ? laid_out(added) : added;
  at::Tensor y = sum.defined() ? sum
                               : at::empty({x.size(0), s.out, s.height, s.width}, maps.options(),
                                           at::MemoryFormat::ChannelsLast);
  for (std::int64_t n = 0; n < x.size(0); ++n) {
    float* const to = y.mutable_data_ptr<float>() + n * s.height * s.width * s.out;
    const float* const map = maps.const_data_ptr<float>() + n * s.height * s.width * s.in;
    const WinogradResult result{.bias = bias.const_data_ptr<float>(),
                                .added = sum.defined() ? to : nullptr,
                                .relu = relu,
                                .to = to};
    s.tiles() < kFewTiles ? convolution.by_parts(map, result) : convolution.by_blocks(map, result);
  }
  return y;
}

}  // namespace saccade
