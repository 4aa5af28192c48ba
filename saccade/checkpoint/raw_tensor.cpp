// Sizes, strides and bytes of tensors in files.
#include "saccade/checkpoint/raw_tensor.h"

#include <array>
#include <cstring>

namespace saccade {
namespace {

struct DTypeInfo {
  DType dtype;
  std::size_t size;
  std::string_view name;
  std::string_view safetensors_name;
};

constexpr std::array<DTypeInfo, 11> kDTypes = {{{DType::kBool, 1, "bool", "BOOL"},
                                                {DType::kUInt8, 1, "uint8", "U8"},
                                                {DType::kInt8, 1, "int8", "I8"},
                                                {DType::kInt16, 2, "int16", "I16"},
                                                {DType::kUInt16, 2, "uint16", "U16"},
                                                {DType::kInt32, 4, "int32", "I32"},
                                                {DType::kInt64, 8, "int64", "I64"},
                                                {DType::kFloat16, 2, "float16", "F16"},
                                                {DType::kBFloat16, 2, "bfloat16", "BF16"},
                                                {DType::kFloat32, 4, "float32", "F32"},
                                                {DType::kFloat64, 8, "float64", "F64"}}};

const DTypeInfo& info_of(DType dtype) { return kDTypes[static_cast<std::size_t>(dtype)]; }

}  // namespace

std::size_t size_of(DType dtype) { return info_of(dtype).size; }
std::string_view name_of(DType dtype) { return info_of(dtype).name; }
std::string_view safetensors_name_of(DType dtype) { return info_of(dtype).safetensors_name; }

std::optional<DType> dtype_from_safetensors_name(std::string_view name) {
  for (const DTypeInfo& info : kDTypes) {
    if (info.safetensors_name == name) return info.dtype;
  }
  return std::nullopt;
}

std::optional<std::int64_t> checked_numel(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  bool is_empty = false;
  for (const std::int64_t size : shape) {
    is_empty = is_empty || size == 0;
    // Strides are products, too: those of an empty tensor's other sizes must not leave int64 either.
    if (size < 0 || (size > 0 && __builtin_mul_overflow(count, size, &count))) return std::nullopt;
  }
  return is_empty ? 0 : count;
}

std::vector<std::int64_t> contiguous_strides(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * (shape[i] > 0 ? shape[i] : 1);
  return strides;
}

std::int64_t RawTensor::numel() const { return checked_numel(shape).value_or(0); }

bool RawTensor::is_contiguous() const {
  const auto expected = contiguous_strides(shape);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] > 1 && strides[i] != expected[i]) return false;
  }
  return true;
}

std::string contiguous_bytes(const RawTensor& tensor) {
  const std::size_t size = size_of(tensor.dtype);
  const auto count = static_cast<std::size_t>(tensor.numel());
  std::string out(count * size, '\0');
  if (count == 0) return out;
  const std::byte* base =
      tensor.storage->bytes.data() + static_cast<std::size_t>(tensor.offset) * size;
  if (tensor.is_contiguous()) {
    std::memcpy(out.data(), base, out.size());
    return out;
  }
  std::vector<std::int64_t> index(tensor.shape.size(), 0);
  std::int64_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::memcpy(out.data() + i * size, base + static_cast<std::size_t>(at) * size, size);
    for (std::size_t d = index.size(); d-- > 0;) {
      at += tensor.strides[d];
      if (++index[d] < tensor.shape[d]) break;
      at -= tensor.strides[d] * tensor.shape[d];
      index[d] = 0;
    }
  }
  return out;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i)
    text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

}  // namespace saccade
