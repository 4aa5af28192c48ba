// Ranks that compute on a device: their tensors over its backend, the CPU's over Gloo.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "saccade/dist/gradient_reducer.h"
#include "saccade/dist/process_group.h"
#include "tests/dist/forked_ranks.h"
#include "tests/support/strict_backend.h"
#include "tests/support/strict_device.h"

namespace saccade {
namespace {

// 0 where `body` throws an Error that holds `expected`.
int tells(const std::string& expected, const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return std::string(error.what()).find(expected) != std::string::npos ? 0 : 2;
  }
  return 1;
}

TEST(DeviceGroup, TensorsOfBothKindsAreExchanged) {
  const auto codes = in_processes(2, [](int rank, int port) {
    register_strict_backend();
    RankGroup ranks(environment(rank, 2, port));
    ProcessGroup group(ranks, strict_device());
    at::Tensor sum = at::arange(6, at::kFloat).view({2, 3}).to(strict_device()).t() * (rank + 1);
    group.all_reduce_sum(sum);
    at::Tensor mean = at::full({2}, rank * 3.0, at::kDouble);
    group.all_reduce_mean(mean);
    const at::Tensor sent = at::full({3}, rank + 7, at::kLong).to(strict_device());
    group.broadcast({sent});
    group.barrier();
    ranks.finish();
    const bool right = at::equal(sum.cpu(), at::arange(6, at::kFloat).view({2, 3}).t() * 3) &&
                       at::equal(mean, at::full({2}, 1.5, at::kDouble)) &&
                       at::equal(sent.cpu(), at::full({3}, 7, at::kLong));
    return right && strict_exchanges() == 2 ? 0 : 1;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0}));
}

// c10d's Reducer over two steps; in the second its buckets are in the order of the gradients.
TEST(DeviceGroup, GradientsAreTheMeanOverTheRanks) {
  const auto codes = in_processes(2, [](int rank, int port) {
    register_strict_backend();
    RankGroup ranks(environment(rank, 2, port));
    ProcessGroup group(ranks, strict_device());
    const auto leaf = [&](std::int64_t n) {
      return at::full({n}, rank + 1.0).to(strict_device()).set_requires_grad(true);
    };
    const at::Tensor a = leaf(3), b = leaf(400'000);  // two buckets
    GradientReducer reducer(group, {a, b}, {"a", "b"});
    bool right = at::equal(b.detach().cpu(), at::ones({400'000}));  // rank 0's
    for (int step = 0; step < 2; ++step) {
      reducer.prepare_forward();
      reducer.backward(a.sum() * (rank + 1) + b.sum() * (10 * rank));
      right = right && at::equal(a.grad().cpu(), at::full({3}, 1.5F)) &&
              at::equal(b.grad().cpu(), at::full({400'000}, 5.0F));
      a.mutable_grad().reset();
      b.mutable_grad().reset();
    }
    ranks.finish();
    return right ? 0 : 1;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0}));
}

TEST(DeviceGroup, TwoRanksOnOneDeviceAreNamed) {
  const auto codes = in_processes(3, [](int rank, int port) {
    register_strict_backend(rank == 1 ? "another" : "one");
    RankGroup ranks(environment(rank, 3, port));
    const int code = tells("ranks 0 and 2 both compute on " + strict_device().str(),
                           [&] { ProcessGroup group(ranks, strict_device()); });
    ranks.finish();
    return code;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0, 0}));
}

TEST(DeviceGroup, ARankWithoutADeviceIsNamed) {
  const auto codes = in_processes(2, [](int rank, int port) {
    register_strict_backend();
    RankGroup ranks(environment(rank, 2, port));
    const int code = tells("rank 0 computes on " + strict_device().str() + " of ", [&] {
      ProcessGroup group(ranks, rank == 0 ? strict_device() : at::Device(at::kCPU));
    });
    ranks.finish();
    return code;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0}));
}

// As with CUDA in a build without NCCL.
TEST(DeviceGroup, WithoutABackendTheErrorSaysWhatToBuild) {
  const auto codes = in_processes(2, [](int rank, int port) {
    RankGroup ranks(environment(rank, 2, port));
    const int code = tells("ranks cannot exchange tensors of " + strict_device().str(),
                           [&] { ProcessGroup group(ranks, strict_device()); });
    ranks.finish();
    return code;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0}));
}

TEST(DeviceGroup, ParametersOfAnotherDeviceAreNamed) {
  const auto codes = in_processes(2, [](int rank, int port) {
    register_strict_backend();
    RankGroup ranks(environment(rank, 2, port));
    ProcessGroup group(ranks, strict_device());
    const int code = tells(
        "w is on cpu, the ranks exchange tensors of " + strict_device().str(),
        [&] { GradientReducer reducer(group, {at::ones({2}).set_requires_grad(true)}, {"w"}); });
    ranks.finish();
    return code;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0}));
}

// The device's queue would wait for ever; over the CPU it is noticed.
TEST(DeviceGroup, ARankThatIsGoneIsNamedBeforeTheDeviceIsWaitedFor) {
  const DistTimeout timeout("20");
  const auto codes = in_processes(2, [](int rank, int port) {
    register_strict_backend();
    RankGroup ranks(environment(rank, 2, port));
    ProcessGroup group(ranks, strict_device());
    ranks.gather("connected", "");  // a rank that goes earlier is missed while they connect
    if (rank == 1) ::_exit(0);
    const int before = strict_exchanges();
    at::Tensor tensor = at::ones({2}).to(strict_device());
    const int code =
        tells("rank 1 of 2 has not been heard of", [&] { group.all_reduce_sum(tensor); });
    return strict_exchanges() == before ? code : 3;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0}));
}

}  // namespace
}  // namespace saccade
