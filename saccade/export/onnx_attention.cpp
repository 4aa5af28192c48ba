// Attention as ONNX nodes.
#include "saccade/export/onnx_attention.h"

#include <ATen/ATen.h>

#include <cmath>

namespace saccade {
namespace {

std::vector<std::int64_t> cells_of(const std::vector<LevelShape>& levels) {
  std::vector<std::int64_t> cells;
  for (const LevelShape& level : levels) cells.push_back(level.cells());
  return cells;
}

// One level after another: value [N, S, M, D], locations [N, Q, M, L, P, 2], weights [N, Q, M, L * P].
OnnxValue grid_samples(OnnxBuilder& b, const OnnxShapes& s, const DeformableInput& in,
                       const OnnxValue& value, const OnnxValue& locations,
                       const OnnxValue& weights) {
  const std::int64_t maps = s.batch * s.heads, depth = s.channels / s.heads;
  const auto count = static_cast<std::int64_t>(s.levels.size());
  const OnnxValue planes = b.reshape(b.transpose(value, {0, 2, 3, 1}), {maps, depth, -1});
  // GridSample counts from -1 to 1.
  const OnnxValue grid = b.graph.node("Sub", {b.mul(locations, b.scalar(2)), b.scalar(1)});
  const auto grids = b.split(b.transpose(grid, {0, 2, 3, 1, 4, 5}), 2,
                             std::vector<std::int64_t>(s.levels.size(), 1));
  const auto shares = b.split(
      b.reshape(b.transpose(weights, {0, 2, 1, 3}), {maps, 1, in.queries, count * in.points}), 3,
      std::vector<std::int64_t>(s.levels.size(), in.points));
  const auto values = b.split(planes, 2, cells_of(s.levels));
  const std::int64_t last = -1;
  const OnnxValue axis = b.graph.int64s("axis", {&last, 1});
  OnnxValue sum;
  for (std::size_t l = 0; l < s.levels.size(); ++l) {
    const OnnxValue map =
        b.reshape(values[l], {maps, depth, s.levels[l].height, s.levels[l].width});
    const OnnxValue sampled =
        b.graph.node("GridSample", {map, b.reshape(grids[l], {maps, in.queries, in.points, 2})},
                     {{"mode", std::string("bilinear")},
                      {"padding_mode", std::string("zeros")},
                      {"align_corners", std::int64_t{0}}});
    const OnnxValue of_level = b.graph.node("ReduceSum", {b.mul(sampled, shares[l]), axis},
                                            {{"keepdims", std::int64_t{0}}});
    sum = sum.empty() ? of_level : b.add(sum, of_level);
  }
  return b.transpose(b.reshape(sum, {s.batch, s.channels, in.queries}), {0, 2, 1});
}

OnnxValue plugin(OnnxBuilder& b, const OnnxShapes& s, const DeformableInput& in,
                 const OnnxValue& value, const OnnxValue& locations, const OnnxValue& weights) {
  std::vector<std::int32_t> sizes, starts;
  std::int32_t start = 0;
  for (const LevelShape& level : s.levels) {
    sizes.push_back(static_cast<std::int32_t>(level.height));
    sizes.push_back(static_cast<std::int32_t>(level.width));
    starts.push_back(start);
    start += static_cast<std::int32_t>(level.cells());
  }
  const auto count = static_cast<std::int64_t>(s.levels.size());
  const OnnxValue output = b.graph.node(
      "MultiscaleDeformableAttnPlugin_TRT",
      {value, b.graph.int32s("spatial_shapes", {count, 2}, sizes),
       b.graph.int32s("level_start_index", {count}, starts), locations,
       b.reshape(weights, {s.batch, in.queries, s.heads, count, in.points})},
      {{"plugin_version", std::string("1")}, {"plugin_namespace", std::string()}}, kTensorRtDomain);
  return b.reshape(output, {s.batch, in.queries, s.channels});
}

// [N, Q, M, L, P, 2]
OnnxValue locations_of(OnnxBuilder& b, const OnnxShapes& s, const DeformableInput& in) {
  const auto count = static_cast<std::int64_t>(s.levels.size());
  const OnnxValue offsets = b.reshape(b.linear(in.prefix + "sampling_offsets.", in.query),
                                      {s.batch, in.queries, s.heads, count, in.points, 2});
  if (!in.reference_size.empty()) {
    const OnnxValue share = b.mul(offsets, b.scalar(0.5 / static_cast<double>(in.points)));
    return b.add(in.reference, b.mul(share, in.reference_size));
  }
  at::Tensor cells = at::empty({1, 1, 1, count, 1, 2});
  for (std::int64_t l = 0; l < count; ++l) {
    cells[0][0][0][l][0][0] = static_cast<double>(s.levels[static_cast<std::size_t>(l)].width);
    cells[0][0][0][l][0][1] = static_cast<double>(s.levels[static_cast<std::size_t>(l)].height);
  }
  return b.add(in.reference, b.graph.node("Div", {offsets, b.constant("level_sizes", cells)}));
}

}  // namespace

OnnxValue onnx_deformable_attention(OnnxBuilder& b, const OnnxShapes& s, OnnxOperator form,
                                    const DeformableInput& in) {
  const auto count = static_cast<std::int64_t>(s.levels.size());
  const OnnxValue value = b.reshape(b.linear(in.prefix + "value_proj.", in.memory),
                                    {s.batch, -1, s.heads, s.channels / s.heads});
  const OnnxValue logits = b.reshape(b.linear(in.prefix + "attention_weights.", in.query),
                                     {s.batch, in.queries, s.heads, count * in.points});
  const OnnxValue weights = b.graph.node("Softmax", {logits}, {{"axis", std::int64_t{-1}}});
  const OnnxValue locations = locations_of(b, s, in);
  const OnnxValue output = form == OnnxOperator::kGridSample
                               ? grid_samples(b, s, in, value, locations, weights)
                               : plugin(b, s, in, value, locations, weights);
  return b.linear(in.prefix + "output_proj.", output);
}

OnnxValue onnx_multihead_attention(OnnxBuilder& b, const OnnxShapes& s, const std::string& prefix,
                                   const OnnxValue& query, const OnnxValue& key,
                                   const OnnxValue& value) {
  const auto weights = b.weight(prefix + "in_proj_weight").split(s.channels);
  const auto biases = b.weight(prefix + "in_proj_bias").split(s.channels);
  const std::int64_t depth = s.channels / s.heads;
  const double scale = 1 / std::sqrt(static_cast<double>(depth));
  const auto project = [&](const OnnxValue& x, std::size_t part, const char* name, double by) {
    const OnnxValue y = b.linear(prefix + name + ".", x, weights[part] * by, biases[part] * by);
    return b.reshape(y, {s.batch, -1, s.heads, depth});
  };
  const OnnxValue q = b.transpose(project(query, 0, "query", scale), {0, 2, 1, 3});
  const OnnxValue k = b.transpose(project(key, 1, "key", 1), {0, 2, 3, 1});
  const OnnxValue v = b.transpose(project(value, 2, "value", 1), {0, 2, 1, 3});
  const OnnxValue share = b.graph.node("Softmax", {b.matmul(q, k)}, {{"axis", std::int64_t{-1}}});
  const OnnxValue mixed = b.transpose(b.matmul(share, v), {0, 2, 1, 3});
  return b.linear(prefix + "out_proj.", b.reshape(mixed, {s.batch, -1, s.channels}));
}

}  // namespace saccade
