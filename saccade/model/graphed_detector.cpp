// Records, keeps and replays forward passes.
#include "saccade/model/graphed_detector.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/model/output_tensors.h"

namespace saccade {
namespace {

constexpr std::size_t kKept = 4;      // graphs: each holds the memory of a forward pass
constexpr std::size_t kCounted = 64;  // sizes whose times are counted
constexpr int kWorthIt = 3;           // times: recording takes some ten forward passes

// Autocast keeps cast weights until it ends; a graph that read them from there would read them for ever.
class NoAutocastCache {
 public:
  NoAutocastCache() { at::autocast::set_autocast_cache_enabled(false); }
  ~NoAutocastCache() { at::autocast::set_autocast_cache_enabled(before_); }
  NoAutocastCache(const NoAutocastCache&) = delete;
  NoAutocastCache& operator=(const NoAutocastCache&) = delete;

 private:
  const bool before_ = at::autocast::is_autocast_cache_enabled();
};

// The next replay overwrites the graph's own tensors.
ModelOutput copy_of(const ModelOutput& output) {
  ModelOutput copy = output;
  for (at::Tensor* tensor : output_tensors(copy)) {
    if (tensor->defined()) *tensor = tensor->clone();
  }
  return copy;
}

}  // namespace

GraphedDetector::Recorded* GraphedDetector::find(const at::Tensor& pixels) {
  const auto found = std::find_if(graphs_.begin(), graphs_.end(), [&](const Recorded& recorded) {
    return recorded.pixels.sizes() == pixels.sizes() &&
           recorded.pixels.scalar_type() == pixels.scalar_type();
  });
  if (found == graphs_.end()) return nullptr;
  graphs_.splice(graphs_.begin(), graphs_, found);
  return &graphs_.front();
}

bool GraphedDetector::is_worth_recording(const at::Tensor& pixels) {
  const std::vector<std::int64_t> sizes = pixels.sizes().vec();
  auto found = std::find_if(seen_.begin(), seen_.end(),
                            [&](const Seen& seen) { return seen.sizes == sizes; });
  if (found == seen_.end()) {
    seen_.push_front({sizes, 0});
    if (seen_.size() > kCounted) seen_.pop_back();
    found = seen_.begin();
  }
  return ++found->times >= kWorthIt;
}

GraphedDetector::Recorded& GraphedDetector::record(std::unique_ptr<DeviceGraph> graph,
                                                   const at::Tensor& pixels,
                                                   const at::Tensor& mask) {
  if (graphs_.size() >= kKept) graphs_.pop_back();
  const at::Tensor own_pixels = pixels.clone();
  const at::Tensor own_mask = at::empty(mask.sizes(), pixels.options().dtype(at::kBool));
  own_mask.copy_(mask);  // which may lie on the CPU
  graphs_.push_front({.pixels = own_pixels, .mask = own_mask, .graph = std::move(graph)});
  const NoAutocastCache no_cache;
  Recorded& recorded = graphs_.front();
  try {
    recorded.graph->record(
        [&] { recorded.output = detector_.forward(recorded.pixels, recorded.mask); });
  } catch (const std::exception& error) {
    graphs_.pop_front();
    throw Error(text_of("the forward pass cannot be recorded as a CUDA graph: ", error.what(),
                        "; SACCADE_CUDA_GRAPHS=off goes without"));
  }
  return recorded;
}

ModelOutput GraphedDetector::forward(const at::Tensor& pixels, const at::Tensor& mask) {
  const c10::InferenceMode no_gradients;
  Recorded* recorded = find(pixels);
  if (recorded == nullptr && is_worth_recording(pixels)) {
    if (auto graph = make_graph_(pixels.device()))
      recorded = &record(std::move(graph), pixels, mask);
  }
  if (recorded == nullptr) return detector_.forward(pixels, mask);
  recorded->pixels.copy_(pixels, /*non_blocking=*/true);
  recorded->mask.copy_(mask, /*non_blocking=*/true);
  recorded->graph->replay();
  return copy_of(recorded->output);
}

}  // namespace saccade
