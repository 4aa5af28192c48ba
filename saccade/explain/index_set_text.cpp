// Sets of numbers as text.
#include "saccade/explain/index_set_text.h"

#include <algorithm>

namespace saccade {
namespace {

constexpr std::size_t kMaxNumbers = 100'000;

// Adds a number or a range.
void read_item(TextCursor& cursor, std::vector<int>& numbers) {
  const std::size_t begin = cursor.at();
  const int first = cursor.index();
  const std::size_t second = cursor.at() + 1;
  const int last = cursor.take('-') ? cursor.index() : first;
  if (last < first)
    cursor.fail_at(second, text_of("expected a range that ascends, such as ", last, "-", first));
  if (numbers.size() + static_cast<std::size_t>(last - first) >= kMaxNumbers)
    cursor.fail_at(begin, text_of("expected at most ", kMaxNumbers, " numbers; * stands for all"));
  for (int number = first; number <= last; ++number) numbers.push_back(number);
}

}  // namespace

IndexSet read_index_set(TextCursor& cursor) {
  if (cursor.take('*')) return {};
  if (!cursor.at_digit()) cursor.fail_expected("*, a number, a range or a list such as 1,3,5-7");
  IndexSet set{.all = false, .some = {}};
  do {
    read_item(cursor, set.some);
  } while (cursor.take_spaced(','));
  std::sort(set.some.begin(), set.some.end());
  set.some.erase(std::unique(set.some.begin(), set.some.end()), set.some.end());
  return set;
}

std::string index_set_text(const IndexSet& set) {
  if (set.all) return "*";
  std::string text;
  for (std::size_t i = 0; i < set.some.size();) {
    std::size_t last = i;
    while (last + 1 < set.some.size() && set.some[last + 1] == set.some[last] + 1) ++last;
    if (last == i + 1) last = i;  // two neighbours are no range
    text += (text.empty() ? "" : ",") + std::to_string(set.some[i]);
    if (last > i) text += "-" + std::to_string(set.some[last]);
    i = last + 1;
  }
  return text;
}

}  // namespace saccade
