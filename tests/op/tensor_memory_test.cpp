// Tensors of training steps lie in blocks that are used again, with the same numbers as ever.
#include "saccade/op/tensor_memory.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace saccade {
namespace {

TEST(TensorMemory, LargeTensorsGetTheSamePlacesAgain) {
  const at::Tensor before = at::arange(1'000'000, at::kFloat);
  keep_tensor_memory();
  keep_tensor_memory();
  const auto place_of = [] { return at::full({1 << 20}, 2.0).data_ptr(); };
  EXPECT_EQ(place_of(), place_of());
  at::Tensor x = at::ones({1 << 20}) * 3;
  EXPECT_EQ(x.sum().item<double>(), 3 << 20);
  x.resize_({1 << 22});  // moves to a larger block with what it holds
  EXPECT_EQ(x.narrow(0, 0, 1 << 20).sum().item<double>(), 3 << 20);
  EXPECT_EQ(before[999'999].item<float>(), 999'999.0F);
  EXPECT_EQ(at::empty({0}).numel(), 0);
}

}  // namespace
}  // namespace saccade
