// The processes of one job over tensors.
#include "saccade/dist/process_group.h"

#include <torch/csrc/distributed/c10d/comm.hpp>

#include <typeinfo>

#include "saccade/core/error.h"
#include "saccade/core/one_line.h"
#include "saccade/dist/dist_gloo.h"

namespace saccade {
namespace {

constexpr std::size_t kBroadcastBytes = std::size_t{25} << 20;  // tensors sent together

// Gloo's own exceptions have no header here; their mangled names begin with its namespace, and what
// it throws while it connects is a std::runtime_error that begins with its name.
bool is_network_error(const std::exception& error) {
  return dynamic_cast<const c10::DistError*>(&error) != nullptr ||
         std::string_view(typeid(error).name()).starts_with("N4gloo") ||
         std::string_view(error.what()).starts_with("Gloo ");
}

// Gloo's messages begin with the place in its source: "[/.../pair.cc:547] Connection closed by peer".
std::string without_source_place(const std::string& message) {
  const std::size_t end = message.find("] ");
  return message.starts_with("[/") && end != std::string::npos ? message.substr(end + 2) : message;
}

[[noreturn]] void throw_culprit(RankStore& store, const std::string& what,
                                const std::string& reason) {
  std::string culprit;
  try {
    culprit = store.find_culprit();
  } catch (const std::exception&) {
    culprit = "rank 0 is gone, or whoever serves the store";
  }
  const RankEnvironment& ranks = store.environment();
  throw Error(text_of("rank ", ranks.rank, " of ", ranks.world_size, " waited for ", what,
                      " in vain: ", culprit.empty() ? "" : culprit + " ", "(", reason, ")"));
}

}  // namespace

ProcessGroup::ProcessGroup(const RankGroup& ranks) : ranks_(ranks) {
  if (!ranks.store()) return;
  run("a connection with every rank", [this] { gloo_ = connect_gloo(*ranks_.store()); });
}

ProcessGroup::~ProcessGroup() = default;

void ProcessGroup::run(const std::string& what, const std::function<void()>& work) {
  if (!ranks_.store()) return work();
  ranks_.store()->begin(what);
  std::string reason;
  try {
    return work();
  } catch (const std::exception& error) {
    if (!is_network_error(error)) throw;
    reason = without_source_place(first_line(error.what()));
  }
  throw_culprit(*ranks_.store(), what, reason);
}

void ProcessGroup::all_reduce_sum(at::Tensor& tensor) {
  if (!gloo_) return;
  at::NoGradGuard no_grad;
  std::vector<at::Tensor> sent = {tensor.detach().contiguous()};
  run("a sum over all ranks", [&] { gloo_->group->allreduce(sent)->wait(); });
  if (!tensor.is_contiguous()) tensor.copy_(sent[0]);
}

void ProcessGroup::all_reduce_mean(at::Tensor& tensor) {
  if (!gloo_) return;
  all_reduce_sum(tensor);
  at::NoGradGuard no_grad;
  tensor.div_(size());
}

void ProcessGroup::broadcast(const std::vector<at::Tensor>& tensors) {
  if (!gloo_ || tensors.empty()) return;
  at::NoGradGuard no_grad;
  run("what rank 0 sends",
      [&] { c10d::broadcast_coalesced(gloo_->group, tensors, kBroadcastBytes); });
}

void ProcessGroup::barrier() {
  if (!gloo_) return;
  run("a barrier", [this] { gloo_->group->barrier()->wait(); });
}

}  // namespace saccade
