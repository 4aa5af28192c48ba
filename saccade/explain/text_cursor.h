// Reads a short text that a person typed, from left to right; a fault is shown with a caret under it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "saccade/core/error.h"

namespace saccade {

// Three lines: what is wrong, the text (where it is long, the part around the fault) and a caret under
// byte `at`.
std::string caret_message(std::string_view what, std::string_view text, std::size_t at);

// What is wrong in a text, and where; what() is the caret message.
class TextFault : public UsageError {
 public:
  TextFault(std::string_view what, std::string_view text, std::size_t at)
      : UsageError(caret_message(what, text, at)), sentence(what), at(at) {}

  const std::string sentence;  // without the text
  const std::size_t at;        // byte of the text
};

class TextCursor {
 public:
  static constexpr double kMaxNumber = 1e9;  // finite in float32 too

  explicit TextCursor(std::string_view text) : text_(text) {}

  std::size_t at() const { return at_; }
  bool at_end() const { return at_ == text_.size(); }
  bool at_digit() const;

  // What comes next; 0 at the end.
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  void skip_spaces();
  bool take(char c);         // what comes next, if it is this
  bool take_spaced(char c);  // the same, with the spaces around it
  void expect(char c);       // what must come next
  void expect_spaced(char c);
  // '(' and the spaces behind it; the spaces before ')' and it.
  void open_bracket();
  void close_bracket();

  // The lower-case, upper-case letters and underscores that come next, maybe none.
  std::string_view word();
  // A word that must be one of these; returns its place among them.
  std::size_t choice(const std::vector<std::string>& words);

  double number();       // plain decimal, of a size up to kMaxNumber
  int index();           // 0 to 1,000,000
  std::uint64_t seed();  // any of 64 bits

  // Throws UsageError: "expected WHAT after '...'".
  [[noreturn]] void fail_expected(std::string_view what) const;
  // The same of one of these words, with the one that was probably meant.
  [[noreturn]] void fail_choice(const std::vector<std::string>& words) const;
  // Throws UsageError with `what` and a caret under `at`.
  [[noreturn]] void fail_at(std::size_t at, std::string_view what) const;

 private:
  std::string expected(std::string_view what) const;

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace saccade
