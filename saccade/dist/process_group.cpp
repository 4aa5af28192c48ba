// The processes of one job over tensors.
#include "saccade/dist/process_group.h"

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/comm.hpp>
#include <unistd.h>

#include <array>
#include <exception>
#include <map>
#include <typeinfo>

#include "saccade/core/error.h"
#include "saccade/core/one_line.h"
#include "saccade/dist/device_backend.h"
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

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "this machine";
}

const DeviceBackend& backend_of(at::Device device) {
  if (const DeviceBackend* backend = find_device_backend(device.type())) return *backend;
  throw Error(
      text_of("ranks cannot exchange tensors of ", device.str(),
              ": this build's kernels for it were made without a library for that (with CUDA: "
              "NCCL, nccl.h); build it where there is one, or compute in one process"));
}

// What a rank computes on, as it tells the others: "cuda IDENTITY cuda:0 of HOST".
struct RankDevice {
  std::string kind, identity, name;

  static RankDevice read(const std::string& text) {
    const std::size_t first = text.find(' '), second = text.find(' ', first + 1);
    return {text.substr(0, first), text.substr(first + 1, second - first - 1),
            text.substr(second + 1)};
  }
};

std::string told_device(at::Device device, const DeviceBackend* backend) {
  return text_of(c10::DeviceTypeName(device.type(), true), " ",
                 backend == nullptr ? "" : backend->identity(device), " ", device.str(), " of ",
                 host_name());
}

}  // namespace

ProcessGroup::ProcessGroup(const RankGroup& ranks, at::Device device)
    : ranks_(ranks), device_(device) {
  if (!ranks.store()) return;
  run("a connection with every rank", [this] { group_ = connect_gloo(*ranks_.store()); });
  const DeviceBackend* backend = device_.is_cpu() ? nullptr : &backend_of(device_);
  check_devices(told_device(device_, backend));
  if (backend != nullptr) connect_device();
}

// NCCL waits for ever for a rank without a GPU, and its own words for two ranks on one GPU are hard to read.
void ProcessGroup::check_devices(const std::string& own) {
  RankStore& store = *ranks_.store();
  const auto key = [](int rank) { return text_of("device/", rank); };
  store.set(key(rank()), own);
  run("the devices of all ranks", [this] { group_->group->barrier()->wait(); });
  std::map<std::string, int> rank_of;
  const RankDevice first = RankDevice::read(store.get(key(0)));
  for (int rank = 0; rank < size(); ++rank) {
    const RankDevice device = RankDevice::read(store.get(key(rank)));
    if (device.kind != first.kind) {
      throw Error(text_of(
          "rank 0 computes on ", first.name, ", rank ", rank, " on ", device.name,
          ": the ranks of a job need one kind of device; start as many as there are GPUs, or "
          "give --device cpu"));
    }
    const auto [other, is_new] = rank_of.emplace(device.identity, rank);
    if (!is_new && !device.identity.empty()) {
      throw Error(
          text_of("ranks ", other->second, " and ", rank, " both compute on ", device.name,
                  "; each needs one of its own: start as many as there are GPUs (--device "
                  "cuda is that of LOCAL_RANK, cuda:N the same for all), or give --device cpu"));
    }
  }
}

void ProcessGroup::connect_device() {
  const DeviceBackend& maker = backend_of(device_);
  run("a connection between the devices of all ranks", [&] {
    auto connection = ranks_.store()->connect_again();
    connection->setTimeout(ranks_.store()->timeout());
    const auto backend =
        maker.connect({.store = c10::make_intrusive<c10d::PrefixStore>("device", connection),
                       .rank = rank(),
                       .size = size(),
                       .device = device_,
                       .timeout = ranks_.store()->timeout()});
    group_->group->setBackend(device_.type(), maker.type, backend);
    group_->device = backend;
  });
}

// A queue that waits for a rank that is gone ends by being torn down only.
ProcessGroup::~ProcessGroup() {
  if (!group_ || !group_->device) return;
  try {
    if (std::uncaught_exceptions() > 0) {
      group_->device->abort();
    } else {
      group_->device->shutdown();
    }
  } catch (const std::exception&) {
    // It is gone already.
  }
}

void ProcessGroup::meet() {
  if (group_ && group_->device) group_->group->barrier()->wait();
}

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
  if (!group_) return;
  at::NoGradGuard no_grad;
  std::vector<at::Tensor> sent = {tensor.detach().contiguous()};
  run("a sum over all ranks", [&] {
    if (!tensor.is_cpu()) meet();
    group_->group->allreduce(sent)->wait();
  });
  if (!tensor.is_contiguous()) tensor.copy_(sent[0]);
}

void ProcessGroup::all_reduce_mean(at::Tensor& tensor) {
  if (!group_) return;
  all_reduce_sum(tensor);
  at::NoGradGuard no_grad;
  tensor.div_(size());
}

void ProcessGroup::broadcast(const std::vector<at::Tensor>& tensors) {
  if (!group_ || tensors.empty()) return;
  at::NoGradGuard no_grad;
  run("what rank 0 sends", [&] {
    if (!tensors.front().is_cpu()) meet();
    c10d::broadcast_coalesced(group_->group, tensors, kBroadcastBytes);
  });
}

void ProcessGroup::barrier() {
  if (!group_) return;
  run("a barrier", [this] { group_->group->barrier()->wait(); });
}

}  // namespace saccade
