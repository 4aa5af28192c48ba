// Radix sort of scores: eleven bits a pass, passes where all agree left out.
#include "saccade/eval/score_order.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace saccade {
namespace {

constexpr int kDigitBits = 11, kDigits = 6;
constexpr std::size_t kValues = std::size_t{1} << kDigitBits;
constexpr std::size_t kFew = 256;  // below it a comparison sort is quicker

// Keys in reverse order of the doubles. Adding zero turns -0.0 into 0.0.
std::uint64_t descending_key(double score) {
  const auto bits = std::bit_cast<std::uint64_t>(score + 0.0);
  const std::uint64_t sign = std::uint64_t{1} << 63;
  const std::uint64_t ascending = (bits & sign) != 0 ? ~bits : bits | sign;
  return ~ascending;
}

std::size_t digit_of(std::uint64_t key, int digit) {
  return (key >> (digit * kDigitBits)) & (kValues - 1);
}

}  // namespace

void ScoreOrder::add(double score) {
  items_.push_back({descending_key(score), static_cast<std::uint32_t>(items_.size())});
}

const std::vector<ScoreOrder::Item>& ScoreOrder::sort() {
  if (items_.size() < kFew) {
    std::stable_sort(items_.begin(), items_.end(),
                     [](const Item& a, const Item& b) { return a.key < b.key; });
    return items_;
  }
  std::vector<std::array<std::uint32_t, kValues>> counts(kDigits);
  for (const Item& item : items_) {
    for (int d = 0; d < kDigits; ++d) ++counts[d][digit_of(item.key, d)];
  }
  other_.resize(items_.size());
  for (int d = 0; d < kDigits; ++d) {
    if (counts[d][digit_of(items_[0].key, d)] == items_.size()) continue;
    std::uint32_t begin = 0;
    for (std::uint32_t& count : counts[d]) begin += std::exchange(count, begin);
    for (const Item& item : items_) other_[counts[d][digit_of(item.key, d)]++] = item;
    items_.swap(other_);
  }
  return items_;
}

}  // namespace saccade
