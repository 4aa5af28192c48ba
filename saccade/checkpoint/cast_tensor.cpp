// Casts between float types, bit by bit.
#include "saccade/checkpoint/cast_tensor.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <tuple>

#include "saccade/core/error.h"

namespace saccade {
namespace {

template <typename T>
T load(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

// One float type as its file stores it.
double read_float(const std::byte* bytes, DType dtype) {
  switch (dtype) {
    case DType::kFloat16:
      return float_of_float16(load<std::uint16_t>(bytes));
    case DType::kBFloat16:
      return float_of_bfloat16(load<std::uint16_t>(bytes));
    case DType::kFloat32:
      return load<float>(bytes);
    default:
      return load<double>(bytes);
  }
}

void write_float(std::byte* bytes, DType dtype, double number) {
  const auto store = [&](auto value) { std::memcpy(bytes, &value, sizeof(value)); };
  switch (dtype) {
    case DType::kFloat16:
      return store(float16_bits(static_cast<float>(number)));
    case DType::kBFloat16:
      return store(bfloat16_bits(static_cast<float>(number)));
    case DType::kFloat32:
      return store(static_cast<float>(number));
    default:
      return store(number);
  }
}

std::shared_ptr<const Storage> cast_storage(const std::string& name, const Storage& from,
                                            DType old_type, DType new_type) {
  const std::size_t count = from.bytes.size() / size_of(old_type);
  auto made = std::make_shared<std::vector<std::byte>>(count * size_of(new_type));
  for (std::size_t i = 0; i < count; ++i) {
    const double number = read_float(from.bytes.data() + i * size_of(old_type), old_type);
    std::byte* target = made->data() + i * size_of(new_type);
    write_float(target, new_type, number);
    if (std::isfinite(number) && !std::isfinite(read_float(target, new_type))) {
      throw Error(text_of(name, ": holds ", number, ", which is too large for ", name_of(new_type),
                          "; bfloat16 reaches as far as float32"));
    }
  }
  return std::make_shared<Storage>(Storage{*made, made});
}

}  // namespace

bool is_float(DType dtype) {
  return dtype == DType::kFloat16 || dtype == DType::kBFloat16 || dtype == DType::kFloat32 ||
         dtype == DType::kFloat64;
}

std::uint16_t float16_bits(float number) {
  const auto bits = std::bit_cast<std::uint32_t>(number);
  const std::uint32_t sign = bits >> 16 & 0x8000;
  const std::uint32_t magnitude = bits & 0x7FFFFFFF;
  if (magnitude > 0x7F800000) return static_cast<std::uint16_t>(sign | 0x7E00);   // NaN
  if (magnitude >= 0x477FF000) return static_cast<std::uint16_t>(sign | 0x7C00);  // rounds to inf
  if (magnitude < 0x38800000) {  // subnormal: a multiple of 2^-24, which adding 0.5 rounds to
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3F000000));
  }
  const std::uint32_t odd = magnitude >> 13 & 1;
  return static_cast<std::uint16_t>(sign | ((magnitude - 0x38000000 + 0xFFF + odd) >> 13));
}

std::uint16_t bfloat16_bits(float number) {
  const auto bits = std::bit_cast<std::uint32_t>(number);
  if (std::isnan(number)) return 0x7FC0;
  return static_cast<std::uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

float float_of_float16(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000u) << 16;
  const std::uint32_t magnitude = half & 0x7FFFu;
  if (magnitude >= 0x7C00)
    return std::bit_cast<float>(sign | 0x7F800000 | (magnitude & 0x3FF) << 13);
  if (magnitude >= 0x400) return std::bit_cast<float>(sign | ((magnitude << 13) + 0x38000000));
  return std::copysign(static_cast<float>(magnitude) * 0x1p-24f, std::bit_cast<float>(sign));
}

float float_of_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

long double number_at(const std::byte* bytes, DType dtype) {
  switch (dtype) {
    case DType::kBool:
    case DType::kUInt8:
      return load<std::uint8_t>(bytes);
    case DType::kInt8:
      return load<std::int8_t>(bytes);
    case DType::kInt16:
      return load<std::int16_t>(bytes);
    case DType::kUInt16:
      return load<std::uint16_t>(bytes);
    case DType::kInt32:
      return load<std::int32_t>(bytes);
    case DType::kInt64:
      return load<std::int64_t>(bytes);
    default:
      return read_float(bytes, dtype);
  }
}

NamedRawTensors cast_floats(const NamedRawTensors& tensors, DType dtype) {
  std::map<std::tuple<const std::byte*, std::size_t, DType>, std::shared_ptr<const Storage>> done;
  NamedRawTensors out;
  for (const auto& [name, tensor] : tensors) {
    RawTensor cast = tensor;
    if (is_float(tensor.dtype) && tensor.dtype != dtype) {
      const auto bytes = tensor.storage->bytes;
      auto& storage = done[{bytes.data(), bytes.size(), tensor.dtype}];
      if (!storage) storage = cast_storage(name, *tensor.storage, tensor.dtype, dtype);
      cast.dtype = dtype;
      cast.storage = storage;
    }
    out.emplace_back(name, std::move(cast));
  }
  return out;
}

}  // namespace saccade
