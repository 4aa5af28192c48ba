// Parity of ms_deform_attn with the original operator: forward and three gradients, in float64 and
// float32, on every instruction set of this processor (goldens: op/).
#include "saccade/checkpoint/tensors.h"
#include "saccade/core/cpu_isa.h"
#include "saccade/op/ms_deform_attn.h"
#include "tests/parity/golden_cases.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using Tensors = std::map<std::string, at::Tensor>;

// Fractions of the largest entry. The original strays by 1.7e-6 of it in float32.
constexpr double kFloatTolerance = 5 * 1.7e-6;
constexpr double kDoubleTolerance = 1e-12;
constexpr double kRoundedTolerance = 1.2e-7;  // where the expected numbers are kept in float32

double tolerance_for(at::ScalarType type, const at::Tensor& expected) {
  if (type == at::kFloat) return kFloatTolerance;
  return expected.scalar_type() == at::kDouble ? kDoubleTolerance : kRoundedTolerance;
}

void expect_close(const Tensors& expected, const std::string& key, const at::Tensor& got,
                  const std::string& isa) {
  const auto found = expected.find(key);
  if (found == expected.end()) return;
  ASSERT_EQ(got.sizes(), found->second.sizes()) << key;
  const double scale = found->second.abs().max().item<double>();
  const double error =
      (got.to(at::kDouble) - found->second.to(at::kDouble)).abs().max().item<double>();
  EXPECT_LE(error, scale * tolerance_for(got.scalar_type(), found->second))
      << key << " in " << got.scalar_type() << " with " << isa << ", largest entry " << scale;
}

void check_case(const Tensors& golden, at::ScalarType type, const std::string& isa) {
  const auto input = [&](const char* key) {
    return golden.at(key).to(type, /*non_blocking=*/false, /*copy=*/true).requires_grad_();
  };
  const auto value = input("value");
  const auto locations = input("sampling_locations");
  const auto weights = input("attention_weights");

  const auto out = ms_deform_attn(value, golden.at("spatial_shapes"), locations, weights);

  expect_close(golden, "out", out.detach(), isa);
  if (!golden.contains("grad_out")) return;
  out.backward(golden.at("grad_out").to(type));
  expect_close(golden, "grad_value", value.grad(), isa);
  expect_close(golden, "grad_loc", locations.grad(), isa);
  expect_close(golden, "grad_attn", weights.grad(), isa);
}

void check_file(const fs::path& file) {
  const Tensors golden = load_safetensors(file);
  const CpuIsa chosen = cpu_isa();
  check_case(golden, at::kDouble, "any");
  for (const CpuIsa isa : available_cpu_isas()) {
    set_cpu_isa(isa);
    check_case(golden, at::kFloat, name_of(isa));
  }
  set_cpu_isa(chosen);
}

}  // namespace

void add_op_cases(const fs::path& goldens) {
  if (!fs::is_directory(goldens / "op")) return;
  for (const auto& entry : fs::directory_iterator(goldens / "op")) {
    const fs::path file = entry.path();
    if (file.extension() != ".safetensors") continue;
    add_golden_case("Op", file.stem().string(), [=] { check_file(file); });
  }
}

}  // namespace saccade
