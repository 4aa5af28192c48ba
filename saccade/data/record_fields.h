// Fields of one JSON record: numbers, ids and texts, read strictly.
#pragma once

#include <simdjson.h>

#include <cmath>
#include <cstring>
#include <string>
#include <string_view>

#include "saccade/data/record_id.h"
#include "saccade/data/segmentation.h"

namespace saccade {

using JsonValue = simdjson::ondemand::value;

// A value as it stands in the file, shortened, for messages: "'abc'", "NaN", "a list".
std::string shown(JsonValue& value);

bool is_null(JsonValue& value);

// Opens the value as an object; `is_object` tells whether it is one. Returns simdjson's error where
// there is no value at all.
simdjson::error_code open_object(JsonValue& value, simdjson::ondemand::object& object,
                                 bool& is_object);

// Whether the value is a number that fits a double; leaves `number` alone otherwise.
inline bool read_number(JsonValue& value, double& number) {
  double read = 0;
  if (value.get_double().get(read) != simdjson::SUCCESS || !std::isfinite(read)) return false;
  number = read;
  return true;
}

// Whether the value is a whole number: 42 and 42.0, not 42.5 or "42".
bool read_whole(JsonValue& value, std::int64_t& number);

// Whether the value is a text; `text` holds it with escapes resolved.
bool read_text(JsonValue& value, std::string& text);

// Whether the value is an id: a whole number or a text that is not empty.
bool read_id(JsonValue& value, RecordId& id);

// What keeps `value` from being an id; for messages.
std::string id_fault(JsonValue& value);

// Takes four numbers. Returns simdjson's error where the text is broken; `what` is set where it is
// something else: "bbox[2] is NaN, not a finite number".
simdjson::error_code read_four(JsonValue& value, const char* field, double (&numbers)[4],
                               std::string& what);

// The bytes of a list or an object without reading it. Anything else gives an empty text, as `[]` and
// `{}` do; `null` too.
simdjson::error_code read_raw(JsonValue& value, std::string_view& raw);

// Calls visit(key, value) for each field; it returns simdjson's error where the text is broken.
template <typename Visit>
simdjson::error_code for_each_field(simdjson::ondemand::object& object, const Visit& visit) {
  for (auto element : object) {
    simdjson::ondemand::field field;
    if (const auto e = std::move(element).get(field)) return e;
    const char* raw = field.key().raw();
    std::size_t size = 0;
    while (raw[size] != '"' && raw[size] != '\\') ++size;
    std::string_view key(raw, size);
    if (raw[size] == '\\') {
      if (const auto e = field.unescaped_key().get(key)) return e;
    }
    // A comma or a closing bracket in place of a value would be skipped like one.
    const char first = *field.value().raw_json_token().data();
    if (first == ',' || first == ':' || first == ']' || first == '}') return simdjson::TAPE_ERROR;
    if (const auto e = visit(key, field.value())) return e;
  }
  return simdjson::SUCCESS;
}

}  // namespace saccade
