// Writes JSON text.
#include "saccade/core/json_writer.h"

#include <charconv>
#include <cmath>

namespace saccade {
namespace {

// Length of the UTF-8 sequence that starts at text[i], 0 where there is none.
std::size_t utf8_length(std::string_view text, std::size_t i) {
  const auto byte = static_cast<unsigned char>(text[i]);
  const std::size_t length = byte < 0x80                   ? 1
                             : byte >= 0xF0 && byte < 0xF5 ? 4
                             : byte >= 0xE0 && byte < 0xF0 ? 3
                             : byte >= 0xC2 && byte < 0xE0 ? 2
                                                           : 0;
  if (length == 0 || i + length > text.size()) return 0;
  for (std::size_t k = 1; k < length; ++k) {
    if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return 0;
  }
  const auto second = length > 1 ? static_cast<unsigned char>(text[i + 1]) : 0;
  const bool overlong = (byte == 0xE0 && second < 0xA0) || (byte == 0xF0 && second < 0x90);
  const bool surrogate = byte == 0xED && second >= 0xA0;
  const bool too_large = byte == 0xF4 && second >= 0x90;
  return overlong || surrogate || too_large ? 0 : length;
}

template <typename T>
std::string shortest(T number) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), number).ptr;
  std::string text(buffer, end);
  // A long run of digits would be read back as an integer that fits no machine word.
  if (text.size() > 15 && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace

std::string json_quote(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = utf8_length(text, i);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      ++i;
      continue;
    }
    if (byte == '"' || byte == '\\') {
      (out += '\\') += static_cast<char>(byte);
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte < 0x20) {
      ((out += "\\u00") += kHex[byte >> 4]) += kHex[byte & 15];
    } else {
      out += text.substr(i, length);
    }
    i += length;
  }
  return out += '"';
}

JsonWriter& JsonWriter::key(std::string_view name) {
  before_value();
  text_ += json_quote(name);
  text_ += indent_ > 0 ? ": " : ":";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) { return raw(json_quote(text)); }
JsonWriter& JsonWriter::value(double n) { return raw(std::isfinite(n) ? shortest(n) : "null"); }
JsonWriter& JsonWriter::value(float n) { return raw(std::isfinite(n) ? shortest(n) : "null"); }
JsonWriter& JsonWriter::integer(std::int64_t n) { return raw(std::to_string(n)); }

JsonWriter& JsonWriter::raw(std::string_view text) {
  before_value();
  text_ += text;
  return *this;
}

JsonWriter& JsonWriter::open(char bracket) {
  before_value();
  text_ += bracket;
  has_items_.push_back(false);
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  const bool had_items = has_items_.back();
  has_items_.pop_back();
  if (had_items) new_line();
  text_ += bracket;
  return *this;
}

void JsonWriter::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (has_items_.empty()) return;
  if (has_items_.back()) text_ += ',';
  has_items_.back() = true;
  new_line();
}

void JsonWriter::new_line() {
  if (indent_ == 0) return;
  text_ += '\n';
  text_.append(has_items_.size() * indent_, ' ');
}

}  // namespace saccade
