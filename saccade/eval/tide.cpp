// TIDE: types of errors and what repairing each would gain.
#include "saccade/eval/tide.h"

#include <algorithm>
#include <tuple>

#include "saccade/core/error.h"
#include "saccade/core/parallel.h"
#include "saccade/eval/tide_repair.h"

namespace saccade {
namespace {

constexpr std::size_t kMaxIous = std::size_t{1} << 22;  // held at once for an image

struct FalsePositive {
  double score = 0;
  std::int32_t image = 0, detection = 0;
  std::int32_t truth = -1;  // that it concerns
  TideType type = TideType::kBkg;
};

bool better(const FalsePositive& a, const FalsePositive& b) {
  return std::tie(a.image, b.score, a.detection) < std::tie(b.image, a.score, b.detection);
}

class Tide {
 public:
  Tide(const CocoDataSet& data, const CocoResults& results, const CocoEvaluation& evaluation,
       const TideOptions& options)
      : data_(data),
        results_(results),
        evaluation_(evaluation),
        options_(options),
        iou_(make_iou_source(evaluation.iou_type, data, results)),
        found_(data.annotations().size(), 0),
        winner_(data.annotations().size(), -1),
        classes_(data.categories().size()) {}

  TideResult run() {
    make_classes();
    measure();
    if (options_.keep_errors) keep_errors();
    return std::move(out_);
  }

  std::vector<TideClass> run_classes() {
    make_classes();
    return std::move(classes_);
  }

 private:
  void make_classes() {
    collect();
    type_errors();
    claim_truths();
    fill_classes();
    parallel_for(std::ssize(classes_), options_.threads,
                 [&](std::int64_t k) { classes_[static_cast<std::size_t>(k)].sort(); });
  }

  void collect() {
    for (std::size_t k = 0; k < evaluation_.matches.size(); ++k) {
      const CategoryMatches& matches = evaluation_.matches[k];
      for (const RankedDetection& d : matches.detections) {
        const std::int32_t image = results_.detections[d.index].image;
        if (matches.is_false_positive(d, kIou50, kAllAreas)) {
          false_positives_.push_back({.score = d.score, .image = image, .detection = d.index});
        } else if (matches.is_true_positive(d, kIou50, kAllAreas)) {
          found_[matches.matches[d.match].annotation[kIou50]] = 1;
          classes_[k].entries.push_back({.score = d.score, .image = image, .detection = d.index});
        }
      }
    }
    std::sort(false_positives_.begin(), false_positives_.end(), better);
  }

  bool counts(const CocoAnnotation& truth) const {
    return evaluation_.evaluates(truth.image) && !truth.is_crowd &&
           (area_range_bits(truth.area) >> kAllAreas & 1) != 0;
  }

  void type_errors() {
    std::vector<std::size_t> begin;  // of each image with false positives
    for (std::size_t i = 0; i < false_positives_.size(); ++i) {
      if (i == 0 || false_positives_[i].image != false_positives_[i - 1].image) begin.push_back(i);
    }
    begin.push_back(false_positives_.size());
    parallel_for(
        static_cast<std::int64_t>(begin.size()) - 1, options_.threads, [&](std::int64_t i) {
          type_image(std::span(false_positives_).subspan(begin[i], begin[i + 1] - begin[i]));
        });
  }

  void type_image(std::span<FalsePositive> all) {
    std::vector<std::int32_t> truths, detections;
    const auto of_image = data_.annotations_of(all[0].image);
    const auto first = static_cast<std::int32_t>(of_image.data() - data_.annotations().data());
    for (std::size_t t = 0; t < of_image.size(); ++t) {
      if (counts(of_image[t])) truths.push_back(first + static_cast<std::int32_t>(t));
    }
    if (truths.empty()) return;  // Bkg, as they are made
    // In blocks: a crowded image with many false positives would take gigabytes of IoUs at once.
    const std::size_t block = std::max<std::size_t>(1, kMaxIous / truths.size());
    std::vector<double> ious;
    for (std::size_t begin = 0; begin < all.size(); begin += block) {
      const auto some = all.subspan(begin, std::min(block, all.size() - begin));
      detections.clear();
      for (const FalsePositive& fp : some) detections.push_back(fp.detection);
      iou_->ious(detections, truths, ious);
      for (std::size_t d = 0; d < some.size(); ++d)
        type_one(some[d], truths, std::span(ious).subspan(d * truths.size(), truths.size()));
    }
  }

  struct Best {
    double iou = 0;
    std::int32_t truth = -1;

    void see(double value, std::int32_t index) {
      if (truth < 0 || value > iou) *this = {value, index};
    }
  };

  void type_one(FalsePositive& fp, std::span<const std::int32_t> truths,
                std::span<const double> ious) const {
    Best same, other, taken, any;
    const std::int32_t category = results_.detections[fp.detection].category;
    for (std::size_t t = 0; t < truths.size(); ++t) {
      const bool is_same = data_.annotations()[truths[t]].category == category;
      (is_same ? same : other).see(ious[t], truths[t]);
      if (is_same && found_[truths[t]] != 0) taken.see(ious[t], truths[t]);
      any.see(ious[t], truths[t]);
    }
    const double half = iou_thresholds()[kIou50];
    const auto set = [&](TideType type, std::int32_t truth) {
      fp.type = type;
      fp.truth = truth;
    };
    if (same.truth >= 0 && same.iou >= options_.background_iou && same.iou <= half)
      return set(TideType::kLoc, same.truth);
    if (other.truth >= 0 && other.iou >= half) return set(TideType::kCls, other.truth);
    if (taken.truth >= 0 && taken.iou >= half) return set(TideType::kDupe, taken.truth);
    if (any.iou <= options_.background_iou) return set(TideType::kBkg, -1);
    set(TideType::kBoth, any.truth);
  }

  // The best Loc or Cls error around each truth that was not found.
  void claim_truths() {
    for (std::size_t i = 0; i < false_positives_.size(); ++i) {
      const FalsePositive& fp = false_positives_[i];
      ++out_.counts[static_cast<int>(fp.type)];
      if (fp.type != TideType::kLoc && fp.type != TideType::kCls) continue;
      if (found_[fp.truth] == 0 && winner_[fp.truth] < 0)
        winner_[fp.truth] = static_cast<std::int32_t>(i);
    }
  }

  void fill_classes() {
    for (std::size_t i = 0; i < false_positives_.size(); ++i) {
      const FalsePositive& fp = false_positives_[i];
      TideEntry entry{.score = fp.score, .image = fp.image, .detection = fp.detection};
      entry.kind = TideEntry::kError;
      entry.type = fp.type;
      entry.wins = fp.truth >= 0 && winner_[fp.truth] == static_cast<std::int32_t>(i);
      classes_[results_.detections[fp.detection].category].entries.push_back(entry);
      if (fp.type != TideType::kCls || !entry.wins) continue;
      entry.kind = TideEntry::kMovedHere;
      classes_[data_.annotations()[fp.truth].category].entries.push_back(entry);
    }
    for (std::size_t t = 0; t < data_.annotations().size(); ++t) {
      const CocoAnnotation& truth = data_.annotations()[t];
      if (!counts(truth)) continue;
      std::vector<TideTruths>& by_image = classes_[truth.category].truths;
      if (by_image.empty() || by_image.back().image != truth.image)
        by_image.push_back({.image = truth.image});
      TideTruths& of = by_image.back();
      ++of.positives;
      if (found_[t] != 0) continue;
      ++of.not_found;
      if (winner_[t] >= 0) continue;
      ++of.missed;
      ++out_.counts[static_cast<int>(TideType::kMiss)];
    }
  }

  void measure() {
    std::vector<std::size_t> present;
    for (std::size_t k = 0; k < classes_.size(); ++k) {
      if (!classes_[k].truths.empty()) present.push_back(k);
    }
    std::vector<std::vector<double>> ap(kNumTideRepairs, std::vector<double>(present.size()));
    parallel_for(static_cast<std::int64_t>(present.size()), options_.threads, [&](std::int64_t i) {
      for (int repair = 0; repair < kNumTideRepairs; ++repair) {
        ap[repair][i] = repaired_ap(classes_[present[i]], static_cast<TideRepair>(repair));
      }
    });
    const auto mean = [&](TideRepair repair) {
      return mean_of_known(ap[static_cast<std::size_t>(repair)]);
    };
    out_.ap50 = mean(TideRepair::kNone);
    for (int type = 0; type < kNumTideTypes; ++type) {
      out_.dap[type] = mean(static_cast<TideRepair>(type)) - out_.ap50;
    }
    out_.dap_false_positives = mean(TideRepair::kFalsePositives) - out_.ap50;
    out_.dap_false_negatives = mean(TideRepair::kFalseNegatives) - out_.ap50;
  }

  void keep_errors() {
    for (const FalsePositive& fp : false_positives_) {
      out_.errors.push_back({fp.image, fp.detection, fp.truth, fp.type});
    }
    for (std::size_t t = 0; t < data_.annotations().size(); ++t) {
      const CocoAnnotation& truth = data_.annotations()[t];
      if (counts(truth) && found_[t] == 0 && winner_[t] < 0)
        out_.errors.push_back({truth.image, -1, static_cast<std::int32_t>(t), TideType::kMiss});
    }
    std::stable_sort(out_.errors.begin(), out_.errors.end(),
                     [](const TideError& a, const TideError& b) { return a.image < b.image; });
  }

  const CocoDataSet& data_;
  const CocoResults& results_;
  const CocoEvaluation& evaluation_;
  const TideOptions& options_;
  std::unique_ptr<IouSource> iou_;
  std::vector<FalsePositive> false_positives_;  // by image, then by descending score
  std::vector<char> found_;                     // per annotation: some detection is its hit
  std::vector<std::int32_t> winner_;            // per annotation: index of a false positive, or -1
  std::vector<TideClass> classes_;
  TideResult out_;
};

void check_matches(const CocoDataSet& data, const CocoEvaluation& evaluation) {
  if (evaluation.matches.size() != data.categories().size())
    throw Error("TIDE: the evaluation kept no matches; set keep_matches");
}

}  // namespace

const std::array<const char*, kNumTideTypes> kTideNames = {"Cls",  "Loc", "Both",
                                                           "Dupe", "Bkg", "Miss"};

TideResult tide_errors(const CocoDataSet& data, const CocoResults& results,
                       const CocoEvaluation& evaluation, const TideOptions& options) {
  check_matches(data, evaluation);
  return Tide(data, results, evaluation, options).run();
}

std::vector<TideClass> tide_classes(const CocoDataSet& data, const CocoResults& results,
                                    const CocoEvaluation& evaluation, const TideOptions& options) {
  check_matches(data, evaluation);
  return Tide(data, results, evaluation, options).run_classes();
}

}  // namespace saccade
