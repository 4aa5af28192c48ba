// LibTorch's CUDA graphs, whose memory comes from a pool of their own.
#include "saccade/op/cuda/cuda_graph.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

namespace saccade {
namespace {

constexpr int kWarmUps = 3;  // libraries choose their algorithms and allocate in the first runs

class CudaGraph : public DeviceGraph {
 public:
  explicit CudaGraph(const c10::Device& device) : device_(device) {}

  void record(const std::function<void()>& work) override {
    const c10::cuda::CUDAGuard guard(device_);
    const auto before = c10::cuda::getCurrentCUDAStream(device_.index());
    before.synchronize();
    {
      // The default stream cannot be recorded.
      const c10::cuda::CUDAStreamGuard side(c10::cuda::getStreamFromPool(false, device_.index()));
      for (int i = 0; i < kWarmUps; ++i) work();
      side.current_stream().synchronize();
      // This thread's work alone: others may pin memory for the next batches meanwhile.
      graph_.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
      try {
        work();
      } catch (...) {
        end_quietly();
        throw;
      }
      graph_.capture_end();
    }
  }

  void replay() override {
    const c10::cuda::CUDAGuard guard(device_);
    graph_.replay();
  }

 private:
  // A recording that failed must be ended all the same, or the stream stays unusable; what it says is less than what
  // made it fail.
  void end_quietly() {
    try {
      graph_.capture_end();
    } catch (const std::exception&) {
    }
  }

  const c10::Device device_;
  at::cuda::CUDAGraph graph_;
};

}  // namespace

std::unique_ptr<DeviceGraph> make_cuda_graph(const c10::Device& device) {
  return std::make_unique<CudaGraph>(device);
}

}  // namespace saccade
