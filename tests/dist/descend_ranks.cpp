// A rank for test_descend_ranks.py: fits a line to its share of eight points, gradients averaged over
// all ranks; rank 0 prints slope and offset.
#include <ATen/ATen.h>

#include <cstdio>

#include "saccade/core/error.h"
#include "saccade/dist/gradient_reducer.h"
#include "saccade/dist/rank_environment.h"

namespace {

using namespace saccade;

constexpr int kPoints = 8;
constexpr int kSteps = 20;

void descend(const RankGroup& ranks) {
  ProcessGroup group(ranks);
  const int share = kPoints / group.size();
  const auto x = at::linspace(-1, 1, kPoints, at::kDouble).narrow(0, group.rank() * share, share);
  const auto y = 3 * x + 1 + x * x;
  auto slope = at::full({}, group.rank(), at::kDouble).requires_grad_(true);  // rank 0's counts
  auto offset = at::full({}, -group.rank(), at::kDouble).requires_grad_(true);
  GradientReducer reducer(group, {slope, offset}, {"slope", "offset"});
  for (int step = 0; step < kSteps; ++step) {
    reducer.prepare_forward();
    reducer.backward((slope * x + offset - y).square().mean());
    for (at::Tensor* parameter : {&slope, &offset}) {
      const at::NoGradGuard no_grad;
      parameter->sub_(0.3 * parameter->grad());
      parameter->mutable_grad().reset();
    }
  }
  group.barrier();
  if (group.is_first()) std::printf("%.12f %.12f\n", slope.item<double>(), offset.item<double>());
}

}  // namespace

int main() {
  try {
    RankGroup ranks(read_rank_environment());
    try {
      descend(ranks);
      ranks.finish();
    } catch (const Error& error) {
      ranks.fail(error.what());
      throw;
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
