// The processes of one job over tensors: sums, means, broadcasts, barriers (c10d).
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "saccade/dist/rank_group.h"

namespace saccade {

struct ConnectedGroup;

// Every rank makes the same calls in the same order. Alone (RankGroup without an environment) every
// call returns at once and changes nothing.
//
// What goes wrong between the ranks throws Error, after SACCADE_DIST_TIMEOUT seconds (default 300) or
// as soon as a connection breaks. It names what was waited for and, where the store of `ranks` can
// tell, who is missing: a rank that failed (with its message), has not been heard of, or is behind.
// Afterwards the group is of no more use: tell the others (RankGroup::fail) and end.
class ProcessGroup {
 public:
  // Connects every rank with every other: for tensors of the CPU (Gloo), and for those of `device` where it is
  // another (with CUDA: NCCL). `ranks` must live as long as this. Throws Error where the ranks compute on
  // several kinds of device, where two have the same one, and where nothing exchanges its tensors.
  explicit ProcessGroup(const RankGroup& ranks, at::Device device = at::kCPU);
  ~ProcessGroup();
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;

  int rank() const { return ranks_.rank(); }
  int size() const { return ranks_.size(); }
  bool is_first() const { return ranks_.is_first(); }

  // In place, over all ranks; the result has the same bits on each. On the CPU or the device; float, double,
  // half, bfloat16 or integers (mean: floating point only), any strides, the same shape and dtype on every rank.
  void all_reduce_sum(at::Tensor& tensor);
  void all_reduce_mean(at::Tensor& tensor);
  // Every rank's tensors become those of rank 0; same shapes and dtypes on every rank.
  void broadcast(const std::vector<at::Tensor>& tensors);
  // Returns when every rank has called it.
  void barrier();

  // Runs `work`, which talks with the other ranks; network errors in it become an Error that speaks
  // of `what` ("the gradients"). Other errors pass unchanged.
  void run(const std::string& what, const std::function<void()>& work);

  // On a device an operation is only put in its queue, which would wait for ever for a rank that is gone. So before
  // anybody waits for the device, the ranks meet over the CPU. On the CPU nothing. Within run().
  void meet();

  // c10d's group, for GradientReducer; null when alone.
  const ConnectedGroup* backend() const { return group_.get(); }
  at::Device device() const { return device_; }

 private:
  void check_devices(const std::string& own);
  void connect_device();

  const RankGroup& ranks_;
  const at::Device device_;
  std::unique_ptr<ConnectedGroup> group_;  // null when alone
};

}  // namespace saccade
