// Which instruction set the CPU kernels use: chosen at run time, overridable.
#pragma once

#include <string>
#include <vector>

namespace saccade {

enum class CpuIsa { kGeneric, kAvx2, kAvx512 };  // each includes those before it

std::string name_of(CpuIsa isa);  // generic, avx2, avx512

// What this processor can run, kGeneric first.
std::vector<CpuIsa> available_cpu_isas();

// The richest available set, or what the environment variable SACCADE_CPU_ISA names.
// Throws Error when that is no set or not available here.
CpuIsa cpu_isa();

// Overrides the choice for the rest of the process; for tests and benchmarks. Throws Error.
void set_cpu_isa(CpuIsa isa);

// Whether this processor multiplies matrices of bfloat16 in tiles (AMX), several times as fast as float32; what else has
// bfloat16 gains a factor of two at most.
bool has_bfloat16_tiles();

// Whether it multiplies pairs of bfloat16 in vectors of AVX-512 (AVX512_BF16), twice as fast as float32.
bool has_bfloat16_pairs();

}  // namespace saccade
