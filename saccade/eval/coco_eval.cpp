// COCO's evaluation: categories in parallel, the biggest first; big ones are themselves shared out.
#include "saccade/eval/coco_eval.h"

#include <algorithm>
#include <numeric>

#include "saccade/core/error.h"
#include "saccade/core/parallel.h"

namespace saccade {
namespace {

constexpr int kMaxCategories = 20'000;
constexpr int kCurveSets = kNumAreaRanges * kNumMaxDetections;

class Evaluation {
 public:
  Evaluation(const CocoDataSet& data, const CocoResults& results, const CocoEvalOptions& options)
      : data_(data),
        results_(results),
        options_(options),
        threads_(options.threads < 1 ? available_threads() : options.threads),
        records_(data, results, options.images),
        iou_(make_iou_source(options.iou_type, data, results)) {}

  CocoEvaluation run() {
    const int categories = records_.num_categories();
    if (categories > kMaxCategories)
      throw Error(text_of(data_.path().string(), ": ", categories,
                          " categories are too many to evaluate, at most ", kMaxCategories,
                          " are (each takes 0.2 MB of curves)"));
    out_.iou_type = options_.iou_type;
    out_.images = records_.images();
    out_.arrays = EvalArrays(categories);
    out_.classes.resize(categories);
    if (options_.keep_matches) out_.matches.resize(categories);
    const std::vector<int> order = biggest_first();
    std::size_t shared = 0;
    while (shared < order.size() && is_big(order[shared])) evaluate_shared(order[shared++]);
    parallel_for(static_cast<std::int64_t>(order.size() - shared), threads_,
                 [&](std::int64_t i) { evaluate_alone(order[shared + i]); });
    out_.stats = summarize(out_.arrays);
    return std::move(out_);
  }

 private:
  std::vector<int> biggest_first() const {
    std::vector<int> order(records_.num_categories());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return records_.of(a).size() > records_.of(b).size(); });
    return order;
  }

  // Whether a category holds more than one thread's share of the work: then even when it comes first
  // the others wait for it.
  bool is_big(int category) const {
    const std::size_t share = records_.num_detections() / static_cast<std::size_t>(threads_);
    return threads_ > 1 && records_.of(category).size() > std::max<std::size_t>(share, 1000);
  }

  void evaluate_alone(int category) {
    CategoryMatches work;
    SortedCategory sorted;
    CategoryMatches& matches = options_.keep_matches ? out_.matches[category] : work;
    matches.detections.reserve(records_.of(category).detections.size());
    match(records_.of(category), matches);
    sorted.sort(matches);
    for (int i = 0; i < kCurveSets; ++i) accumulate_set(sorted, category, i);
    describe(category);
  }

  void evaluate_shared(int category) {
    const auto pieces = split_by_image(data_, results_, records_.of(category), 4 * threads_);
    std::vector<CategoryMatches> parts(pieces.size());
    parallel_for(static_cast<std::int64_t>(pieces.size()), threads_,
                 [&](std::int64_t i) { match(pieces[i], parts[i]); });
    CategoryMatches work;
    CategoryMatches& matches = options_.keep_matches ? out_.matches[category] : work;
    for (CategoryMatches& part : parts) {
      matches.append(part);
      part = {};
    }
    SortedCategory sorted;
    sorted.sort(matches);
    parallel_for(kCurveSets, threads_,
                 [&](std::int64_t i) { accumulate_set(sorted, category, static_cast<int>(i)); });
    describe(category);
  }

  void match(const CategoryRecords& records, CategoryMatches& matches) const {
    match_category(data_, results_, *iou_, records, {.pycocotools_id0 = options_.pycocotools_id0},
                   matches);
  }

  void accumulate_set(const SortedCategory& sorted, int category, int set) {
    accumulate(sorted, category, set / kNumMaxDetections, set % kNumMaxDetections, out_.arrays);
  }

  void describe(int category) {
    const CategoryRecords records = records_.of(category);
    const auto truths =
        std::count_if(records.truths.begin(), records.truths.end(),
                      [&](std::int32_t index) { return !data_.annotations()[index].is_crowd; });
    out_.classes[category] = {.ap = class_ap(out_.arrays, category),
                              .ap50 = class_ap_at(out_.arrays, category, kIou50),
                              .truths = static_cast<std::int64_t>(truths),
                              .detections = static_cast<std::int64_t>(records.detections.size())};
  }

  const CocoDataSet& data_;
  const CocoResults& results_;
  const CocoEvalOptions& options_;
  int threads_;
  RecordsByCategory records_;
  std::unique_ptr<IouSource> iou_;
  CocoEvaluation out_;
};

}  // namespace

CocoEvaluation evaluate_coco(const CocoDataSet& data, const CocoResults& results,
                             const CocoEvalOptions& options) {
  return Evaluation(data, results, options).run();
}

}  // namespace saccade
