// Walks through a JSON file byte by byte, for the places that cannot be guessed.
#include "saccade/data/json_scanner.h"

#include <algorithm>
#include <string_view>

#include "saccade/core/error.h"

namespace saccade {
namespace {

constexpr std::int64_t kWindowBytes = 1 << 16;

}  // namespace

JsonScanner::JsonScanner(const JsonFile& file, std::int64_t offset)
    : file_(file), window_begin_(offset) {}

void JsonScanner::move_to(std::int64_t offset) {
  window_begin_ = offset;
  at_ = 0;
  window_.clear();
}

void JsonScanner::refill() {
  window_begin_ += at_;
  at_ = 0;
  const std::int64_t left = std::max<std::int64_t>(0, file_.size() - window_begin_);
  window_.resize(static_cast<std::size_t>(std::min(kWindowBytes, left)));
  file_.read(window_begin_, window_.data(), static_cast<std::int64_t>(window_.size()));
}

int JsonScanner::next_byte() {
  if (at_ == static_cast<std::int64_t>(window_.size())) {
    refill();
    if (window_.empty()) return -1;
  }
  return static_cast<unsigned char>(window_[static_cast<std::size_t>(at_++)]);
}

int JsonScanner::peek() {
  int byte = next_byte();
  while (is_json_space(byte)) byte = next_byte();
  if (byte >= 0) --at_;
  return byte;
}

void JsonScanner::fail(const std::string& what) const {
  throw Error(text_of(file_.path().string(), ": ", what, " (byte ", offset(), ")"));
}

void JsonScanner::expect(char byte, const char* place) {
  const int found = peek();
  if (found == byte) {
    ++at_;
    return;
  }
  if (found < 0) fail(text_of("is cut off: ", place, " is not complete"));
  fail(text_of("is no valid JSON: '", byte, "' expected in ", place));
}

void JsonScanner::skip_byte_order_mark() {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  char found[3] = {};
  if (file_.size() - offset() < 3) return;
  file_.read(offset(), found, 3);
  if (std::string_view(found, 3) == kMark) move_to(offset() + 3);
}

void JsonScanner::expect_end() {
  if (peek() >= 0) fail("is no valid JSON: something follows its end");
}

void JsonScanner::skip_string() {
  for (int byte = next_byte(); byte != '"'; byte = next_byte()) {
    if (byte == '\\') byte = next_byte();
    if (byte < 0) fail("is cut off: a text is not closed");
  }
}

std::string JsonScanner::raw_string() {
  expect('"', "a key");
  const std::int64_t begin = offset();
  skip_string();
  const std::int64_t size = std::min<std::int64_t>(offset() - 1 - begin, kWindowBytes);
  std::string text(static_cast<std::size_t>(size), '\0');
  file_.read(begin, text.data(), size);
  return text;
}

void JsonScanner::open_bracket(char bracket) {
  if (brackets_.size() >= kMaxJsonDepth) {
    fail(text_of("lists are nested more than ", kMaxJsonDepth, " deep"));
  }
  brackets_.push_back(bracket);
}

void JsonScanner::close_bracket(char bracket) {
  if (brackets_.empty() || brackets_.back() != (bracket == ']' ? '[' : '{'))
    fail(text_of("is no valid JSON: '", bracket, "' closes nothing"));
  brackets_.pop_back();
}

// Number, true, false, null or what stands in their place.
void JsonScanner::skip_scalar() {
  int byte = next_byte();
  std::int64_t size = 0;
  for (; byte >= 0 && byte != ',' && byte != ']' && byte != '}' && !is_json_space(byte); ++size)
    byte = next_byte();
  if (byte >= 0) --at_;
  if (size == 0) fail("is no valid JSON: a value is missing");
}

void JsonScanner::skip_value() {
  const std::int64_t begin = offset();
  const int first = peek();
  if (first < 0) fail("is cut off: a value is missing");
  if (first != '[' && first != '{' && first != '"') return skip_scalar();
  brackets_.clear();
  do {
    const int byte = next_byte();
    if (byte == '"') skip_string();
    if (byte == '[' || byte == '{') open_bracket(static_cast<char>(byte));
    if (byte == ']' || byte == '}') close_bracket(static_cast<char>(byte));
    if (byte < 0)
      fail(text_of("is cut off: the value that begins at byte ", begin, " is not closed"));
  } while (!brackets_.empty());
}

RecordCut JsonScanner::find_cut(std::int64_t limit) {
  const std::int64_t begin = offset();
  RecordCut cut;
  brackets_.clear();
  while (true) {
    const int byte = next_byte();
    if (cut.next > 0 && (byte < 0 || offset() > limit)) return cut;
    if (byte < 0) fail(text_of("is cut off: the list is not closed, its record at byte ", begin));
    if (offset() - begin > kMaxRecordBytes)
      fail(text_of("the record at byte ", begin, " is not closed within 256 MB"));
    if (byte == '"') skip_string();
    if (byte == '[' || byte == '{') open_bracket(static_cast<char>(byte));
    if (brackets_.empty() && (byte == ',' || byte == ']')) {
      cut = {offset() - 1, offset(), byte == ']'};
      if (cut.last || cut.next > limit) return cut;
    } else if (byte == ']' || byte == '}') {
      close_bracket(static_cast<char>(byte));
    }
  }
}

}  // namespace saccade
