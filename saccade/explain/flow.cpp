// Roll-out of an encoder token over several layers.
#include "saccade/explain/flow.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "saccade/op/transfer.h"

namespace saccade {
namespace {

struct Level {
  std::int64_t start, height, width;
};

// Adds `weight` to the cells that a sample at (x, y) of this level reads.
void add_sample(const Level& level, double x, double y, double weight, double* cells) {
  const double u = x * static_cast<double>(level.width) - 0.5;
  const double v = y * static_cast<double>(level.height) - 0.5;
  if (!(u > -1 && v > -1 && u < static_cast<double>(level.width) &&
        v < static_cast<double>(level.height)))
    return;
  const auto column = static_cast<std::int64_t>(std::floor(u));
  const auto row = static_cast<std::int64_t>(std::floor(v));
  const double right = u - static_cast<double>(column);
  const double below = v - static_cast<double>(row);
  for (int corner = 0; corner < 4; ++corner) {
    const auto r = row + corner / 2;
    const auto c = column + corner % 2;
    if (r < 0 || c < 0 || r >= level.height || c >= level.width) continue;
    cells[level.start + r * level.width + c] +=
        weight * (corner / 2 == 1 ? below : 1 - below) * (corner % 2 == 1 ? right : 1 - right);
  }
}

// share -> half of it where it is, half of it where its tokens read.
std::vector<double> one_layer_back(const TokenReads& reads, const std::vector<Level>& levels,
                                   const std::vector<double>& share) {
  const auto heads = reads.attention_weights.size(1);
  const auto points = reads.attention_weights.size(3);
  const float* weight = reads.attention_weights.const_data_ptr<float>();
  const float* place = reads.sampling_locations.const_data_ptr<float>();
  std::vector<double> before(share.size());
  for (std::size_t t = 0; t < share.size(); ++t) before[t] = 0.5 * share[t];
  const auto per_token = heads * static_cast<std::int64_t>(levels.size()) * points;
  for (std::size_t t = 0; t < share.size(); ++t) {
    if (share[t] == 0) continue;
    std::int64_t i = static_cast<std::int64_t>(t) * per_token;
    for (std::int64_t m = 0; m < heads; ++m) {
      for (const Level& level : levels) {
        for (std::int64_t p = 0; p < points; ++p, ++i) {
          const double part = 0.5 * share[t] * weight[i] / static_cast<double>(heads);
          add_sample(level, place[2 * i], place[2 * i + 1], part, before.data());
        }
      }
    }
  }
  return before;
}

}  // namespace

void FlowRecorder::on_levels(const std::vector<LevelShape>& levels, const at::Tensor&) {
  level_shapes_ = levels;
  reads_.clear();
}

void FlowRecorder::on_deformable(DeformableAttentionCall& call) {
  const bool wanted = std::find(layers_.begin(), layers_.end(), call.layer) != layers_.end();
  if (call.site != AttentionSite::kEncoderSelf || !wanted) return;
  reads_.push_back({call.layer, call.sampling_locations[0].detach().to(at::kFloat),
                    call.attention_weights[0].detach().to(at::kFloat)});
}

const std::vector<TokenReads>& FlowRecorder::reads() {
  std::vector<at::Tensor*> all;
  for (TokenReads& layer : reads_) {
    all.push_back(&layer.sampling_locations);
    all.push_back(&layer.attention_weights);
  }
  bring_to_host(all);
  return reads_;
}

std::vector<at::Tensor> roll_out(const std::vector<TokenReads>& reads, std::int64_t token,
                                 const std::vector<LevelShape>& shapes) {
  std::vector<Level> levels;
  std::int64_t start = 0;
  for (const LevelShape& shape : shapes) {
    levels.push_back({start, shape.height, shape.width});
    start += shape.cells();
  }
  std::vector<double> share(static_cast<std::size_t>(start), 0.0);
  share.at(static_cast<std::size_t>(token)) = 1;
  for (auto layer = reads.rbegin(); layer != reads.rend(); ++layer)
    share = one_layer_back(*layer, levels, share);
  std::vector<at::Tensor> maps;
  for (const Level& level : levels) {
    maps.push_back(
        at::from_blob(share.data() + level.start, {level.height, level.width}, at::kDouble)
            .clone());
  }
  return maps;
}

}  // namespace saccade
