// The criterion on a device: the CPU's numbers, and nothing that waits but the matcher's copy.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "saccade/loss/criterion.h"
#include "tests/support/strict_device.h"

namespace saccade {
namespace {

struct Case {
  ModelFamily family;
  bool two_stage, aux_loss, empty;
};

ModelOutput random_output(const Case& c) {
  ModelOutput output;
  output.pred_logits = at::randn({3, 2, 6, 5});
  output.pred_boxes = at::rand({3, 2, 6, 4}) * 0.4 + 0.1;
  if (!c.two_stage) return output;
  output.enc_logits = at::randn({2, 9, 5});
  output.enc_boxes_unact = at::randn({2, 9, 4});
  return output;
}

std::vector<at::Tensor*> inputs_of(ModelOutput& output) {
  std::vector<at::Tensor*> inputs{&output.pred_logits, &output.pred_boxes};
  if (output.enc_logits.defined())
    inputs.insert(inputs.end(), {&output.enc_logits, &output.enc_boxes_unact});
  return inputs;
}

struct Computed {
  Losses losses;
  std::vector<at::Tensor> gradients;
};

Computed compute(ModelOutput output, at::Device device, const std::vector<LossTarget>& targets,
                 const Case& c) {
  for (at::Tensor* input : inputs_of(output))
    *input = input->detach().clone().to(device).set_requires_grad(true);
  CriterionOptions options = CriterionOptions::defaults(c.family);
  options.aux_loss = c.aux_loss;
  reset_strict_waits();
  Computed computed{.losses = compute_losses(output, targets, 2.5, options)};
  if (!device.is_cpu()) {
    EXPECT_EQ(strict_waits().events, 1) << strict_waits().text();
    EXPECT_EQ(strict_waits().all(), 1) << strict_waits().text();
  }
  computed.losses.total.backward();
  for (at::Tensor* input : inputs_of(output)) computed.gradients.push_back(input->grad().cpu());
  return computed;
}

class CriterionOnDevice : public testing::TestWithParam<Case> {};

// The same kernels in the same order: the same bits.
TEST_P(CriterionOnDevice, GivesTheCpusNumbersAndWaitsOnce) {
  at::manual_seed(11);
  const Case& c = GetParam();
  const ModelOutput output = random_output(c);
  std::vector<LossTarget> targets;
  for (const std::int64_t n : {c.empty ? 0 : 3, c.empty ? 0 : 1})
    targets.push_back({at::randint(4, {n}, at::kLong), at::rand({n, 4}) * 0.4 + 0.1});
  const Computed cpu = compute(output, at::kCPU, targets, c);
  const Computed device = compute(output, strict_device(), targets, c);
  ASSERT_EQ(device.losses.values.size(), cpu.losses.values.size());
  for (std::size_t i = 0; i < cpu.losses.values.size(); ++i) {
    EXPECT_EQ(device.losses.values[i].value.device(), strict_device());
    EXPECT_TRUE(at::equal(device.losses.values[i].value.cpu(), cpu.losses.values[i].value))
        << cpu.losses.values[i].name;
  }
  EXPECT_TRUE(at::equal(device.losses.total.cpu(), cpu.losses.total));
  for (std::size_t i = 0; i < cpu.gradients.size(); ++i)
    EXPECT_TRUE(at::equal(device.gradients[i], cpu.gradients[i])) << i;
}

INSTANTIATE_TEST_SUITE_P(Families, CriterionOnDevice,
                         testing::Values(Case{ModelFamily::kDeformableDetr, false, true, false},
                                         Case{ModelFamily::kDeformableDetr, true, true, false},
                                         Case{ModelFamily::kDeformableDetr, true, false, true},
                                         Case{ModelFamily::kDetr, false, true, false},
                                         Case{ModelFamily::kDetr, false, false, true}));

}  // namespace
}  // namespace saccade
