// The inside of the strict device: how one of its operators runs on the CPU.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <optional>

#include "tests/support/strict_device.h"
#include "tests/support/strict_memory.h"

namespace saccade {

void count_strict_wait(std::int64_t StrictWaits::*kind);

// The device's random numbers: not those of the CPU's generator, though at::manual_seed sets both.
const at::Generator& strict_generator();

// The same bytes as a CPU tensor, open while this lives. A CPU tensor is itself.
class StrictAlias {
 public:
  explicit StrictAlias(const at::Tensor& tensor);
  const at::Tensor& tensor() const { return alias_; }

 private:
  std::optional<OpenPages> open_;  // first: what reads the alias ends before
  at::Tensor alias_;
};

}  // namespace saccade
