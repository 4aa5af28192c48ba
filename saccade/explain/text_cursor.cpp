// Reads a short text that a person typed.
#include "saccade/explain/text_cursor.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "saccade/core/nearest_word.h"
#include "saccade/core/one_line.h"

namespace saccade {
namespace {

constexpr std::size_t kShownBefore = 60;  // bytes of a long text before its fault
constexpr std::size_t kShownBytes = 100;
constexpr std::size_t kQuotedBytes = 40;
constexpr int kMaxIndex = 1'000'000;

// The standard's own functions depend on the locale.
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool is_inside_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// `at`, or the beginning of the next character of UTF-8 (of up to four bytes; others are no UTF-8).
std::size_t character_from(std::string_view text, std::size_t at) {
  for (int i = 0; i < 3 && at < text.size() && is_inside_character(text[at]); ++i) ++at;
  return at;
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_inside_character(c); }));
}

// "head, level or point".
std::string one_of(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 < words.size() ? ", " : " or ") + words[i];
  return text;
}

}  // namespace

std::string caret_message(std::string_view what, std::string_view text, std::size_t at) {
  const bool is_long = text.size() > kShownBytes;
  const std::size_t begin =
      is_long && at > kShownBefore ? character_from(text, at - kShownBefore) : 0;
  const std::size_t end =
      is_long ? character_from(text, std::min(begin + kShownBytes, text.size())) : text.size();
  const std::string_view before = begin > 0 ? "..." : "", after = end < text.size() ? "..." : "";
  const std::string up_to_fault = one_line(text.substr(begin, at - begin));
  return text_of(what, "\n  ", before, one_line(text.substr(begin, end - begin)), after, "\n  ",
                 std::string(before.size() + columns_of(up_to_fault), ' '), "^");
}

bool TextCursor::at_digit() const { return !at_end() && is_digit(text_[at_]); }

void TextCursor::skip_spaces() {
  while (!at_end() && text_[at_] == ' ') ++at_;
}

bool TextCursor::take(char c) {
  const bool is_next = !at_end() && text_[at_] == c;
  at_ += is_next ? 1 : 0;
  return is_next;
}

bool TextCursor::take_spaced(char c) {
  const std::size_t before = at_;
  skip_spaces();
  if (take(c)) {
    skip_spaces();
    return true;
  }
  at_ = before;
  return false;
}

void TextCursor::expect(char c) {
  if (!take(c)) fail_expected(text_of("'", c, "'"));
}

void TextCursor::expect_spaced(char c) {
  if (!take_spaced(c)) fail_expected(text_of("'", c, "'"));
}

void TextCursor::open_bracket() {
  expect('(');
  skip_spaces();
}

void TextCursor::close_bracket() {
  skip_spaces();
  expect(')');
}

std::string_view TextCursor::word() {
  const std::size_t begin = at_;
  while (!at_end() && is_letter(text_[at_])) ++at_;
  return text_.substr(begin, at_ - begin);
}

std::size_t TextCursor::choice(const std::vector<std::string>& words) {
  const std::size_t begin = at_;
  const auto it = std::find(words.begin(), words.end(), word());
  if (it != words.end()) return static_cast<std::size_t>(it - words.begin());
  at_ = begin;
  fail_choice(words);
}

double TextCursor::number() {
  double value = 0;
  const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value,
                                            std::chars_format::fixed);
  const std::size_t next = static_cast<std::size_t>(end - text_.data());
  const bool goes_on = next < text_.size() && (is_letter(text_[next]) || text_[next] == '.');
  if (error != std::errc() || !std::isfinite(value) || goes_on)
    fail_expected("a plain decimal number, such as 0.5,");
  if (std::abs(value) > kMaxNumber) fail_at(at_, "expected a number of at most 1000000000");
  at_ = next;
  return value;
}

int TextCursor::index() {
  if (!at_digit()) fail_expected("a number");
  int value = 0;
  const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
  if (error != std::errc() || value > kMaxIndex)
    fail_at(at_, text_of("expected a number of at most ", kMaxIndex));
  at_ = static_cast<std::size_t>(end - text_.data());
  return value;
}

std::uint64_t TextCursor::seed() {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
  if (error != std::errc()) fail_expected("a seed, a whole number from 0 to 2^64 - 1,");
  at_ = static_cast<std::size_t>(end - text_.data());
  return value;
}

std::string TextCursor::expected(std::string_view what) const {
  if (at_ == 0) return text_of("expected ", what);
  const std::size_t begin = at_ > kQuotedBytes ? character_from(text_, at_ - kQuotedBytes) : 0;
  return text_of("expected ", what, " after '", begin > 0 ? "..." : "",
                 one_line(text_.substr(begin, at_ - begin)), "'");
}

void TextCursor::fail_expected(std::string_view what) const { fail_at(at_, expected(what)); }

void TextCursor::fail_choice(const std::vector<std::string>& words) const {
  TextCursor ahead = *this;
  const std::string nearest = nearest_word(std::string(ahead.word()), words);
  const std::string meant = nearest.empty() ? "" : text_of("; did you mean ", nearest, "?");
  fail_at(at_, expected(one_of(words)) + meant);
}

void TextCursor::fail_at(std::size_t at, std::string_view what) const {
  throw TextFault(what, text_, at);
}

}  // namespace saccade
