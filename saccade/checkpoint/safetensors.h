// safetensors files: an 8-byte header length, a JSON header, raw little-endian tensors.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "saccade/checkpoint/raw_tensor.h"

namespace saccade {

using NamedRawTensors = std::vector<std::pair<std::string, RawTensor>>;  // in the file's order

struct SafetensorsFile {
  NamedRawTensors tensors;
  std::map<std::string, std::string> metadata;  // __metadata__
};

// Maps the file; tensors view it. Sizes, offsets and names are checked against the file.
// Throws Error that names the file, the tensor and the fault.
SafetensorsFile read_safetensors(const std::filesystem::path& path);

// The bytes of such a file: tensors contiguous, in the given order, without gaps (the format allows none).
std::string safetensors_bytes(const NamedRawTensors& tensors,
                              const std::map<std::string, std::string>& metadata);
// Writes them. Throws Error.
void write_safetensors(const std::filesystem::path& path, const NamedRawTensors& tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace saccade
