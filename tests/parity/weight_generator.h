// The generator behind the goldens' weights: values follow from a tensor's name and a seed
// (goldens/README.md section 1).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "saccade/checkpoint/weights_file.h"

namespace saccade {

std::uint64_t fnv1a64(const std::string& text);
// The i-th raw number, i from 0.
std::uint64_t generated_raw(const std::string& name, std::uint64_t seed, std::uint64_t i);
// That number as a value in [-1, 1).
double generated_unit(const std::string& name, std::uint64_t seed, std::uint64_t i);

// How one tensor is made.
struct GeneratedTensor {
  std::string generator_name;
  std::vector<std::int64_t> shape;
  std::vector<double> base = {0};  // one value, or a table that repeats
  double scale = 0;
  std::uint32_t crc32 = 0;  // of the float32 bytes; checked where has_crc
  bool has_crc = false;
  bool trainable = false;
  bool buffer = false;
  std::string tied_to;
};

at::Tensor generate(const GeneratedTensor& tensor, std::uint64_t seed);
std::uint32_t crc32_of(const at::Tensor& tensor);

// One state_dicts/<variant>.json, with the overrides for this seed that lie beside it.
struct GeneratedStateDict {
  std::map<std::string, GeneratedTensor> tensors;
  Args args;
  std::int64_t parameters = 0, trainable_parameters = 0;
};
// Taken from goldens/state_dicts, or, where missing there, from `fallback`/state_dicts.
GeneratedStateDict read_state_dict(const std::filesystem::path& goldens,
                                   const std::filesystem::path& fallback,
                                   const std::string& variant, std::uint64_t seed);

}  // namespace saccade
