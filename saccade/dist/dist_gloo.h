// Gloo, which sums tensors of the CPU across processes, behind c10d's process group.
#pragma once

#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>

#include <memory>
#include <string>

#include "saccade/dist/rank_store.h"

namespace saccade {

// Gloo for tensors of the CPU; others may join it for those of a device.
struct ConnectedGroup {
  c10::intrusive_ptr<c10d::ProcessGroup> group;
  c10::intrusive_ptr<c10d::Backend> device;  // null on the CPU
};

// Every rank calls it; returns when all are connected with each other. Listens at the interfaces of
// GLOO_SOCKET_IFNAME (one or several, comma between), else at the address of this machine from which
// MASTER_ADDR is reached. An operation gives up after the store's timeout.
// Throws UsageError for an interface that does not exist, else what c10d throws.
std::unique_ptr<ConnectedGroup> connect_gloo(RankStore& store);

}  // namespace saccade
