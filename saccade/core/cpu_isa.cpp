// Which instruction set the CPU kernels use.
#include "saccade/core/cpu_isa.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include "saccade/core/error.h"

namespace saccade {
namespace {

bool processor_has_avx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

bool processor_has_avx512() {
#if defined(__x86_64__)
  return processor_has_avx2() && __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq");
#else
  return false;
#endif
}

void check_available(CpuIsa isa, const std::string& asked_by) {
  const auto here = available_cpu_isas();
  if (std::find(here.begin(), here.end(), isa) != here.end()) return;
  throw Error(text_of(asked_by, ": this processor has no ", name_of(isa), "; it can run up to ",
                      name_of(here.back())));
}

CpuIsa isa_of_environment() {
  const char* wanted = std::getenv("SACCADE_CPU_ISA");
  if (wanted == nullptr || *wanted == '\0') return available_cpu_isas().back();
  for (const CpuIsa isa : {CpuIsa::kGeneric, CpuIsa::kAvx2, CpuIsa::kAvx512}) {
    if (name_of(isa) != wanted) continue;
    check_available(isa, "SACCADE_CPU_ISA");
    return isa;
  }
  throw Error(text_of("SACCADE_CPU_ISA is '", wanted, "': expected generic, avx2 or avx512"));
}

std::atomic<CpuIsa>& chosen_isa() {
  static std::atomic<CpuIsa> chosen{isa_of_environment()};
  return chosen;
}

}  // namespace

std::string name_of(CpuIsa isa) {
  if (isa == CpuIsa::kAvx512) return "avx512";
  return isa == CpuIsa::kAvx2 ? "avx2" : "generic";
}

std::vector<CpuIsa> available_cpu_isas() {
  std::vector<CpuIsa> isas{CpuIsa::kGeneric};
  if (processor_has_avx2()) isas.push_back(CpuIsa::kAvx2);
  if (processor_has_avx512()) isas.push_back(CpuIsa::kAvx512);
  return isas;
}

CpuIsa cpu_isa() { return chosen_isa().load(std::memory_order_relaxed); }

void set_cpu_isa(CpuIsa isa) {
  check_available(isa, "set_cpu_isa");
  chosen_isa().store(isa, std::memory_order_relaxed);
}

bool has_bfloat16_pairs() {
#if defined(__x86_64__)
  return processor_has_avx512() && __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

bool has_bfloat16_tiles() {
// clang builds the fuzz targets alone, which multiply nothing; before version 19 it does not know these words.
#if defined(__x86_64__) && !defined(__clang__)
  return __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16");
#else
  return false;
#endif
}

}  // namespace saccade
