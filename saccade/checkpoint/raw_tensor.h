// A tensor of a file before LibTorch sees it: dtype, shape, strides and the bytes of its storage.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace saccade {

enum class DType {
  kBool,
  kUInt8,
  kInt8,
  kInt16,
  kUInt16,
  kInt32,
  kInt64,
  kFloat16,
  kBFloat16,
  kFloat32,
  kFloat64
};

std::size_t size_of(DType dtype);
// "float32", as PyTorch says it; "F32", as safetensors says it.
std::string_view name_of(DType dtype);
std::string_view safetensors_name_of(DType dtype);
std::optional<DType> dtype_from_safetensors_name(std::string_view name);

// Bytes shared by the tensors that view them; `owner` keeps the mapped file or buffer alive.
struct Storage {
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;
};

// Readers guarantee: every element lies inside the storage, sizes are >= 0, strides are >= 0.
struct RawTensor {
  DType dtype = DType::kFloat32;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;  // in elements
  std::int64_t offset = 0;            // in elements
  std::shared_ptr<const Storage> storage;

  std::int64_t numel() const;
  bool is_contiguous() const;
};

// Row-major strides of a shape.
std::vector<std::int64_t> contiguous_strides(const std::vector<std::int64_t>& shape);
// Product of the sizes; nothing where one is negative or the product, of those that are not 0, leaves int64.
std::optional<std::int64_t> checked_numel(const std::vector<std::int64_t>& shape);
// The tensor's elements in row-major order, whatever its strides.
std::string contiguous_bytes(const RawTensor& tensor);
// "[64, 256]"
std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace saccade
