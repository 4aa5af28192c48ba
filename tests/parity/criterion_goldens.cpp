// Parity of matcher and losses, in float64 and float32 (goldens: criterion/).
#include <ATen/ATen.h>
#include <simdjson.h>

#include "saccade/checkpoint/tensors.h"
#include "saccade/core/file_io.h"
#include "saccade/loss/criterion.h"
#include "tests/parity/golden_cases.h"
#include "tests/parity/golden_check.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
namespace dom = simdjson::dom;

// Relative to the total, and of any gradient. float32: five times what the original strays from float64;
// float64: what storing inputs and gradients in float32 costs.
constexpr double kTotalFloat = 1e-6, kGradientFloat = 1.5e-6;
constexpr double kTotalDouble = 1e-9, kGradientDouble = 1e-7;
constexpr double kLoss = 2e-6;  // relative, of one loss

class CriterionCase {
 public:
  CriterionCase(const fs::path& file, at::ScalarType type)
      : golden_(load_safetensors(file)), type_(type) {
    text_ = read_file(fs::path(file).replace_extension(".json"));
    json_ = parser_.parse(text_);
  }

  void run() {
    read_targets();
    read_output();
    CriterionOptions options =
        CriterionOptions::defaults(is_focal() ? ModelFamily::kDeformableDetr : ModelFamily::kDetr);
    if (double eos = 0; json_["eos_coef"].get(eos) == simdjson::SUCCESS) options.eos_coef = eos;
    const Losses losses = compute_losses(output_, targets_, count_boxes(targets_), options);
    check_losses(losses);
    check_matches(losses.matches);
    losses.total.backward();
    check_gradients();
  }

 private:
  bool is_focal() const { return double(json_["weight_dict"]["loss_ce"]) == 2; }
  std::int64_t layers() const { return std::int64_t(json_["num_aux"]) + 1; }

  at::Tensor leaf(const std::string& key) {
    return golden_.at(key).to(type_, false, /*copy=*/true).set_requires_grad(true);
  }

  void read_targets() {
    for (int i = 0; golden_.contains("target" + std::to_string(i) + ".labels"); ++i) {
      const std::string prefix = "target" + std::to_string(i);
      targets_.push_back({golden_.at(prefix + ".labels"), golden_.at(prefix + ".boxes").to(type_)});
    }
  }

  void read_output() {
    for (std::int64_t l = 0; l < layers(); ++l) {
      logits_.push_back(leaf("layer" + std::to_string(l) + ".pred_logits"));
      boxes_.push_back(leaf("layer" + std::to_string(l) + ".pred_boxes"));
    }
    output_.pred_logits = at::stack(logits_);
    output_.pred_boxes = at::stack(boxes_);
    if (!golden_.contains("enc.pred_logits")) return;
    logits_.push_back(leaf("enc.pred_logits"));
    boxes_.push_back(leaf("enc.pred_boxes"));
    output_.enc_logits = logits_.back();
    output_.enc_boxes_unact = at::logit(boxes_.back());
  }

  void check_losses(const Losses& losses) {
    const dom::object wanted = json_[type_ == at::kDouble ? "losses_f64" : "losses_f32"];
    std::size_t i = 0;
    for (const auto [key, value] : wanted) {
      ASSERT_LT(i, losses.values.size());
      const LossValue& ours = losses.values[i++];
      EXPECT_EQ(ours.name, key);
      const double want = double(value);
      EXPECT_NEAR(ours.value.item<double>(), want, kLoss * std::max(1.0, std::abs(want))) << key;
      double weight = 0;
      if (json_["weight_dict"][key].get(weight) != simdjson::SUCCESS) weight = 0;
      EXPECT_EQ(ours.weight, weight) << key;
    }
    EXPECT_EQ(losses.values.size(), i);
    const double total = double(json_[type_ == at::kDouble ? "total_f64" : "total_f32"]);
    EXPECT_NEAR(losses.total.item<double>(), total,
                (type_ == at::kDouble ? kTotalDouble : kTotalFloat) * total);
  }

  // main, aux0, aux1, ..., enc.
  void check_matches(const std::vector<std::vector<Match>>& matches) {
    std::size_t set = 0;
    for (const auto [name, images] : dom::object(json_["indices"])) {
      ASSERT_LT(set, matches.size());
      std::size_t image = 0;
      for (const auto pair : dom::array(images)) {
        const Match& ours = matches[set].at(image++);
        EXPECT_EQ(ours.pred, numbers(pair.at(0))) << name << " image " << image - 1;
        EXPECT_EQ(ours.target, numbers(pair.at(1))) << name << " image " << image - 1;
      }
      ++set;
    }
    EXPECT_EQ(matches.size(), set);
  }
  static std::vector<std::int64_t> numbers(dom::array array) {
    std::vector<std::int64_t> out;
    for (const auto value : array) out.push_back(std::int64_t(value));
    return out;
  }

  void check_gradients() {
    for (std::size_t i = 0; i < logits_.size(); ++i) {
      const std::string prefix =
          static_cast<std::int64_t>(i) < layers() ? "layer" + std::to_string(i) : "enc";
      check_gradient(prefix + ".grad_logits", logits_[i]);
      check_gradient(prefix + ".grad_boxes", boxes_[i]);
    }
  }
  void check_gradient(const std::string& key, const at::Tensor& leaf) {
    const at::Tensor& wanted = golden_.at(key);
    const at::Tensor ours =
        leaf.grad().defined() ? leaf.grad() : at::zeros(leaf.sizes(), leaf.options());
    const double difference = (ours - wanted).abs().max().item<double>();
    const double largest = std::max(1.0, wanted.abs().max().item<double>());
    // The proposals' gradient goes through a logit here and back.
    const double slack = key.rfind("enc.", 0) == 0 ? 4 : 1;
    EXPECT_LE(difference,
              slack * largest * (type_ == at::kDouble ? kGradientDouble : kGradientFloat))
        << key;
  }

  Tensors golden_;
  at::ScalarType type_;
  std::string text_;
  dom::parser parser_;
  dom::element json_;
  std::vector<LossTarget> targets_;
  std::vector<at::Tensor> logits_, boxes_;
  ModelOutput output_;
};

void check_criterion(const fs::path& file) {
  for (const auto type : {at::kDouble, at::kFloat}) {
    SCOPED_TRACE(std::string(c10::toString(type)));
    CriterionCase(file, type).run();
  }
}

}  // namespace

void add_criterion_cases(const fs::path& goldens) {
  const fs::path folder = goldens / "criterion";
  if (!fs::is_directory(folder)) return;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path file = entry.path();
    if (file.extension() != ".safetensors") continue;
    add_golden_case("Criterion", file.stem().string(), [=] { check_criterion(file); });
  }
}

}  // namespace saccade
