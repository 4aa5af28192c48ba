// A detector whose forward pass is recorded for input sizes that come again.
#pragma once

#include <functional>
#include <list>
#include <memory>

#include "saccade/model/detector.h"
#include "saccade/op/device_graph.h"

namespace saccade {

// A forward pass of a GPU is some thousand short kernels; at batch 1 launching them takes longer than running them.
class GraphedDetector {
 public:
  using MakeGraph = std::function<std::unique_ptr<DeviceGraph>(const c10::Device&)>;

  explicit GraphedDetector(const Detector& detector, MakeGraph make_graph = &make_device_graph)
      : detector_(detector), make_graph_(std::move(make_graph)) {}

  // As Detector::forward without a hook, in inference mode, and with the same values. A size that comes for the third
  // time is recorded; the last four recorded sizes are kept. The result is the caller's own. One precision
  // (autocast) for all calls; the weights must stay where they are. Throws Error where recording fails.
  ModelOutput forward(const at::Tensor& pixels, const at::Tensor& mask);

  int recorded() const { return static_cast<int>(graphs_.size()); }

 private:
  struct Recorded {
    at::Tensor pixels, mask;  // what the graph reads
    ModelOutput output;       // what it writes
    std::unique_ptr<DeviceGraph> graph;
  };
  struct Seen {
    std::vector<std::int64_t> sizes;
    int times = 0;
  };

  Recorded* find(const at::Tensor& pixels);
  bool is_worth_recording(const at::Tensor& pixels);
  Recorded& record(std::unique_ptr<DeviceGraph> graph, const at::Tensor& pixels,
                   const at::Tensor& mask);

  const Detector& detector_;
  const MakeGraph make_graph_;
  std::list<Recorded> graphs_;  // the last used first
  std::list<Seen> seen_;
};

}  // namespace saccade
