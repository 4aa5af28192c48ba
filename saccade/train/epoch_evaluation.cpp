// AP and losses of a model in training.
#include "saccade/train/epoch_evaluation.h"

#include <ATen/ATen.h>

#include <cmath>
#include <sstream>

#include "saccade/core/error.h"
#include "saccade/data/class_index.h"
#include "saccade/train/loss_report.h"
#include "saccade/train/train_step.h"

namespace saccade {
namespace {

// Adds up one rank's losses and the spread of its boxes.
class OutputStatistics {
 public:
  OutputStatistics(const CocoDataSet& data, const TrainConfig& config)
      : data_(data),
        criterion_(criterion_of(config)),
        class_of_category_(class_of_category(data)) {}

  void add(const LoadedBatch& batch, const ModelOutput& output) {
    std::vector<LossTarget> targets;
    for (std::size_t i = 0; i < batch.images.size(); ++i) {
      const int image = batch.images[i];
      const Target target =
          prepare_target(data_.annotations_of(image), class_of_category_,
                         data_.images()[static_cast<std::size_t>(image)].id, batch.original[i]);
      targets.push_back({labels_of(target), boxes_cxcywh(target)});
    }
    LossReport report;
    report.add(compute_losses(output, targets, count_boxes(targets), criterion_));
    add_to_meters(losses, report);
    const at::Tensor boxes = output.pred_boxes[-1].flatten(0, 1).to(at::kDouble);
    sum_ = sum_.defined() ? sum_ + boxes.sum(0) : boxes.sum(0);
    squares_ = squares_.defined() ? squares_ + boxes.square().sum(0) : boxes.square().sum(0);
    count_ += static_cast<double>(boxes.size(0));
  }

  double box_spread() const {
    if (count_ == 0) return 0;
    const at::Tensor variance = squares_ / count_ - (sum_ / count_).square();
    return std::sqrt(std::max(0.0, variance.max().item<double>()));
  }

  LossMeters losses;

 private:
  const CocoDataSet& data_;
  const CriterionOptions criterion_;
  const std::vector<std::int64_t> class_of_category_;
  at::Tensor sum_, squares_;
  double count_ = 0;
};

// All of them have losses, not those alone that become queries.
class AllProposals {
 public:
  explicit AllProposals(Detector& detector) : detector_(detector) {
    detector_.set_all_proposals(true);
  }
  ~AllProposals() { detector_.set_all_proposals(false); }
  AllProposals(const AllProposals&) = delete;
  AllProposals& operator=(const AllProposals&) = delete;

 private:
  Detector& detector_;
};

// Sums and counts as text, exact: "loss 0x1.8p+3 12\n".
std::string to_text(const OutputStatistics& of) {
  std::ostringstream out;
  out << std::hexfloat << of.box_spread() << "\n";
  for (const auto& meter : of.losses.all())
    out << meter.name << " " << meter.sum << " " << meter.count << "\n";
  return out.str();
}

void merge(EpochEvaluation& into, const std::string& text) {
  std::istringstream in(text);
  std::string word, name;
  in >> word;  // istream does not read hexadecimal numbers
  into.box_spread = std::max(into.box_spread, std::strtod(word.c_str(), nullptr));
  std::int64_t count = 0;
  while (in >> name >> word >> count) {
    const LossMeters::Meter* before = into.losses.find(name);
    into.losses.restore(name,
                        (before != nullptr ? before->sum : 0) + std::strtod(word.c_str(), nullptr),
                        (before != nullptr ? before->count : 0) + count);
  }
}

}  // namespace

EpochEvaluation evaluate_epoch(const LoadedModel& model, const ValidationSet& set,
                               const TrainConfig& config, RankGroup& ranks, const std::string& name,
                               bool quiet, const ModelRunOptions& extra) {
  OutputStatistics statistics(*set.data, config);
  const ModelRunOptions options{
      .batch_size = config.batch_size,
      .num_workers = config.num_workers,
      .quiet = quiet,
      .name = name,
      .hook = extra.hook,
      .before = extra.before,
      .on_output = [&](const LoadedBatch& batch, const ModelOutput& output) {
        statistics.add(batch, output);
      }};
  LoadedModel evaluated = model;
  // What is kept of weights lives as long as they stay the same: for this evaluation.
  evaluated.casts = std::make_shared<WeightCasts>(/*adds_gradients=*/false);
  const AllProposals with_losses(*evaluated.detector);
  EpochEvaluation result;
  result.run = run_model(evaluated, *set.data, set.images, set.usable, options, ranks);
  for (const std::string& text : ranks.gather(name + " losses", to_text(statistics)))
    merge(result, text);
  if (!ranks.is_first()) return result;
  CocoEvalOptions evaluating{.threads = config.threads};
  for (const EvalImage& image : set.usable) evaluating.images.push_back(image.image);
  result.evaluation = evaluate_coco(*set.data, result.run.results, evaluating);
  return result;
}

}  // namespace saccade
