// A backend of c10d for the strict device. Its tensors go to the CPU, through Gloo, and back.
#define USE_C10D_GLOO

#include "tests/support/strict_backend.h"

#include <ATen/ATen.h>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <unistd.h>

#include "saccade/dist/device_backend.h"
#include "tests/support/strict_device.h"

namespace saccade {
namespace {

using Tensors = std::vector<at::Tensor>;
using c10d::Work;

int exchanges = 0;
std::string shared_identity;

// An operation that is done.
class Done final : public Work {
 public:
  explicit Done(const Tensors& results)
      : future_(c10::make_intrusive<c10::ivalue::Future>(
            c10::ListType::create(c10::TensorType::get()), Devices{strict_device()})) {
    future_->markCompleted(c10::IValue(results));
  }
  bool isCompleted() override { return true; }
  bool wait(std::chrono::milliseconds) override { return true; }
  c10::intrusive_ptr<c10::ivalue::Future> getFuture() override { return future_; }

 private:
  using Devices = std::vector<c10::Device>;
  c10::intrusive_ptr<c10::ivalue::Future> future_;
};

Tensors copies(const Tensors& tensors) {
  Tensors all;
  for (const at::Tensor& tensor : tensors) {
    TORCH_CHECK(tensor.device() == strict_device(), "a tensor of ", tensor.device(),
                " was given to the strict device's backend");
    all.push_back(tensor.cpu().contiguous());
  }
  ++exchanges;
  return all;
}

void copy_back(const Tensors& from, const Tensors& to) {
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < from.size(); ++i) to[i].copy_(from[i], /*non_blocking=*/true);
}

class StrictBackend final : public c10d::Backend {
 public:
  StrictBackend(int rank, int size, c10::intrusive_ptr<c10d::Backend> gloo)
      : Backend(rank, size), gloo_(std::move(gloo)) {}

  const std::string getBackendName() const override { return "strict"; }
  c10::intrusive_ptr<Work> allreduce(Tensors& tensors,
                                     const c10d::AllreduceOptions& options) override {
    Tensors host = copies(tensors);
    gloo_->allreduce(host, options)->wait();
    copy_back(host, tensors);
    return c10::make_intrusive<Done>(tensors);
  }
  c10::intrusive_ptr<Work> broadcast(Tensors& tensors,
                                     const c10d::BroadcastOptions& options) override {
    Tensors host = copies(tensors);
    gloo_->broadcast(host, options)->wait();
    copy_back(host, tensors);
    return c10::make_intrusive<Done>(tensors);
  }
  c10::intrusive_ptr<Work> allgather(std::vector<Tensors>& outputs, Tensors& inputs,
                                     const c10d::AllgatherOptions& options) override {
    Tensors sent = copies(inputs);
    std::vector<Tensors> received{copies(outputs[0])};
    gloo_->allgather(received, sent, options)->wait();
    copy_back(received[0], outputs[0]);
    return c10::make_intrusive<Done>(outputs[0]);
  }

 private:
  const c10::intrusive_ptr<c10d::Backend> gloo_;
};

std::string identity(at::Device) {
  return shared_identity.empty() ? "process" + std::to_string(::getpid()) : shared_identity;
}

c10::intrusive_ptr<c10d::Backend> connect(const BackendRequest& request) {
  auto options = c10d::ProcessGroupGloo::Options::create(request.timeout);
  options->devices = {c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1")};
  options->threads = 2;
  return c10::make_intrusive<StrictBackend>(
      request.rank, request.size,
      c10::make_intrusive<c10d::ProcessGroupGloo>(request.store, request.rank, request.size,
                                                  options));
}

}  // namespace

void register_strict_backend(const std::string& identity_of_all) {
  shared_identity = identity_of_all;
  register_device_backend(strict_device().type(), {.identity = &identity, .connect = &connect});
}

int strict_exchanges() { return exchanges; }

}  // namespace saccade
