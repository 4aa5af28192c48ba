// A cheap first pass over units of attention: how much the loss would change if a gate on each were closed a little.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "saccade/dist/rank_group.h"
#include "saccade/eval/eval_images.h"
#include "saccade/explain/intervention.h"
#include "saccade/loss/matcher.h"
#include "saccade/model/load_model.h"

namespace saccade {

// Gates of a module, all 1, at every layer: [layers][M] on the heads' outputs, or [layers][M, L, P] on the weights of deformable
// attention; and the loss of the last decoder layer's answers, as in training.
struct GatedLoss {
  at::Tensor loss;                // 0-dim
  std::vector<at::Tensor> gates;  // those of layers that do not reach the loss have no gradient
};

// What `unit` has gates of: heads that are off, or levels and points. Throws UsageError for another kind.
const AttentionUnit& gated_unit(const Intervention& unit);

// The loss of one image, with a graph back to gates of the value `gate`, also through the boxes that refining layers hand on (in
// training these are cut off). `on_entries` chooses the weights. pixels [1, 3, H, W], mask [1, H, W], where the detector is.
GatedLoss gated_loss(const Detector& detector, const at::Tensor& pixels, const at::Tensor& mask,
                     std::span<const LossTarget> targets, AttentionSite site, bool on_entries,
                     const std::vector<at::Tensor>& gates = {});

struct GateImportanceOptions {
  bool quiet = false;               // no progress
  std::string name = "importance";  // ranks exchange under it
};

// |dL/dgate| of each unit, the mean over the images, divided by the l2 norm over the units of its layer. The units are of one kind;
// those of levels and points are sums over their heads (points). Every rank gets the same numbers. Throws Error: an image
// that cannot be read, classes that the model has not.
// Source: Michel et al., "Are Sixteen Heads Really Better than One?", arXiv 1905.10650, section 4.1.
std::vector<double> gate_importance(const LoadedModel& model, const CocoDataSet& data,
                                    const std::filesystem::path& images,
                                    const std::vector<EvalImage>& chosen,
                                    const std::vector<Intervention>& units,
                                    const GateImportanceOptions& options, RankGroup& ranks);

}  // namespace saccade
