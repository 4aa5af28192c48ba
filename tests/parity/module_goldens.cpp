// Parity of the model's parts, in float64 and float32 (goldens: modules/). What a file is about is
// told by the keys it holds.
#include <simdjson.h>

#include <algorithm>
#include <regex>

#include "saccade/checkpoint/tensors.h"
#include "saccade/core/file_io.h"
#include "saccade/model/deformable_attention.h"
#include "saccade/model/deformable_transformer.h"
#include "saccade/model/position_embedding.h"
#include "saccade/model/two_stage.h"
#include "saccade/op/box_ops.h"
#include "tests/parity/golden_cases.h"
#include "tests/parity/golden_check.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

// One file of modules/, its floating-point tensors read as `type`.
class Module {
 public:
  Module(const Tensors& golden, at::ScalarType type, GoldenCheck::Tolerance tolerance)
      : golden_(golden), type_(type), check_(golden, std::move(tolerance)) {}

  void run() {
    positions();
    boxes();
    masks();
    proposals();
    attention("ref2");
    attention("ref4");
    detections();
  }
  const GoldenCheck& check() const { return check_; }
  int heads = 8;

 private:
  bool has(const std::string& key) const { return golden_.contains(key); }
  at::Tensor in(const std::string& key) const {
    const at::Tensor& t = golden_.at(key);
    return t.is_floating_point() ? t.to(type_, /*non_blocking=*/false, /*copy=*/true) : t.clone();
  }

  // pos_(d)detr[F]_norm{0,1}_mask{i}: F features per axis, every so-manieth channel kept.
  void positions() {
    static const std::regex kName("pos_(d?detr)([0-9]*)_norm([01])_mask([0-9]+)");
    for (const auto& [key, want] : golden_) {
      std::smatch match;
      if (!std::regex_match(key, match, kName)) continue;
      const at::Tensor mask = in("pos_mask" + match[4].str());
      const std::int64_t features =
          match[2].length() > 0 ? std::stoll(match[2].str()) : want.size(1) / 2;
      const std::int64_t step = (2 * features + want.size(1) - 1) / want.size(1);
      const bool deformable = match[1].str() == "ddetr";
      const at::Tensor ours = SinePositions{.features = features,
                                            .half_cell_shift = deformable ? 0.5 : 0.0,
                                            .normalise = match[3].str() == "1"}(mask);
      // Columns of padding alone hold rounding noise in the shifted form.
      check_.close(key, ours.slice(1, 0, std::nullopt, step),
                   deformable ? mask.logical_not().unsqueeze(1) : at::Tensor());
    }
  }

  void boxes() {
    if (has("inverse_sigmoid_in")) {
      check_.close("inverse_sigmoid_out", inverse_sigmoid(in("inverse_sigmoid_in")));
    }
    if (has("boxes1_cxcywh")) {
      check_.close("boxes1_xyxy", box_cxcywh_to_xyxy(in("boxes1_cxcywh")));
      check_.close("boxes1_back_cxcywh",
                   box_xyxy_to_cxcywh(box_cxcywh_to_xyxy(in("boxes1_cxcywh"))));
    }
    if (!has("boxes1_cxcywh") || !has("boxes2_cxcywh")) return;
    const at::Tensor a = box_cxcywh_to_xyxy(in("boxes1_cxcywh"));
    const at::Tensor b = box_cxcywh_to_xyxy(in("boxes2_cxcywh"));
    const auto [iou, both] = box_iou_pairs(a, b);
    check_.close("iou", iou);
    check_.close("union", both);
    check_.close("giou", generalised_box_iou(a.unsqueeze(1), b));
  }

  void masks() {
    if (!has("full_mask") || !has("spatial_shapes")) return;
    const auto shapes = in("spatial_shapes");
    const auto cells = shapes.accessor<std::int64_t, 2>();
    std::vector<at::Tensor> flat, ratios;
    for (std::int64_t l = 0; l < shapes.size(0); ++l) {
      const at::Tensor mask = resize_mask(in("full_mask"), cells[l][0], cells[l][1]);
      check_.equal("level_mask" + std::to_string(l), mask);
      flat.push_back(mask.flatten(1));
      ratios.push_back(valid_ratio(mask));
    }
    check_.equal("mask_flatten", at::cat(flat, 1));
    check_.close("valid_ratios", at::stack(ratios, 1));
    check_.close("encoder_reference_points",
                 encoder_reference_points(shapes, at::stack(ratios, 1)));
  }

  void proposals() {
    // The stored input is before the sigmoid.
    if (has("proposal_pos_in"))
      check_.close("proposal_pos_out", proposal_positions(in("proposal_pos_in")));
    if (!has("memory") || !has("w.enc_output.weight")) return;
    TwoStage stage;
    stage.enc_output.weight = in("w.enc_output.weight");
    stage.enc_output.bias = in("w.enc_output.bias");
    stage.enc_output_norm.weight = in("w.enc_output_norm.weight");
    stage.enc_output_norm.bias = in("w.enc_output_norm.bias");
    const auto found = stage.propose(in("memory"), in("mask_flatten"), in("spatial_shapes"));
    check_.close("output_memory", found.memory);
    check_.close("output_proposals_unact", found.boxes_unact);
    check_.equal("output_proposals_valid",
                 proposal_grid(in("mask_flatten"), in("spatial_shapes")).second);
  }

  DeformableAttention attention_module(const at::Tensor& shapes) const {
    DeformableAttention module;
    module.heads = heads;
    module.levels = static_cast<int>(shapes.size(0));
    module.points = static_cast<int>(golden_.at("w.attention_weights.bias").size(0) /
                                     (module.heads * module.levels));
    module.visit("w.", [&](const std::string& name, at::Tensor& tensor, TensorKind) {
      tensor = in(name).requires_grad_();
    });
    return module;
  }

  void attention(const std::string& ref) {
    if (!has(ref) || !has("input_flatten") || !has("w.value_proj.weight")) return;
    DeformableAttention module = attention_module(in("spatial_shapes"));
    const at::Tensor query = in("query").requires_grad_();
    const at::Tensor input = in("input_flatten").requires_grad_();
    const at::Tensor reference = in(ref).requires_grad_();
    const at::Tensor out =
        module({.query = query,
                .reference_points = reference,
                .memory = input,
                .spatial_shapes = in("spatial_shapes"),
                .level_sizes = level_sizes_on(at::kCPU, in("spatial_shapes")),
                .padding_mask = has("padding_mask") ? in("padding_mask") : at::Tensor(),
                .site = AttentionSite::kEncoderSelf,
                .layer = 0},
               nullptr);
    check_.close(ref + ".out", out);
    if (!has("grad_out")) return;
    out.backward(in("grad_out"));
    check_.close(ref + ".grad_query", query.grad());
    check_.close(ref + ".grad_input", input.grad());
    check_.close(ref + ".grad_ref", reference.grad());
    module.visit(ref + ".grad_w.", [&](const std::string& name, at::Tensor& tensor, TensorKind) {
      check_.close(name, tensor.grad());
    });
  }

  void detections() {
    if (!has("logits") || !has("boxes") || !has("target_sizes")) return;
    const at::Tensor sizes = in("target_sizes");
    for (std::int64_t i = 0; i < sizes.size(0); ++i) {
      const std::string prefix = "image" + std::to_string(i) + ".";
      if (!has(prefix + "scores")) continue;
      // Plain DETR keeps the order of its queries, the other sorts by score.
      const at::Tensor& scores = golden_.at(prefix + "scores");
      const bool sorted = scores.diff().le(0).all().item<bool>();
      const auto family = sorted ? ModelFamily::kDeformableDetr : ModelFamily::kDetr;
      check_.rows(prefix, family,
                  postprocess(family, in("logits")[i], in("boxes")[i], sizes[i][1].item<double>(),
                              sizes[i][0].item<double>(), static_cast<int>(scores.size(0))));
    }
  }

  const Tensors& golden_;
  at::ScalarType type_;
  GoldenCheck check_;
};

// modules/tolerances.json: names of keys (or their first part), the attention module's with msda_.
std::map<std::string, double> read_tolerances(const fs::path& file) {
  std::map<std::string, double> out;
  if (!fs::exists(file)) return out;
  simdjson::dom::parser parser;
  const std::string text = read_file(file);
  for (const auto item : parser.parse(text).get_object()) {
    double value = 0;
    if (item.value.get(value) != simdjson::SUCCESS) value = double(item.value["max_abs"]);
    out[std::string(item.key)] = value;
  }
  return out;
}

// float64: what storing the golden in float32 costs. float32: five times what the original strays.
GoldenCheck::Tolerance tolerance_of(at::ScalarType type,
                                    const std::map<std::string, double>& known) {
  constexpr double kStored = 1e-6;
  constexpr double kFloat = 1e-5;  // where no measurement is at hand
  return [=](const std::string& key, double largest) {
    const double stored = kStored * std::max(largest, 1e-3);
    if (type == at::kDouble) return stored;
    const std::string part = key.substr(0, key.find("_out"));
    for (const std::string& name : {key, "msda_" + key, part}) {
      if (const auto found = known.find(name); found != known.end())
        return std::max(5 * found->second, stored);
    }
    return kFloat * std::max(largest, 1e-3);
  };
}

void check_module(const fs::path& file, const std::map<std::string, double>& tolerances) {
  const Tensors golden = load_safetensors(file);
  const auto metadata = read_safetensors(file).metadata;
  for (const auto type : {at::kDouble, at::kFloat}) {
    SCOPED_TRACE(std::string(c10::toString(type)));
    Module module(golden, type, tolerance_of(type, tolerances));
    if (const auto found = metadata.find("n_heads"); found != metadata.end())
      module.heads = std::stoi(found->second);
    module.run();
    EXPECT_FALSE(module.check().compared().empty()) << "nothing in this file is known";
    std::printf("%s %s: %zu tensors, worst %s at %.2f of its tolerance\n", file.stem().c_str(),
                c10::toString(type), module.check().compared().size(),
                module.check().worst_key().c_str(), module.check().worst());
  }
}

}  // namespace

void add_module_cases(const fs::path& goldens) {
  const fs::path folder = goldens / "modules";
  if (!fs::is_directory(folder)) return;
  const fs::path own = fs::path(SACCADE_SOURCE_DIR) / "tests/goldens/modules/tolerances.json";
  const fs::path given = folder / "tolerances.json";
  const auto tolerances = read_tolerances(fs::exists(given) ? given : own);
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path file = entry.path();
    if (file.extension() != ".safetensors") continue;
    add_golden_case("Module", file.stem().string(), [=] { check_module(file, tolerances); });
  }
}

}  // namespace saccade
