// Parity of training: losses, gradients and weights over three AdamW steps (goldens: training/).
#include <ATen/ATen.h>
#include <simdjson.h>

#include <cmath>

#include "saccade/checkpoint/tensors.h"
#include "saccade/core/file_io.h"
#include "saccade/loss/criterion.h"
#include "saccade/train/lr_schedule.h"
#include "saccade/train/optimizer.h"
#include "tests/parity/golden_cases.h"
#include "tests/parity/golden_check.h"
#include "tests/parity/golden_variant.h"
#include "tests/train/clip_gradients.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
namespace dom = simdjson::dom;

// Differences allowed at step 0, 1, 2 and after: relative for the total and the gradient's norm,
// absolute for a weight after the step.
struct Tolerance {
  std::array<double, 4> total;
  std::array<double, 3> grad_norm, weight;
};
// Five times what the original's float32 strays from its float64 (goldens/README.md, section 3).
constexpr Tolerance kFloat{
    {1e-6, 2.5e-5, 1.2e-3, 1.9e-3}, {1.3e-4, 3.2e-4, 9e-3}, {1.4e-5, 6e-5, 1.5e-4}};
// float64: the golden's inputs are float32, and AdamW's first step divides a gradient by itself: a
// weight whose gradient is all rounding may go either way.
constexpr Tolerance kDouble{{1e-9, 1e-7, 1e-6, 1e-6}, {1e-8, 1e-7, 1e-6}, {1e-8, 1e-7, 1e-6}};

class TrainingCase {
 public:
  TrainingCase(const fs::path& goldens, const fs::path& json, at::ScalarType type)
      : type_(type), text_(read_file(json)), root_(parser_.parse(text_)) {
    golden_ = load_safetensors(fs::path(json).replace_extension(".safetensors"));
    const std::string variant{std::string_view(root_["variant"])};
    const std::uint64_t seed(root_["weight_seed"]);
    StateDictTable table = read_state_dict_table(state_dict_file(goldens, variant));
    apply_overrides(table, goldens / "state_dicts", variant, seed);
    config_.model = config_of_args(table.args_json, table);
    config_.model.num_queries = static_cast<int>(std::int64_t(root_["num_queries"]));
    config_.model.dropout = 0;
    detector_ = make_detector(config_.model);
    load_generated(*detector_, table, seed);
    detector_->to(type_);
    detector_->visit([](const std::string&, at::Tensor& tensor, TensorKind) {
      tensor = tensor.clone();  // the generated values are shared
    });
  }

  void run() {
    read_batch();
    Optimizer optimizer(make_param_groups(*detector_, config_), {});
    check_groups(optimizer.groups());
    const dom::array steps = root_[type_ == at::kDouble ? "float64" : "float32"];
    std::size_t step = 0;
    for (const dom::element wanted : steps) {
      SCOPED_TRACE("step " + std::to_string(step));
      const Losses losses = compute_losses(detector_->forward(pixels_, mask_), targets_,
                                           count_boxes(targets_), criterion());
      check_losses(losses, wanted, step);
      if (step == 3) return;
      losses.total.backward();
      if (step == 0) check_gradients(optimizer.groups(), wanted["param_grad_norms"]);
      const double norm = clip_gradients(optimizer.groups(), config_.clip_max_norm);
      const double wanted_norm(wanted["grad_norm"]);
      EXPECT_NEAR(norm, wanted_norm, tolerance().grad_norm[step] * wanted_norm);
      optimizer.step(lr_factor(config_, {.step = static_cast<std::int64_t>(step)}));
      optimizer.zero_grad();
      check_weights(wanted["params_after"], step);
      ++step;
    }
  }

 private:
  const Tolerance& tolerance() const { return type_ == at::kDouble ? kDouble : kFloat; }
  CriterionOptions criterion() const { return CriterionOptions::defaults(config_.model.family); }

  void read_batch() {
    for (int i = 0; golden_.contains("target" + std::to_string(i) + ".labels"); ++i) {
      const std::string target = "target" + std::to_string(i);
      targets_.push_back({golden_.at(target + ".labels"), golden_.at(target + ".boxes").to(type_)});
    }
    const ImageBatch batch = images_of(golden_);
    pixels_ = batch.pixels.to(type_);
    mask_ = batch.mask;
  }

  // The official names, in the official order: an official optimizer's state is numbered by it.
  void check_groups(const std::vector<ParamGroup>& groups) {
    std::size_t g = 0;
    for (const dom::element names : dom::array(root_["param_groups"])) {
      ASSERT_LT(g, groups.size());
      EXPECT_DOUBLE_EQ(groups[g].lr, double(root_["optimiser"]["group_lr"].at(g)));
      std::vector<std::string> wanted, ours;
      for (const auto name : dom::array(names)) wanted.emplace_back(std::string_view(name));
      for (const Parameter& p : groups[g].parameters) ours.push_back(p.name);
      EXPECT_EQ(ours, wanted) << "group " << g;
      ++g;
    }
    EXPECT_EQ(g, groups.size());
  }

  void check_losses(const Losses& losses, dom::element wanted, std::size_t step) {
    const double total(wanted["total"]);
    EXPECT_NEAR(losses.total.item<double>(), total, tolerance().total[step] * total);
    std::size_t set = 0;
    for (const auto images : dom::array(wanted["indices"])) {
      std::size_t image = 0;
      for (const auto pair : dom::array(images)) {
        const Match& ours = losses.matches.at(set).at(image++);
        EXPECT_EQ(ours.pred, numbers(pair.at(0)));
        EXPECT_EQ(ours.target, numbers(pair.at(1)));
      }
      ++set;
    }
    EXPECT_EQ(losses.matches.size(), set);
  }
  static std::vector<std::int64_t> numbers(dom::array array) {
    std::vector<std::int64_t> out;
    for (const auto value : array) out.push_back(std::int64_t(value));
    return out;
  }

  void check_gradients(const std::vector<ParamGroup>& groups, dom::object norms) {
    const double slack = type_ == at::kDouble ? 1e-6 : 1.5e-3;  // five times 3.1e-4
    std::size_t compared = 0;
    for (const Parameter& p : all_parameters(groups)) {
      const double wanted(norms[p.name]);
      EXPECT_NEAR(p.tensor.grad().norm().item<double>(), wanted, slack * std::max(wanted, 1e-3))
          << p.name;
      ++compared;
    }
    EXPECT_EQ(compared, norms.size());
  }

  void check_weights(dom::object wanted, std::size_t step) {
    std::map<std::string, at::Tensor> ours;
    for (const auto& [name, tensor] : state_dict(*detector_)) ours.emplace(name, tensor.detach());
    for (const auto [key, values] : wanted) {
      const std::string name(key);
      const at::Tensor weights = ours.at(name).flatten().to(at::kDouble);
      EXPECT_NEAR(weights.mean().item<double>(), double(values["mean"]), tolerance().weight[step])
          << name;
      std::int64_t i = 0;
      for (const auto value : dom::array(values["first8"]))
        EXPECT_NEAR(weights[i++].item<double>(), double(value), tolerance().weight[step]) << name;
    }
  }

  at::ScalarType type_;
  std::string text_;
  dom::parser parser_;
  dom::element root_;
  Tensors golden_;
  TrainConfig config_;
  std::unique_ptr<Detector> detector_;
  at::Tensor pixels_, mask_;
  std::vector<LossTarget> targets_;
};

}  // namespace

void add_training_cases(const fs::path& goldens) {
  const fs::path folder = goldens / "training";
  if (!fs::is_directory(folder)) return;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path json = entry.path();
    if (json.extension() != ".json") continue;
    for (const auto type : {at::kDouble, at::kFloat}) {
      add_golden_case("Training", json.stem().string() + "_" + c10::toString(type),
                      [=] { TrainingCase(goldens, json, type).run(); });
    }
  }
}

}  // namespace saccade
