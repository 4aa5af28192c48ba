// D-RISE.
#include "saccade/explain/drise.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <vector>

#include "saccade/core/random.h"
#include "saccade/explain/detection_vector.h"
#include "saccade/model/postprocess.h"

namespace saccade {
namespace {

double similarity(ModelFamily family, const DetectionVector& target, const ModelOutput& output) {
  return likeness(target, output.pred_boxes[-1][0],
                  probabilities(family, output.pred_logits[-1][0].to(at::kFloat)))
      .similarity();
}

// For each pixel of one axis: the node before it, and the share of the one behind.
struct Between {
  at::Tensor node, share;
};

Between between_nodes(std::int64_t pixels, int grid, double shift) {
  const at::Tensor at_pixel = (at::arange(pixels, at::kDouble) + 0.5) *
                                  (static_cast<double>(grid) / static_cast<double>(pixels)) +
                              shift;
  const at::Tensor node = at_pixel.floor();
  return {node.to(at::kLong), (at_pixel - node).to(at::kFloat)};
}

}  // namespace

at::Tensor random_mask(const AttributionOptions& options, int i, std::int64_t height,
                       std::int64_t width) {
  Random random({options.seed, static_cast<std::uint64_t>(i)});
  const std::int64_t nodes = options.drise_grid + 2;  // one more at the border, one for the shift
  at::Tensor lattice = at::zeros({nodes, nodes}, at::kFloat);
  float* const node = lattice.mutable_data_ptr<float>();
  for (std::int64_t n = 0; n < nodes * nodes; ++n)
    node[n] = random.chance(options.drise_shown) ? 1.0F : 0.0F;
  const Between rows = between_nodes(height, options.drise_grid, random.uniform());
  const Between columns = between_nodes(width, options.drise_grid, random.uniform());
  const at::Tensor tall = at::lerp(lattice.index_select(0, rows.node),
                                   lattice.index_select(0, rows.node + 1), rows.share.unsqueeze(1));
  return at::lerp(tall.index_select(1, columns.node), tall.index_select(1, columns.node + 1),
                  columns.share.unsqueeze(0));
}

AttributionMap drise_map(const AttributedImage& image, const AttributionTarget& target,
                         const AttributionOptions& options) {
  options.check();
  image.value_of(target, image.output());  // throws for one that does not exist
  const at::AutoGradMode no_graph(false);
  const ModelFamily family = image.config().family;
  const DetectionVector wanted = detection_vector(family, image.output(), target.query);
  const std::int64_t height = image.pixels().size(2), width = image.pixels().size(3);
  at::Tensor shown = at::zeros({height, width}, at::kDouble), found = shown.clone();
  double all_found = 0;
  for (int i = 0; i < options.drise_masks; ++i) {
    const at::Tensor mask = random_mask(options, i, height, width);
    const double alike =
        similarity(family, wanted, image.infer(image.pixels() * mask.to(image.pixels().options())));
    shown += mask;
    found += mask * alike;
    all_found += alike;
    if (options.on_step) options.on_step();
  }
  // A pixel that no mask shows, or none hides, tells nothing: 0.
  const at::Tensor hidden = static_cast<double>(options.drise_masks) - shown;
  const at::Tensor difference =
      found / shown.clamp_min(1e-9) - (all_found - found) / hidden.clamp_min(1e-9);
  const at::Tensor tells = (shown > 1e-9).logical_and(hidden > 1e-9);
  return {.map = image.input_on_photo(at::where(tells, difference, at::zeros_like(difference))),
          .is_signed = true};
}

}  // namespace saccade
