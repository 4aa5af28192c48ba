// From the tensors of a file to LibTorch's and back.
#include "saccade/checkpoint/tensors.h"

#include <array>

#include "saccade/core/error.h"

namespace saccade {
namespace {

constexpr std::array<std::pair<DType, at::ScalarType>, 11> kTypes = {
    {{DType::kBool, at::kBool},
     {DType::kUInt8, at::kByte},
     {DType::kInt8, at::kChar},
     {DType::kInt16, at::kShort},
     {DType::kUInt16, at::kUInt16},
     {DType::kInt32, at::kInt},
     {DType::kInt64, at::kLong},
     {DType::kFloat16, at::kHalf},
     {DType::kBFloat16, at::kBFloat16},
     {DType::kFloat32, at::kFloat},
     {DType::kFloat64, at::kDouble}}};

}  // namespace

at::ScalarType scalar_type_of(DType dtype) {
  for (const auto& [ours, theirs] : kTypes) {
    if (ours == dtype) return theirs;
  }
  throw Error("a dtype without a LibTorch type");
}

DType dtype_of(at::ScalarType type) {
  for (const auto& [ours, theirs] : kTypes) {
    if (theirs == type) return ours;
  }
  throw Error(text_of("tensors of type ", c10::toString(type), " cannot be written to a file"));
}

at::Tensor to_tensor(const RawTensor& raw) {
  const auto type = scalar_type_of(raw.dtype);
  if (raw.numel() == 0) return at::empty(raw.shape, type);
  const std::size_t size = size_of(raw.dtype);
  const std::byte* data = raw.storage->bytes.data() + static_cast<std::size_t>(raw.offset) * size;
  if (reinterpret_cast<std::uintptr_t>(data) % size != 0) {
    const std::string bytes = contiguous_bytes(raw);
    at::Tensor copy = at::empty(raw.shape, type);
    std::memcpy(copy.data_ptr(), bytes.data(), bytes.size());
    return copy;
  }
  const auto keep = raw.storage;
  return at::from_blob(
      const_cast<std::byte*>(data), raw.shape, raw.strides, [keep](void*) {}, type);
}

RawTensor to_raw(const at::Tensor& tensor) {
  if (!tensor.device().is_cpu()) throw Error("only tensors on the CPU can be written to a file");
  const auto kept = std::make_shared<at::Tensor>(tensor.detach());
  const auto first = static_cast<const std::byte*>(kept->storage().data());
  RawTensor raw{.dtype = dtype_of(tensor.scalar_type()),
                .shape = tensor.sizes().vec(),
                .strides = tensor.strides().vec(),
                .offset = tensor.storage_offset()};
  raw.storage = std::make_shared<Storage>(Storage{{first, kept->storage().nbytes()}, kept});
  return raw;
}

NamedTensors to_tensors(const NamedRawTensors& raw) {
  NamedTensors out;
  for (const auto& [name, tensor] : raw) out.emplace_back(name, to_tensor(tensor));
  return out;
}

NamedRawTensors to_raw(const NamedTensors& tensors) {
  NamedRawTensors out;
  for (const auto& [name, tensor] : tensors) out.emplace_back(name, to_raw(tensor));
  return out;
}

std::map<std::string, at::Tensor> load_safetensors(const std::filesystem::path& path) {
  std::map<std::string, at::Tensor> out;
  for (const auto& [name, raw] : read_safetensors(path).tensors) out[name] = to_tensor(raw);
  return out;
}

}  // namespace saccade
