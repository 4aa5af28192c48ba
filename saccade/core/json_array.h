// Lists of values in JSON.
#pragma once

#include <initializer_list>
#include <string_view>

#include "saccade/core/json_writer.h"

namespace saccade {

// A member that is the list of `items`, each as JsonWriter::value writes it.
template <typename Items>
JsonWriter& add_array(JsonWriter& json, std::string_view name, const Items& items) {
  json.key(name).begin_array();
  for (const auto& item : items) json.value(item);
  return json.end_array();
}
inline JsonWriter& add_array(JsonWriter& json, std::string_view name,
                             std::initializer_list<double> items) {
  return add_array<std::initializer_list<double>>(json, name, items);
}

}  // namespace saccade
