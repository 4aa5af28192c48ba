// Writes JSON text: shortest numbers that read back to the same bits, NaN and infinity as null.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace saccade {

// Usage: JsonWriter json; json.begin_object().key("score").value(0.5).end_object(); json.text()
class JsonWriter {
 public:
  // indent 0 writes everything on one line.
  explicit JsonWriter(int indent = 0) : indent_(indent) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(double number);
  JsonWriter& value(float number);
  JsonWriter& value(std::integral auto number) {
    if constexpr (std::same_as<decltype(number), bool>) return raw(number ? "true" : "false");
    return integer(static_cast<std::int64_t>(number));
  }
  JsonWriter& null() { return raw("null"); }
  // `text` is written as it stands and must be JSON.
  JsonWriter& raw(std::string_view text);

  template <typename T>
  JsonWriter& member(std::string_view name, const T& v) {
    return key(name).value(v);
  }

  const std::string& text() const { return text_; }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  JsonWriter& integer(std::int64_t number);
  void before_value();
  void new_line();

  std::string text_;
  int indent_ = 0;
  bool after_key_ = false;
  std::vector<bool> has_items_;  // one flag per open bracket
};

// `text` as a JSON string, quotes included. Bytes that are no UTF-8 become U+FFFD.
std::string json_quote(std::string_view text);

}  // namespace saccade
