// Compares tensors by name.
#include "saccade/checkpoint/weights_diff.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <sstream>

#include "saccade/checkpoint/cast_tensor.h"
#include "saccade/checkpoint/weights_report.h"
#include "saccade/core/json_array.h"

namespace saccade {
namespace {

double largest_difference(const RawTensor& a, const RawTensor& b) {
  const std::string bytes_a = contiguous_bytes(a);
  const std::string bytes_b = contiguous_bytes(b);
  if (a.dtype == b.dtype && bytes_a == bytes_b) return 0;
  long double largest = 0;
  const auto number = [](const std::string& bytes, std::int64_t i, DType dtype) {
    const std::size_t at = static_cast<std::size_t>(i) * size_of(dtype);
    return number_at(reinterpret_cast<const std::byte*>(bytes.data()) + at, dtype);
  };
  for (std::int64_t i = 0; i < a.numel(); ++i) {
    const long double x = number(bytes_a, i, a.dtype);
    const long double y = number(bytes_b, i, b.dtype);
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    if (std::isnan(x) || std::isnan(y)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, std::abs(x - y));
  }
  return static_cast<double>(largest);
}

}  // namespace

WeightsDifference diff_weights(const WeightsFile& a, const WeightsFile& b) {
  WeightsDifference out;
  std::map<std::string, const RawTensor*> rest;
  for (const auto& [name, tensor] : b.tensors) rest[name] = &tensor;
  for (const auto& [name, tensor] : a.tensors) {
    const auto found = rest.find(name);
    if (found == rest.end()) {
      out.only_a.push_back(name);
      continue;
    }
    const RawTensor& other = *found->second;
    TensorDifference item{name, tensor.dtype, other.dtype, tensor.shape, other.shape};
    const bool same_shape = tensor.shape == other.shape;
    if (same_shape) item.max_abs = largest_difference(tensor, other);
    out.max_abs = std::max(out.max_abs, item.max_abs);
    if (!same_shape || tensor.dtype != other.dtype || item.max_abs > 0) {
      out.different.push_back(std::move(item));
    } else {
      ++out.equal;
    }
    rest.erase(found);
  }
  for (const auto& [name, tensor] : rest) out.only_b.push_back(name);
  std::sort(out.only_a.begin(), out.only_a.end());
  return out;
}

std::string diff_text(const WeightsDifference& difference) {
  std::ostringstream out;
  for (const auto& name : difference.only_a)
    out << "only in the first   " << printable(name) << "\n";
  for (const auto& name : difference.only_b)
    out << "only in the second  " << printable(name) << "\n";
  for (const TensorDifference& item : difference.different) {
    out << "different           " << printable(item.name);
    if (item.shape_a != item.shape_b)
      out << "  shape " << shape_text(item.shape_a) << " / " << shape_text(item.shape_b);
    if (item.dtype_a != item.dtype_b)
      out << "  dtype " << name_of(item.dtype_a) << " / " << name_of(item.dtype_b);
    if (item.shape_a == item.shape_b) out << "  max |a - b| " << item.max_abs;
    out << "\n";
  }
  out << difference.equal << " equal, " << difference.different.size() << " different, "
      << difference.only_a.size() << " only in the first, " << difference.only_b.size()
      << " only in the second; largest |a - b| " << difference.max_abs << "\n";
  return out.str();
}

std::string diff_json(const WeightsDifference& difference) {
  JsonWriter json;
  json.begin_object();
  add_array(json, "only_a", difference.only_a);
  add_array(json, "only_b", difference.only_b);
  json.key("different").begin_array();
  for (const TensorDifference& item : difference.different) {
    json.begin_object().member("name", item.name);
    json.member("dtype_a", name_of(item.dtype_a)).member("dtype_b", name_of(item.dtype_b));
    add_array(json, "shape_a", item.shape_a);
    add_array(json, "shape_b", item.shape_b);
    json.member("max_abs", item.max_abs).end_object();
  }
  json.end_array().member("equal", difference.equal).member("max_abs", difference.max_abs);
  return json.end_object().text();
}

}  // namespace saccade
