// Interventions on what heads give, the same for both kinds of attention.
#include <ATen/ATen.h>

#include "saccade/explain/attention_edit.h"
#include "saccade/explain/call_edit.h"
#include "saccade/explain/head_means.h"
#include "saccade/explain/patch_edit.h"
#include "saccade/explain/unit_masks.h"

namespace saccade {
namespace {

std::int64_t heads_of(const DeformableAttentionCall& call) { return call.value.size(2); }
std::int64_t heads_of(const DenseAttentionCall& call) { return call.weights.size(1); }

// What stands in the place of the heads' outputs [N, Q, M, D], or broadcasts to them.
template <typename Call>
at::Tensor replacement(const HeadsOff& off, const PassImages& images, const Call& call,
                       const at::Tensor& heads) {
  if (off.fill == HeadsOff::Fill::kZero) return at::zeros({}, heads.options());
  if (off.means != nullptr) return off.means->of_call(call.site, call.layer).to(heads.options());
  return mean_over_queries(
      heads, counted(call.site, images, heads.size(0), heads.size(1), heads.device()));
}

template <typename Call>
at::Tensor replacement(const Patch& patch, const PassImages& images, const Call& call,
                       const at::Tensor& heads) {
  return donor_call(patch, call, images).output.unflatten(2, {heads.size(2), -1});
}

template <typename Change, typename Call>
void replace_heads(const Change& change, const PassImages& images, const Call& call,
                   at::Tensor& output) {
  if (!concerns(change.unit, call)) return;
  const at::Tensor heads = output.unflatten(2, {heads_of(call), -1});
  const at::Tensor rows = rows_of(change.unit, heads.size(1), heads.size(2), heads.device());
  output = patched_rows(rows, replacement(change, images, call, heads), heads).flatten(2);
}

template <typename Call>
void edit_heads(const AttentionChange& change, const PassImages& images, const Call& call,
                at::Tensor& output) {
  if (const auto* off = std::get_if<HeadsOff>(&change)) replace_heads(*off, images, call, output);
  const auto* const patch = std::get_if<Patch>(&change);
  if (patch != nullptr && patch->part == PatchPart::kHeads)
    replace_heads(*patch, images, call, output);
}

}  // namespace

void edit_output(const AttentionChange& change, const PassImages& images,
                 const DeformableAttentionCall& call, at::Tensor& output) {
  edit_heads(change, images, call, output);
}

// The weights of heads that are off show it already; here they are once more behind what patches brought before.
void edit_output(const AttentionChange& change, const PassImages& images,
                 const DenseAttentionCall& call, at::Tensor& output) {
  edit_heads(change, images, call, output);
}

}  // namespace saccade
