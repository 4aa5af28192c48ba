// Large pages for large arrays.
#include "saccade/core/huge_pages.h"

#include <gtest/gtest.h>

#include <vector>

namespace saccade {
namespace {

TEST(HugePages, TheHintLeavesWhatIsThere) {
  advise_huge_pages(nullptr, 0);
  std::vector<int> numbers(3'000'000, 7);
  advise_huge_pages(numbers.data(), numbers.size() * sizeof(int));
  advise_huge_pages(numbers.data() + 1, 3);
  for (const int number : numbers) ASSERT_EQ(number, 7);
}

}  // namespace
}  // namespace saccade
