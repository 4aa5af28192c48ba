// Parity of the building blocks with the original code (goldens: modules/). What a file holds is
// told by its keys.
#include <simdjson.h>

#include "saccade/checkpoint/tensors.h"
#include "saccade/model/deformable_attention.h"
#include "saccade/model/deformable_transformer.h"
#include "saccade/model/position_embedding.h"
#include "saccade/model/postprocess.h"
#include "saccade/model/two_stage.h"
#include "saccade/op/box_ops.h"
#include "tests/parity/golden_cases.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using Tensors = std::map<std::string, at::Tensor>;

// One file, with comparisons that pass over missing keys.
class Golden {
 public:
  explicit Golden(const fs::path& file) : tensors_(load_safetensors(file)) {}

  bool has(const std::string& key) const { return tensors_.contains(key); }
  at::Tensor at(const std::string& key, at::ScalarType type) const {
    return tensors_.at(key).to(type);
  }
  const at::Tensor& operator[](const std::string& key) const { return tensors_.at(key); }
  const Tensors& tensors() const { return tensors_; }

  // Within `relative` of the largest finite entry; infinities must be the same.
  void expect(const std::string& key, const at::Tensor& got, double relative) const {
    if (!has(key)) return;
    const at::Tensor want = tensors_.at(key).to(at::kDouble);
    ASSERT_EQ(got.sizes(), want.sizes()) << key;
    const at::Tensor finite = want.isfinite();
    const at::Tensor ours = got.to(at::kDouble);
    EXPECT_TRUE(ours.isfinite().equal(finite)) << key << ": other infinities";
    const double largest = want.masked_fill(finite.logical_not(), 0).abs().max().item<double>();
    const double error =
        (ours - want).masked_fill(finite.logical_not(), 0).abs().max().item<double>();
    EXPECT_LE(error, relative * std::max(largest, 1e-3)) << key;
  }
  void expect_equal(const std::string& key, const at::Tensor& got) const {
    if (!has(key)) return;
    EXPECT_TRUE(got.equal(tensors_.at(key).to(got.scalar_type()))) << key;
  }

 private:
  Tensors tensors_;
};

// pos_<family>[128]_norm<0|1>_mask<i>: 32 features an axis, or 128 with every third channel.
void check_positions(const Golden& golden) {
  for (const auto& [key, want] : golden.tensors()) {
    if (key.rfind("pos_ddetr", 0) != 0 && key.rfind("pos_detr", 0) != 0) continue;
    const at::Tensor& mask = golden["pos_mask" + key.substr(key.find("_mask") + 5)];
    const bool wide = key.find("128") != std::string::npos;
    const SinePositions positions{.features = wide ? 128 : 32,
                                  .half_cell_shift = key.rfind("pos_ddetr", 0) == 0 ? 0.5 : 0.0,
                                  .normalise = key.find("norm1") != std::string::npos};
    const at::Tensor ours = positions(mask);
    // In fully padded rows and columns the argument is about -3e6 and its sine is rounding noise.
    const at::Tensor rows = mask.all(2, /*keepdim=*/true);
    const at::Tensor columns = mask.all(1, /*keepdim=*/true);
    const at::Tensor noise = rows.logical_or(columns).unsqueeze(1);
    const at::Tensor got = wide ? ours.slice(1, 0, std::nullopt, 3) : ours;
    ASSERT_EQ(got.sizes(), want.sizes()) << key;
    EXPECT_LE((got - want).masked_fill(noise, 0).abs().max().item<double>(), 5e-6) << key;
  }
}

void check_boxes(const Golden& golden) {
  if (!golden.has("boxes1_cxcywh")) return;
  const at::Tensor first = box_cxcywh_to_xyxy(golden.at("boxes1_cxcywh", at::kDouble));
  golden.expect("boxes1_xyxy", first, 1e-6);
  golden.expect("boxes1_back_cxcywh", box_xyxy_to_cxcywh(first), 1e-6);
  if (!golden.has("boxes2_cxcywh")) return;
  const at::Tensor second = box_cxcywh_to_xyxy(golden.at("boxes2_cxcywh", at::kDouble));
  const auto [iou, both] = box_iou_pairs(first, second);
  golden.expect("iou", iou, 1e-6);
  golden.expect("union", both, 1e-6);
  golden.expect("giou", generalised_box_iou(first, second), 1e-6);
}

void check_masks(const Golden& golden) {
  if (!golden.has("full_mask") || !golden.has("spatial_shapes")) return;
  const at::Tensor& shapes = golden["spatial_shapes"];
  std::vector<at::Tensor> ratios, masks;
  for (std::int64_t l = 0; l < shapes.size(0); ++l) {
    const at::Tensor mask = resize_mask(golden["full_mask"], shapes[l][0].item<std::int64_t>(),
                                        shapes[l][1].item<std::int64_t>());
    golden.expect_equal("level_mask" + std::to_string(l), mask);
    masks.push_back(mask.flatten(1));
    ratios.push_back(valid_ratio(mask));
  }
  golden.expect_equal("mask_flatten", at::cat(masks, 1));
  const at::Tensor valid = at::stack(ratios, 1);
  golden.expect("valid_ratios", valid, 1e-7);
  golden.expect("encoder_reference_points", encoder_reference_points(shapes, valid), 5e-7);
}

void check_proposals(const Golden& golden) {
  if (golden.has("proposal_pos_in")) {
    golden.expect("proposal_pos_out", proposal_positions(golden.at("proposal_pos_in", at::kDouble)),
                  2e-6);
  }
  if (!golden.has("memory") || !golden.has("w.enc_output.weight")) return;
  const auto channels = golden["memory"].size(2);
  TwoStage stage(channels);
  stage.visit("w.", [&](const std::string& name, at::Tensor& tensor, TensorKind) {
    tensor = golden.has(name) ? golden.at(name, at::kDouble) : tensor.zero_();
  });
  const Proposals proposals = stage.propose(golden.at("memory", at::kDouble),
                                            golden["mask_flatten"], golden["spatial_shapes"]);
  golden.expect("output_memory", proposals.memory, 2e-6);
  golden.expect("output_proposals_unact", proposals.boxes_unact, 2e-6);
  golden.expect_equal("output_proposals_valid",
                      proposal_grid(golden["mask_flatten"], golden["spatial_shapes"]).second);
}

void check_inverse_sigmoid(const Golden& golden) {
  if (!golden.has("inverse_sigmoid_in")) return;
  golden.expect("inverse_sigmoid_out",
                inverse_sigmoid(golden.at("inverse_sigmoid_in", at::kDouble)), 1e-6);
}

// The attention module with 2-d and 4-d references: output and all gradients.
void check_attention(const Golden& golden, const fs::path& file) {
  if (!golden.has("w.sampling_offsets.weight")) return;
  const auto metadata = read_safetensors(file).metadata;
  const auto number = [&](const char* key) { return std::stoi(metadata.at(key)); };
  for (const std::string ref : {"ref2", "ref4"}) {
    if (!golden.has(ref)) continue;
    for (const at::ScalarType type : {at::kDouble, at::kFloat}) {
      const double relative = type == at::kDouble ? 1e-6 : 2e-5;
      DeformableAttention attention(number("d_model"), number("n_heads"), number("n_levels"),
                                    number("n_points"));
      std::map<std::string, at::Tensor> weights;
      attention.visit("w.", [&](const std::string& name, at::Tensor& tensor, TensorKind) {
        tensor = golden.at(name, type).clone().requires_grad_();
        weights[name] = tensor;
      });
      const auto leaf = [&](const std::string& key) {
        return golden.at(key, type).clone().requires_grad_();
      };
      const at::Tensor query = leaf("query"), input = leaf("input_flatten"), reference = leaf(ref);
      const at::Tensor out = attention({.query = query,
                                        .reference_points = reference,
                                        .memory = input,
                                        .spatial_shapes = golden["spatial_shapes"],
                                        .padding_mask = golden["padding_mask"],
                                        .site = AttentionSite::kEncoderSelf,
                                        .layer = 0},
                                       nullptr);
      golden.expect(ref + ".out", out.detach(), relative);
      if (!golden.has("grad_out")) continue;
      out.backward(golden.at("grad_out", type));
      golden.expect(ref + ".grad_query", query.grad(), relative);
      golden.expect(ref + ".grad_input", input.grad(), relative);
      golden.expect(ref + ".grad_ref", reference.grad(), relative);
      for (const auto& [name, tensor] : weights)
        golden.expect(ref + ".grad_" + name, tensor.grad(), relative);
    }
  }
}

// Sigmoid models keep the best 100 of all pairs, softmax models one row per query.
void check_postprocess(const Golden& golden) {
  if (!golden.has("logits") || !golden.has("target_sizes") || !golden.has("boxes")) return;
  for (std::int64_t i = 0; i < golden["logits"].size(0); ++i) {
    const std::string prefix = "image" + std::to_string(i) + ".";
    if (!golden.has(prefix + "scores")) continue;
    const at::Tensor& want_scores = golden[prefix + "scores"];
    const bool per_query = want_scores.size(0) == golden["logits"].size(1);
    const auto size = golden["target_sizes"][i];
    const ImageResults got = postprocess(
        per_query ? ModelFamily::kDetr : ModelFamily::kDeformableDetr, golden["logits"][i],
        golden["boxes"][i], size[1].item<double>(), size[0].item<double>());
    ASSERT_EQ(got.scores.sizes(), want_scores.sizes());
    EXPECT_LE((got.scores - want_scores).abs().max().item<double>(), 2e-6);
    for (std::int64_t r = 0; r < want_scores.size(0); ++r) {
      const at::Tensor same =
          got.labels.eq(golden[prefix + "labels"][r])
              .logical_and((got.scores - want_scores[r]).abs() <= 2e-6)
              .logical_and((got.boxes - golden[prefix + "boxes"][r]).abs().amax(-1) <= 1e-3);
      EXPECT_TRUE(same.any().item<bool>()) << prefix << " row " << r;
    }
  }
}

}  // namespace

void add_module_cases(const fs::path& goldens) {
  if (!fs::is_directory(goldens / "modules")) return;
  for (const auto& entry : fs::directory_iterator(goldens / "modules")) {
    if (entry.path().extension() != ".safetensors") continue;
    add_golden_case("Module", entry.path().stem().string(), [file = entry.path()] {
      const Golden golden(file);
      check_positions(golden);
      check_boxes(golden);
      check_masks(golden);
      check_proposals(golden);
      check_inverse_sigmoid(golden);
      check_attention(golden, file);
      check_postprocess(golden);
    });
  }
}

}  // namespace saccade
