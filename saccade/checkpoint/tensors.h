// From the tensors of a file to LibTorch's and back.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "saccade/checkpoint/raw_tensor.h"
#include "saccade/checkpoint/safetensors.h"

namespace saccade {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;  // in the file's order

at::ScalarType scalar_type_of(DType dtype);
DType dtype_of(at::ScalarType type);  // throws Error for a type no file holds

// A view of the file's bytes (read-only memory: never write to it in place), kept alive by the
// tensor; copies where the bytes are not aligned to their element.
at::Tensor to_tensor(const RawTensor& raw);
// Shares the tensor's memory; the tensor must lie on the CPU.
RawTensor to_raw(const at::Tensor& tensor);
NamedTensors to_tensors(const NamedRawTensors& raw);
NamedRawTensors to_raw(const NamedTensors& tensors);

// Every tensor of a safetensors file by name; for tests and small files.
std::map<std::string, at::Tensor> load_safetensors(const std::filesystem::path& path);

}  // namespace saccade
