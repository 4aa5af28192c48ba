// The words of a map's figure.
#include "saccade/cli/map_words.h"

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"

namespace saccade {
namespace {

std::string fused_words(const AttributionOptions& options) {
  return (options.layers.size() == 1 ? "decoder layer " : "decoder layers ") +
         index_list(options.layers);
}

std::string weights_meaning(const AttributionOptions& options, bool is_plain) {
  if (is_plain)
    return "Attention weights over the cells, mean of all heads and of " + fused_words(options) +
           ". Weight is not importance.";
  return "Attention weights, scattered with the bilinear footprint of the operator: mean of all "
         "heads and of " +
         fused_words(options) +
         ", which sums to 1 with what fell outside. Weight is not importance.";
}

std::string drise_meaning(const AttributionOptions& options) {
  return text_of(
      "Black box (D-RISE): similarity (IoU times cosine of the class scores) of the "
      "best match where a pixel is shown, less where it is hidden, over ",
      options.drise_masks, " random masks of ", options.drise_grid, " x ", options.drise_grid,
      " cells that show ", options.drise_shown, " of the image, seed ", options.seed,
      "; hidden is the mean colour. Orange: seeing it helps; blue: it hurts.");
}

}  // namespace

std::string map_heading(AttributionMethod method, TargetOutput output,
                        const std::string& class_name) {
  if (!has_target(method)) return "class and box alike";
  const std::string name(output_name(output));
  switch (output) {
    case TargetOutput::kClass:
      return "class " + class_name;
    case TargetOutput::kX:
    case TargetOutput::kY:
      return "box centre " + name;
    case TargetOutput::kWidth:
      return "box width";
    case TargetOutput::kHeight:
      return "box height";
    default:
      return "box side " + name;
  }
}

std::string map_unit(AttributionMethod method, TargetOutput output) {
  const std::string unit = output == TargetOutput::kClass ? "logit" : "px";
  switch (method) {
    case AttributionMethod::kWeights:
    case AttributionMethod::kContribution:
    case AttributionMethod::kRelevance:
      return "share per 10\u00A0000\u00A0px";
    case AttributionMethod::kDirected:
    case AttributionMethod::kOdam:
      return unit + " per 10\u00A0000\u00A0px of the photo";
    case AttributionMethod::kGradient:
      return unit + " per unit of the input";
    case AttributionMethod::kDrise:
      return "similarity, shown less hidden";
  }
  return "";
}

double map_scale(AttributionMethod method) {
  const bool is_density =
      method != AttributionMethod::kGradient && method != AttributionMethod::kDrise;
  return is_density ? 1e4 : 1;
}

std::string map_meaning(AttributionMethod method, const AttributionOptions& options,
                        bool is_plain) {
  switch (method) {
    case AttributionMethod::kWeights:
      return weights_meaning(options, is_plain);
    case AttributionMethod::kContribution:
      return "Length of what each sampling point gives to its attention's output, "
             "|A W_out v(p)|, of all heads: each layer a share of 1, scattered to the cells that "
             "were read, mean of " +
             fused_words(options) + ".";
    case AttributionMethod::kDirected:
      return "What each sampling point gives to its attention's output along the gradient of the "
             "target (class: its logit; box: pixels), A (W_out v(p)) . g, scattered to the cells "
             "that were read and summed over " +
             fused_words(options) + ". Orange raises the target, blue lowers it.";
    case AttributionMethod::kGradient:
      return "Norm over the colour channels of the gradient of the target (class: its logit; box: "
             "pixels) at each pixel of the network's input.";
    case AttributionMethod::kRelevance:
      return "Positive part of gradient times attention weight of the query, mean of the heads, "
             "summed over " +
             fused_words(options) +
             ", carried back through the encoder layers by their attention (r + A\u1D40 r, "
             "mean of the heads); sums to 1.";
    case AttributionMethod::kOdam:
      return "Gradient of the target (class: its logit; box: pixels) at the encoder's memory, "
             "smoothed over 5 x 5 cells (sigma 1), times the memory, summed over the channels, its "
             "positive part; all levels (ODAM).";
    case AttributionMethod::kDrise:
      return drise_meaning(options);
  }
  return "";
}

}  // namespace saccade
