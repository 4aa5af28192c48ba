// Roll-out of an encoder token over several layers.
#include "saccade/explain/flow.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saccade/explain/bilinear_cells.h"
#include "saccade/op/transfer.h"

namespace saccade {
namespace {

// share -> half of it where it is, half of it where its tokens read.
std::vector<double> one_layer_back(const TokenReads& reads, const std::vector<LevelShape>& levels,
                                   const std::vector<double>& share) {
  const auto heads = reads.attention_weights.size(1);
  const auto points = reads.attention_weights.size(3);
  const float* weight = reads.attention_weights.const_data_ptr<float>();
  const float* place = reads.sampling_locations.const_data_ptr<float>();
  std::vector<double> before(share.size());
  for (std::size_t t = 0; t < share.size(); ++t) before[t] = 0.5 * share[t];
  const auto per_token = heads * std::ssize(levels) * points;
  for (std::size_t t = 0; t < share.size(); ++t) {
    if (share[t] == 0) continue;
    std::int64_t i = static_cast<std::int64_t>(t) * per_token;
    for (std::int64_t m = 0; m < heads; ++m) {
      double* cells = before.data();
      for (const LevelShape& level : levels) {
        for (std::int64_t p = 0; p < points; ++p, ++i) {
          const double part = 0.5 * share[t] * weight[i] / static_cast<double>(heads);
          visit_cells(level, place[2 * i], place[2 * i + 1],
                      [&](std::int64_t row, std::int64_t column, double of_cell) {
                        cells[row * level.width + column] += part * of_cell;
                      });
        }
        cells += level.cells();
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
                                 const std::vector<LevelShape>& levels) {
  std::vector<double> share(static_cast<std::size_t>(token_count(levels)), 0.0);
  share.at(static_cast<std::size_t>(token)) = 1;
  return roll_out(reads, std::move(share), levels);
}

std::vector<at::Tensor> roll_out(const std::vector<TokenReads>& reads, std::vector<double> share,
                                 const std::vector<LevelShape>& levels) {
  for (auto layer = reads.rbegin(); layer != reads.rend(); ++layer)
    share = one_layer_back(*layer, levels, share);
  std::vector<at::Tensor> maps;
  double* first = share.data();
  for (const LevelShape& level : levels) {
    maps.push_back(at::from_blob(first, {level.height, level.width}, at::kDouble).clone());
    first += level.cells();
  }
  return maps;
}

}  // namespace saccade
