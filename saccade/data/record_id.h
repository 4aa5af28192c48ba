// Ids of images, categories and annotations as data sets have them.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace saccade {

// A whole number of 64 bits or a text. Ascending: numbers by value, then texts by their bytes.
struct RecordId {
  std::int64_t number = 0;
  std::string text;  // not empty where the id is a text; `number` is 0 then

  bool is_text() const { return !text.empty(); }
  bool operator==(const RecordId&) const = default;
  std::strong_ordering operator<=>(const RecordId& other) const {
    if (is_text() != other.is_text()) return is_text() <=> other.is_text();
    return is_text() ? text <=> other.text : number <=> other.number;
  }
};

// As messages and JSON print it: 42, "frame-7".
std::string id_text(const RecordId& id);

}  // namespace saccade
