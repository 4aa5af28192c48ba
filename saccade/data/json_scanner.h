// Walks through a JSON file byte by byte, for the places that cannot be guessed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saccade/data/json_file.h"

namespace saccade {

// Where a run of whole records ends and where the next one begins.
struct RecordCut {
  std::int64_t end = 0;   // behind the last record
  std::int64_t next = 0;  // behind the comma or the array's ']'
  bool last = false;      // the array ends here
};

// All offsets are bytes from the start of the file. Throws Error that names file and byte.
class JsonScanner {
 public:
  JsonScanner(const JsonFile& file, std::int64_t offset);

  std::int64_t offset() const { return window_begin_ + at_; }
  void move_to(std::int64_t offset);

  // The next byte that is no white space, -1 at the end of the file; it stays the next one.
  int peek();
  // Passes over the three bytes some editors put in front of UTF-8.
  void skip_byte_order_mark();
  // Throws Error where more than white space follows.
  void expect_end();
  // Takes this byte; `place` says in a message what was being read.
  void expect(char byte, const char* place);
  // Takes a string and returns what stands between its quotes, escapes and all.
  std::string raw_string();
  // Takes a value of any kind. Brackets must match and nest at most kMaxJsonDepth deep.
  void skip_value();
  // From the start of a record in an array: the last place before `limit` where a record ends, else
  // the first behind it.
  RecordCut find_cut(std::int64_t limit);

 private:
  int next_byte();
  void refill();
  void skip_string();
  void skip_scalar();
  void open_bracket(char bracket);
  void close_bracket(char bracket);
  [[noreturn]] void fail(const std::string& what) const;

  const JsonFile& file_;
  std::vector<char> window_;
  std::int64_t window_begin_ = 0;
  std::int64_t at_ = 0;   // in the window
  std::string brackets_;  // open ones
};

constexpr std::size_t kMaxJsonDepth = 1000;
constexpr std::int64_t kMaxRecordBytes = std::int64_t{256} << 20;

}  // namespace saccade
