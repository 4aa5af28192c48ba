// Ids of images, categories and annotations as data sets have them.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>

#include "saccade/core/random.h"

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

// The standard library's hash of a number is the number: ids with a common factor may all fall into one
// bucket, and a file made for it would keep us busy for hours. Here every bit counts.
struct IdHash {
  std::size_t operator()(std::int64_t number) const {
    auto state = static_cast<std::uint64_t>(number);
    return static_cast<std::size_t>(splitmix64(state));
  }
};

// As messages and JSON print it: 42, "frame-7".
std::string id_text(const RecordId& id);

}  // namespace saccade
