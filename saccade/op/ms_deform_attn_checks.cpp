// What ms_deform_attn takes; the text of a refusal names the argument.
#include "saccade/op/ms_deform_attn_checks.h"

#include <ATen/ATen.h>

#include <array>

namespace saccade {
namespace {

using at::Tensor;

void check_dimensions(const char* name, const Tensor& tensor, std::int64_t dimensions,
                      const char* layout) {
  TORCH_CHECK(tensor.dim() == dimensions, "ms_deform_attn: ", name, " is ", tensor.sizes(),
              "; expected ", layout);
}

void check_size(const char* name, const Tensor& tensor, std::int64_t axis, const char* what,
                std::int64_t expected, const char* by) {
  TORCH_CHECK(tensor.size(axis) == expected, "ms_deform_attn: ", name, " is ", tensor.sizes(),
              " and speaks of ", tensor.size(axis), " ", what, ", ", by, " of ", expected);
}

void check_types(const Tensor& value, const Tensor& locations, const Tensor& weights) {
  const auto type = value.scalar_type();
  const bool is_half = type == at::kBFloat16 || type == at::kHalf;
  TORCH_CHECK(type == at::kFloat || type == at::kDouble || is_half, "ms_deform_attn: value is ",
              type, "; expected Float, Double, BFloat16 or Half");
  // Half a mantissa is too short for a position on a wide map, so float32 may go with half types.
  const auto fits = [type, is_half](const Tensor& t) {
    return t.scalar_type() == type || (is_half && t.scalar_type() == at::kFloat);
  };
  TORCH_CHECK(fits(locations), "ms_deform_attn: sampling_locations is ", locations.scalar_type(),
              " and value ", type);
  TORCH_CHECK(fits(weights), "ms_deform_attn: attention_weights is ", weights.scalar_type(),
              " and value ", type);
  TORCH_CHECK(locations.device() == value.device(), "ms_deform_attn: sampling_locations is on ",
              locations.device(), " and value on ", value.device());
  TORCH_CHECK(weights.device() == value.device(), "ms_deform_attn: attention_weights is on ",
              weights.device(), " and value on ", value.device());
}

void check_levels(const Tensor& shapes, std::int64_t tokens) {
  const auto cells = shapes.accessor<std::int64_t, 2>();
  std::int64_t left = tokens;
  for (std::int64_t l = 0; l < shapes.size(0); ++l) {
    const auto height = cells[l][0];
    const auto width = cells[l][1];
    TORCH_CHECK(height > 0 && width > 0, "ms_deform_attn: spatial_shapes says level ", l, " is ",
                height, " x ", width, "; expected at least one cell");
    // Divided, not multiplied: the product may not fit.
    TORCH_CHECK(height <= left / width, "ms_deform_attn: spatial_shapes names more cells than the ",
                tokens, " tokens of value");
    left -= height * width;
  }
  TORCH_CHECK(left == 0, "ms_deform_attn: spatial_shapes names ", tokens - left,
              " cells, value has ", tokens, " tokens");
}

}  // namespace

void check_operands(const Tensor& value, const Tensor& shapes, const Tensor& locations,
                    const Tensor& weights) {
  check_dimensions("value", value, 4, "[N, S, M, D]");
  check_dimensions("spatial_shapes", shapes, 2, "[L, 2]");
  check_dimensions("sampling_locations", locations, 6, "[N, Q, M, L, P, 2]");
  check_dimensions("attention_weights", weights, 5, "[N, Q, M, L, P]");
  TORCH_CHECK(shapes.size(1) == 2, "ms_deform_attn: spatial_shapes is ", shapes.sizes(),
              "; expected [L, 2], rows (H, W)");
  TORCH_CHECK(locations.size(5) == 2, "ms_deform_attn: sampling_locations is ", locations.sizes(),
              "; expected (x, y) on its last axis");
  TORCH_CHECK(value.size(2) > 0 && value.size(3) > 0, "ms_deform_attn: value is ", value.sizes(),
              "; expected at least one head and one channel");
  TORCH_CHECK(locations.size(3) > 0 && locations.size(4) > 0,
              "ms_deform_attn: sampling_locations is ", locations.sizes(),
              "; expected at least one level and one point");
  check_size("sampling_locations", locations, 0, "images", value.size(0), "value");
  check_size("sampling_locations", locations, 2, "heads", value.size(2), "value");
  check_size("sampling_locations", locations, 3, "levels", shapes.size(0), "spatial_shapes");
  TORCH_CHECK(weights.sizes() == locations.sizes().slice(0, 5),
              "ms_deform_attn: attention_weights is ", weights.sizes(),
              ", sampling_locations asks for ", locations.sizes().slice(0, 5));
  check_types(value, locations, weights);
  TORCH_CHECK(shapes.scalar_type() == at::kLong, "ms_deform_attn: spatial_shapes is ",
              shapes.scalar_type(), "; expected Long");
  if (shapes.is_meta() && value.is_meta()) return;
  TORCH_CHECK(shapes.is_cpu(), "ms_deform_attn: spatial_shapes is on ", shapes.device(),
              "; expected on cpu, where sizes are read");
  check_levels(shapes, value.size(1));
}

void check_grad_out(const Tensor& grad_out, const Tensor& value, const Tensor& locations) {
  const std::array<std::int64_t, 3> expected{value.size(0), locations.size(1),
                                             value.size(2) * value.size(3)};
  TORCH_CHECK(grad_out.sizes() == at::IntArrayRef(expected) &&
                  grad_out.scalar_type() == value.scalar_type() &&
                  grad_out.device() == value.device(),
              "ms_deform_attn: grad_out is ", grad_out.scalar_type(), " ", grad_out.sizes(), " on ",
              grad_out.device(), "; expected ", value.scalar_type(), " ", at::IntArrayRef(expected),
              " on ", value.device());
}

// Offsets are laid out as locations, but for what may lie between those of two queries.
void check_shifted(const Tensor& value, const Tensor& shapes, const Tensor& references,
                   const Tensor& offsets, const Tensor& weights) {
  check_operands(value, shapes, offsets, weights);
  TORCH_CHECK(value.is_cpu() && value.scalar_type() != at::kDouble &&
                  (offsets.scalar_type() == at::kFloat || offsets.scalar_type() == at::kBFloat16) &&
                  weights.scalar_type() == at::kFloat,
              "ms_deform_attn: value is ", value.scalar_type(), " on ", value.device(),
              ", offsets ", offsets.scalar_type(), ", weights ", weights.scalar_type(),
              "; expected Float or BFloat16 offsets and Float weights on cpu");
  const std::array<std::int64_t, 4> wanted{value.size(0), offsets.size(1), offsets.size(3), 2};
  TORCH_CHECK(references.sizes() == at::IntArrayRef(wanted) && references.is_cpu() &&
                  references.scalar_type() == at::kFloat,
              "ms_deform_attn: reference_points is ", references.scalar_type(), " ",
              references.sizes(), "; expected Float ", at::IntArrayRef(wanted));
  if (offsets.numel() == 0) return;
  const bool lie_together = offsets.select(0, 0).select(0, 0).is_contiguous();
  TORCH_CHECK(lie_together && (offsets.size(0) <= 1 ||
                               offsets.stride(0) == offsets.size(1) * offsets.stride(1)),
              "ms_deform_attn: offsets lie with strides ", offsets.strides(),
              "; expected those of a query together, queries at one distance");
}

// Offsets are laid out as locations, logits as weights.
void check_predicted(const Tensor& value, const Tensor& shapes, const Tensor& references,
                     const Tensor& offsets, const Tensor& logits) {
  check_operands(value, shapes, offsets, logits);
  TORCH_CHECK(value.scalar_type() != at::kDouble && offsets.scalar_type() == value.scalar_type() &&
                  logits.scalar_type() == value.scalar_type(),
              "ms_deform_attn: value is ", value.scalar_type(), ", offsets ", offsets.scalar_type(),
              ", logits ", logits.scalar_type(), "; expected one of Float, BFloat16 or Half");
  const bool fits = references.dim() == 4 && references.size(0) == value.size(0) &&
                    references.size(1) == offsets.size(1) &&
                    references.size(2) == offsets.size(3) &&
                    (references.size(3) == 2 || references.size(3) == 4);
  TORCH_CHECK(
      fits && references.scalar_type() == at::kFloat && references.device() == value.device(),
      "ms_deform_attn: reference_points is ", references.scalar_type(), " ", references.sizes(),
      " on ", references.device(), "; expected Float [N, Q, L, 2 or 4] beside value");
}

}  // namespace saccade
