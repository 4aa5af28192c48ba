// Sums, means and broadcasts over processes, and what is said when one of them is missing.
#include "saccade/dist/process_group.h"

#include <gtest/gtest.h>

#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <thread>

#include "saccade/core/error.h"
#include "saccade/dist/rank_store.h"
#include "tests/dist/forked_ranks.h"
#include "tests/support/tell_fault.h"

namespace saccade {
namespace {

// What `body` throws as Error; empty when it does not.
std::string error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return error.what();
  }
  return "";
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(ProcessGroup, AloneNothingChanges) {
  RankGroup ranks(std::nullopt);
  ProcessGroup group(ranks);
  auto tensor = at::full({2}, 3.0);
  group.all_reduce_sum(tensor);
  group.all_reduce_mean(tensor);
  group.broadcast({tensor});
  group.barrier();
  EXPECT_EQ(group.size(), 1);
  EXPECT_TRUE(at::equal(tensor, at::full({2}, 3.0)));
}

// Strided tensors and integers too.
TEST(ProcessGroup, SumsAndMeansAreOfAllRanks) {
  const auto codes = in_processes(3, [](int rank, int port) {
    RankGroup ranks(environment(rank, 3, port));
    ProcessGroup group(ranks);
    auto sum = at::arange(6, at::kFloat).view({2, 3}).t() + rank;
    group.all_reduce_sum(sum);
    bool right = at::equal(sum, (at::arange(6, at::kFloat).view({2, 3}) * 3 + 3).t());
    auto strided = (at::arange(6, at::kFloat).view({2, 3}) * (rank + 1)).t();
    group.all_reduce_sum(strided);
    right = right && at::equal(strided, (at::arange(6, at::kFloat).view({2, 3}) * 6).t());
    auto count = at::full({}, rank, at::kLong);
    group.all_reduce_sum(count);
    auto mean = at::full({2}, rank * 1.5, at::kDouble);
    group.all_reduce_mean(mean);
    right = right && count.item<std::int64_t>() == 3 &&
            at::equal(mean, at::full({2}, 1.5, at::kDouble));
    ranks.finish();
    return right ? 0 : 1;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0, 0}));
}

// Ranks that take the same step must not drift apart by the order of a sum.
TEST(ProcessGroup, ASumHasTheSameBitsOnEveryRank) {
  const auto codes = in_processes(3, [](int rank, int port) {
    RankGroup ranks(environment(rank, 3, port));
    ProcessGroup group(ranks);
    at::manual_seed(rank);
    auto sum = at::randn({10'007});
    group.all_reduce_sum(sum);
    const auto all = ranks.all_gather(
        "sums", std::string(static_cast<const char*>(sum.const_data_ptr()), sum.nbytes()));
    ranks.finish();
    return all[0] == all[1] && all[1] == all[2] ? 0 : 1;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0, 0}));
}

TEST(ProcessGroup, TheStoreMayBeServedByTorchrunsAgent) {
  const auto codes = in_processes(3, [](int rank, int port) {
    c10d::TCPStoreOptions options;
    options.port = static_cast<std::uint16_t>(port);
    options.isServer = rank == 2;  // the agent
    options.waitWorkers = false;
    c10d::TCPStore agent("127.0.0.1", options);
    if (rank == 2) {
      agent.wait({"over/0", "over/1"}, std::chrono::seconds(60));
      return 0;
    }
    RankEnvironment agents = environment(rank, 2, port);
    agents.agent_serves_store = true;
    RankGroup ranks(agents);
    ProcessGroup group(ranks);
    auto sum = at::ones({2});
    group.all_reduce_sum(sum);
    ranks.finish();
    agent.set("over/" + std::to_string(rank), std::vector<std::uint8_t>{1});
    return at::equal(sum, at::full({2}, 2.0)) ? 0 : 1;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0, 0}));
}

TEST(ProcessGroup, BroadcastGivesEveryoneWhatRankZeroHas) {
  const auto codes = in_processes(2, [](int rank, int port) {
    RankGroup ranks(environment(rank, 2, port));
    ProcessGroup group(ranks);
    auto weights = at::full({3, 4}, 1.0 + rank);
    auto steps = at::full({}, 7 + rank, at::kLong);
    weights.requires_grad_(true);  // a parameter
    group.broadcast({weights, steps});
    group.barrier();
    ranks.finish();
    return at::equal(weights, at::full({3, 4}, 1.0)) && steps.item<int>() == 7 ? 0 : 1;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0}));
}

// Also when the others are still connecting, as may be here.
TEST(ProcessGroup, AKilledRankIsNamedAtOnce) {
  const auto codes = in_processes(3, [](int rank, int port) {
    RankGroup ranks(environment(rank, 3, port));
    const auto text = error_of([&] {
      ProcessGroup group(ranks);
      if (rank == 1) ::raise(SIGKILL);
      group.barrier();
    });
    ranks.fail(text);
    return holds(text, "in vain: rank 1 of 3 has not been heard of") ? 7 : 8;
  });
  EXPECT_EQ(codes, (std::vector<int>{7, 128 + SIGKILL, 7}));
  tell_fault("one rank of three killed before a barrier", 1, "both others name it and end");
}

TEST(ProcessGroup, TheMessageOfAFailedRankIsPassedOn) {
  const auto codes = in_processes(2, [](int rank, int port) {
    RankGroup ranks(environment(rank, 2, port));
    ProcessGroup group(ranks);
    if (rank == 1) {
      ranks.fail("the loss is not a number");
      return 1;
    }
    auto tensor = at::ones({2});
    const auto text = error_of([&] { group.all_reduce_mean(tensor); });
    return holds(text, "a sum over all ranks in vain: rank 1 failed: the loss is not a number") ? 7
                                                                                                : 8;
  });
  EXPECT_EQ(codes, (std::vector<int>{7, 1}));
  tell_fault("one rank of two failing before a sum", 1, "the other ends with its message");
}

TEST(ProcessGroup, ARankThatLivesButDoesNotComeIsNamedAfterTheTimeOut) {
  const DistTimeout timeout("5");  // long enough to connect on a busy machine
  const auto codes = in_processes(2, [](int rank, int port) {
    RankGroup ranks(environment(rank, 2, port));
    ProcessGroup group(ranks);
    group.barrier();
    if (rank == 1) {  // lives, elsewhere
      while (!ranks.store()->failure_of(0))
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      return 1;
    }
    auto tensor = at::ones({2});
    const auto text = error_of([&] { group.all_reduce_sum(tensor); });
    ranks.fail(text);
    return holds(text, "rank 1 of 2 lives but has not come this far (it was last at a barrier)")
               ? 7
               : 8;
  });
  EXPECT_EQ(codes, (std::vector<int>{7, 1}));
}

TEST(ProcessGroup, TheInterfaceMayBeChosenByName) {
  ::setenv("GLOO_SOCKET_IFNAME", "no_such_card", 1);
  const auto codes = in_processes(2, [](int rank, int port) {
    RankGroup ranks(environment(rank, 2, port));
    const auto text = error_of([&] { ProcessGroup group(ranks); });
    ranks.finish();  // rank 0 serves the store: it must not leave before the other has come
    return holds(text, "this machine has no interface 'no_such_card'") ? 7 : 8;
  });
  ::setenv("GLOO_SOCKET_IFNAME", "lo", 1);
  const auto by_name = in_processes(2, [](int rank, int port) {
    RankGroup ranks(environment(rank, 2, port));
    ProcessGroup group(ranks);
    auto tensor = at::ones({2});
    group.all_reduce_sum(tensor);
    ranks.finish();
    return at::equal(tensor, at::full({2}, 2.0)) ? 0 : 1;
  });
  ::unsetenv("GLOO_SOCKET_IFNAME");
  EXPECT_EQ(codes, (std::vector<int>{7, 7}));
  EXPECT_EQ(by_name, (std::vector<int>{0, 0}));
}

}  // namespace
}  // namespace saccade
