// Watches a run for its viewer.
#include "saccade/server/run_watch.h"

#include "saccade/core/error.h"

namespace saccade {

void RunWatch::begin(AttentionSite site, int layer) const {
  stop_.check();
  if (!tell_ || site == AttentionSite::kDecoderSelf) return;
  const bool in_encoder = site == AttentionSite::kEncoderSelf;
  const int all = in_encoder ? config_.enc_layers : config_.dec_layers;
  // An encoder layer takes several times what a decoder layer does.
  constexpr double kEncoderShare = 0.8;
  const double part = static_cast<double>(layer) / all;
  tell_(text_of(in_encoder ? "Encoder" : "Decoder", " layer ", layer + 1, " of ", all),
        in_encoder ? kEncoderShare * part : kEncoderShare + (1 - kEncoderShare) * part);
}

void RunWatch::on_images(const std::vector<OriginalSize>& images) {
  if (next_ != nullptr) next_->on_images(images);
}

void RunWatch::on_levels(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios) {
  stop_.check();
  if (next_ != nullptr) next_->on_levels(levels, valid_ratios);
}

void RunWatch::on_deformable(DeformableAttentionCall& call) {
  if (next_ != nullptr) next_->on_deformable(call);
}

void RunWatch::on_deformable_output(const DeformableAttentionCall& call, at::Tensor& output) {
  if (next_ != nullptr) next_->on_deformable_output(call, output);
}

void RunWatch::on_dense(DenseAttentionCall& call) {
  if (next_ != nullptr) next_->on_dense(call);
}

void RunWatch::on_dense_output(const DenseAttentionCall& call, at::Tensor& output) {
  if (next_ != nullptr) next_->on_dense_output(call, output);
}

// Asked at the start of every branch, whoever else watches.
bool RunWatch::skips(Branch branch, int layer) const {
  if (branch == Branch::kEncoderSelf) begin(AttentionSite::kEncoderSelf, layer);
  if (branch == Branch::kDecoderCross) begin(AttentionSite::kDecoderCross, layer);
  if (branch == Branch::kEncoderFfn || branch == Branch::kDecoderFfn) stop_.check();
  return next_ != nullptr && next_->skips(branch, layer);
}

bool RunWatch::wants_deformable(AttentionSite site, int layer) const {
  return next_ != nullptr && next_->wants_deformable(site, layer);
}

bool RunWatch::wants_dense(AttentionSite site, int layer) const {
  return next_ != nullptr && next_->wants_dense(site, layer);
}

}  // namespace saccade
