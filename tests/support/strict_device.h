// A device for tests that refuses what a GPU refuses, on a machine without one.
//
// It is LibTorch's spare device type (PrivateUse1). Its operators run the CPU's kernels and give the
// CPU's bits, but
//   - a tensor of another device among an operator's arguments throws, as CUDA does, and names the operator
//     (what CUDA takes is taken: CPU tensors without dimensions, CPU indices, ms_deform_attn's shapes);
//   - its memory has no access rights while no operator of its own runs: reading it through a pointer or an
//     accessor is a segmentation fault;
//   - its random numbers are not those of the CPU's generator;
//   - what waits for a GPU is counted;
//   - a copy to the CPU that was asked for as non_blocking arrives when an event or the device is waited for;
//     until then the CPU's tensor is full of 0xFF.
// Under autocast its operators take CUDA's types.
// Linking strict_device.cpp registers it; it is there once per process.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <string>

namespace saccade {

inline c10::Device strict_device() { return {c10::DeviceType::PrivateUse1, 0}; }

// What made, or would have made, the host wait for the device.
struct StrictWaits {
  std::int64_t items = 0;      // single numbers read: item(), is_nonzero, equal
  std::int64_t downloads = 0;  // blocking copies to the CPU
  std::int64_t uploads = 0;    // blocking copies from the CPU
  std::int64_t counts =
      0;  // operators whose result's size is data: nonzero, masked_select, an index of bools
  std::int64_t events = 0;  // events, streams and devices waited for
  std::int64_t sent = 0;    // copies from the CPU that nobody waits for: not part of all()

  std::int64_t all() const { return items + downloads + uploads + counts + events; }
  std::string text() const;
};

// Since the process began or since reset_strict_waits().
StrictWaits strict_waits();
void reset_strict_waits();

}  // namespace saccade
