// Patches as arithmetic.
#include "saccade/explain/patch_edit.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/core/one_line.h"

namespace saccade {
namespace {

std::string sizes_text(const std::vector<LevelShape>& levels) {
  std::string text;
  for (const LevelShape& level : levels)
    text += text_of(text.empty() ? "" : ", ", level.height, " x ", level.width);
  return text;
}

std::string source_words(const Patch& patch) {
  return patch.drawn ? "off(resample)" : one_line(patch.file);
}

void check_tokens(const Patch& patch, const PassImages& images) {
  const auto same = [](const LevelShape& a, const LevelShape& b) {
    return a.height == b.height && a.width == b.width;
  };
  const auto &theirs = patch.donor->levels, &ours = images.levels;
  if (std::equal(theirs.begin(), theirs.end(), ours.begin(), ours.end(), same)) return;
  throw Error(text_of(source_words(patch), ": cannot be patched from: its levels have ",
                      sizes_text(theirs), " cells, those of this image ", sizes_text(ours),
                      "; this unit is copied token by token: take an image that is resized to the "
                      "same size, or a unit of the decoder"));
}

const DonorCall& donor_call(const Patch& patch, AttentionSite site, int layer, bool by_token,
                            const PassImages& images) {
  const auto fail = [&](const char* what) {
    throw Error(text_of(source_words(patch), ": ", what));
  };
  if (patch.donor == nullptr || patch.donor->levels.empty())
    fail("is to be patched from, and has not been run before this forward pass");
  if (by_token) check_tokens(patch, images);
  const auto found = patch.donor->calls.find({site, layer});
  if (found == patch.donor->calls.end()) fail("has no such module to patch from");
  return found->second;
}

// Half a box, or a cell, in the frame of the locations: what an offset of 1, or of P, is.
at::Tensor unit_of(const at::Tensor& references, const at::Tensor& level_sizes) {
  if (references.size(-1) == 4) return references.narrow(-1, 2, 2).unsqueeze(2).unsqueeze(4) * 0.5;
  return 1 / level_sizes.to(references.scalar_type()).view({1, 1, 1, -1, 1, 2});
}

at::Tensor centre_of(const at::Tensor& references) {
  return references.narrow(-1, 0, 2).unsqueeze(2).unsqueeze(4);  // [N, Q, 1, L, 1, 2]
}

}  // namespace

const DonorCall& donor_call(const Patch& patch, const DeformableAttentionCall& call,
                            const PassImages& images) {
  return donor_call(patch, call.site, call.layer, call.site == AttentionSite::kEncoderSelf, images);
}

const DonorCall& donor_call(const Patch& patch, const DenseAttentionCall& call,
                            const PassImages& images) {
  const bool by_token =
      call.site == AttentionSite::kEncoderSelf ||
      (call.site == AttentionSite::kDecoderCross && patch.part == PatchPart::kWeights);
  return donor_call(patch, call.site, call.layer, by_token, images);
}

at::Tensor patched_rows(const at::Tensor& rows, const at::Tensor& theirs, const at::Tensor& ours) {
  return at::where(rows.unsqueeze(-1), theirs.to(ours.scalar_type()), ours);
}

at::Tensor patched_locations(const DeformableAttentionCall& call, const DonorCall& donor) {
  const at::Tensor &ours = call.reference_points, &theirs = donor.reference_points;
  const at::Tensor unit = unit_of(theirs, donor.level_sizes);
  const at::Tensor scale = unit_of(ours, call.level_sizes) / unit;
  // A box without width has samples at its centre alone.
  const at::Tensor offsets = (donor.sampling_locations - centre_of(theirs)) *
                             at::where(unit > 0, scale, at::zeros({}, scale.options()));
  const at::Tensor same =
      (ours == theirs)
          .all(-1)
          .unsqueeze(2)
          .unsqueeze(4)
          .unsqueeze(5)
          .logical_and((call.level_sizes == donor.level_sizes).all(-1).view({1, 1, 1, -1, 1, 1}));
  return at::where(same, donor.sampling_locations, centre_of(ours) + offsets);
}

}  // namespace saccade
