// The names a checkpoint's pickle may use, and what they stand for.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "saccade/checkpoint/pickle_tree.h"

namespace saccade {

// Whether `module.name` is one of the few names checkpoints need; none of them is ever executed.
bool is_allowed_global(std::string_view module, std::string_view name);

// "torch FloatStorage" -> float32; nothing for quantised and unknown storages.
std::optional<DType> dtype_of_storage(std::string_view global);

// float32 -> "torch FloatStorage"
std::string_view storage_of_dtype(DType dtype);

bool is_numpy_scalar(std::string_view global);
// "numpy dtype f8" and eight bytes -> that number as a node.
std::optional<PickleNode> numpy_number(std::string_view dtype, std::string_view bytes);

// UTF-8 text whose characters are all below 256 -> one byte each; others become '?'.
std::string latin1_bytes(std::string_view utf8);

// Little-endian two's complement of at most 64 bytes as decimal digits.
std::string decimal_text(std::span<const std::byte> digits);

}  // namespace saccade
