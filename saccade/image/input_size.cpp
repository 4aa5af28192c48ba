// SHORT,MAX as people type it.
#include "saccade/image/input_size.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "saccade/core/error.h"

namespace saccade {
namespace {

constexpr int kLongest = 100'000;
constexpr int kLargestMultiple = 1024;

// Whole numbers above 0 between commas; empty where the text is anything else.
std::vector<int> numbers_of(const std::string& text) {
  std::vector<int> numbers;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    int number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc() || number < 1 || number > kLongest) return {};
    numbers.push_back(number);
    if (next == end) return numbers;
    if (*next != ',') return {};
    at = next + 1;
  }
}

}  // namespace

InputSize parse_size(const std::string& text, int multiple) {
  const std::vector<int> numbers = numbers_of(text);
  if (numbers.size() != 2 && numbers.size() != 3) {
    throw UsageError(text_of("size is '", text,
                             "', expected SHORT,MAX such as 800,1333, or SHORT,MAX,MULTIPLE"));
  }
  if (numbers[1] < numbers[0])
    throw UsageError(text_of("size ", text, ": the longest side is below the short one"));
  if (numbers.size() == 2) return {numbers[0], numbers[1], multiple};
  if (numbers[2] > kLargestMultiple || numbers[2] > numbers[1]) {
    throw UsageError(
        text_of("size ", text, ": the multiple is above ", std::min(kLargestMultiple, numbers[1])));
  }
  return {numbers[0], numbers[1], numbers[2]};
}

std::string size_text(const InputSize& size) {
  const std::string sides = text_of(size.short_side, ",", size.max_side);
  return size.multiple > 1 ? text_of(sides, ",", size.multiple) : sides;
}

std::pair<int, int> parse_side_range(const std::string& text) {
  const std::vector<int> numbers = numbers_of(text);
  if (numbers.size() != 2 || numbers[1] < numbers[0])
    throw UsageError(text_of("'", text, "', expected MIN,MAX such as 480,800"));
  return {numbers[0], numbers[1]};
}

}  // namespace saccade
