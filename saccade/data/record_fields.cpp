// Fields of one JSON record: numbers, ids and texts, read strictly.
#include "saccade/data/record_fields.h"

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/data/json_file.h"

namespace saccade {
namespace {

constexpr std::size_t kShownBytes = 40;
constexpr double kExactWholes = 9007199254740992.0;  // 2^53: above, a double skips whole numbers

char first_byte(JsonValue& value) {
  const std::string_view token = value.raw_json_token();
  return token.empty() ? '\0' : token[0];
}

bool in_range(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20; });
}

}  // namespace

std::string shown(JsonValue& value) {
  std::string_view token = value.raw_json_token();
  if (token.empty()) return "nothing";
  if (token[0] == '[') return "a list";
  if (token[0] == '{') return "an object";
  while (!token.empty() && is_json_space(token.back())) token.remove_suffix(1);
  std::string text(token.substr(0, kShownBytes));
  // A cut must not go through a character of several bytes.
  while (token.size() > kShownBytes && !text.empty() && (text.back() & 0x80) != 0) text.pop_back();
  if (token.size() > kShownBytes) text += "...";
  return in_range(text) ? text : "something unreadable";
}

bool is_null(JsonValue& value) {
  const std::string_view token = value.raw_json_token();
  return token.substr(0, 4) == "null" && (token.size() == 4 || is_json_space(token[4]));
}

simdjson::error_code open_object(JsonValue& value, simdjson::ondemand::object& object,
                                 bool& is_object) {
  const char first = first_byte(value);
  is_object = first == '{';
  if (is_object) return value.get_object().get(object);
  const bool is_value = first != ']' && first != '}' && first != ',' && first != ':' && first != 0;
  return is_value ? simdjson::SUCCESS : simdjson::TAPE_ERROR;
}

bool read_whole(JsonValue& value, std::int64_t& number) {
  if (value.get_int64().get(number) == simdjson::SUCCESS) return true;
  double real = 0;
  if (!read_number(value, real) || real != std::floor(real) || std::abs(real) > kExactWholes)
    return false;
  number = static_cast<std::int64_t>(real);
  return true;
}

bool read_text(JsonValue& value, std::string& text) {
  std::string_view read;
  if (first_byte(value) != '"' || value.get_string().get(read) != simdjson::SUCCESS) return false;
  text = read;
  return true;
}

bool read_id(JsonValue& value, RecordId& id) {
  RecordId read;
  if (first_byte(value) == '"') {
    if (!read_text(value, read.text) || read.text.empty()) return false;
  } else if (!read_whole(value, read.number)) {
    return false;
  }
  id = std::move(read);
  return true;
}

std::string id_fault(JsonValue& value) {
  return text_of("is ", shown(value), ", not a whole number of 64 bits or a text");
}

simdjson::error_code read_four(JsonValue& value, const char* field, double (&numbers)[4],
                               std::string& what) {
  const auto not_four = [&] { what = text_of(field, " is not a list of four numbers"); };
  simdjson::ondemand::array array;
  if (first_byte(value) != '[') {
    what = text_of(field, " is ", shown(value), ", not a list of four numbers");
    return simdjson::SUCCESS;
  }
  if (const auto e = value.get_array().get(array)) return e;
  std::size_t count = 0;
  for (auto element : array) {
    JsonValue number;
    if (const auto e = element.get(number)) return e;
    if (count < 4 && !read_number(number, numbers[count]) && what.empty()) {
      what = text_of(field, "[", count, "] is ", shown(number), ", not a finite number");
    }
    ++count;
  }
  if (count != 4 && what.empty()) not_four();
  return simdjson::SUCCESS;
}

simdjson::error_code read_raw(JsonValue& value, std::string_view& raw) {
  raw = {};
  const char first = first_byte(value);
  if (first == '[') {
    simdjson::ondemand::array array;
    if (const auto e = value.get_array().get(array)) return e;
    if (const auto e = array.raw_json().get(raw)) return e;
  } else if (first == '{') {
    simdjson::ondemand::object object;
    if (const auto e = value.get_object().get(object)) return e;
    if (const auto e = object.raw_json().get(raw)) return e;
  }
  while (!raw.empty() && is_json_space(raw.back())) raw.remove_suffix(1);
  const auto inside = raw.size() < 2 ? raw : raw.substr(1, raw.size() - 2);
  if (std::all_of(inside.begin(), inside.end(), is_json_space)) raw = {};
  return simdjson::SUCCESS;
}

}  // namespace saccade
