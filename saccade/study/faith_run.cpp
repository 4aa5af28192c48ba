// The faithfulness of a model's maps on detections of a data set.
#include "saccade/study/faith_run.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>

#include "saccade/core/error.h"
#include "saccade/core/progress.h"
#include "saccade/data/image_batch.h"
#include "saccade/eval/model_run.h"
#include "saccade/model/postprocess.h"

namespace saccade {
namespace {

LoadedBatch load_one(const FaithRun& run, int image, ImageSize size) {
  return load_batch(run.data, run.images, {{image}, resized_size(size, run.model.size)});
}

FaithImage image_of(const LoadedBatch& batch) {
  return {batch.images[0], batch.original[0], batch.pixels};
}

// One that detections were found on.
FaithImage load_image(const FaithRun& run, const FaithTarget& target) {
  const LoadedBatch batch = load_one(run, target.image, {target.width, target.height});
  if (!batch.broken.empty()) throw Error(batch.broken.front().message + "; it was whole before");
  return image_of(batch);
}

// Targets that rank 0 has no row of yet, known to every rank.
std::vector<std::size_t> missing_rows(std::size_t targets, const NumberStore* store,
                                      RankGroup& ranks) {
  std::vector<std::int32_t> own;
  if (store != nullptr)
    for (const auto& [row, values] : store->rows()) own.push_back(row);
  const auto done = indices_of_first(own, "faith done", ranks);
  std::vector<std::size_t> missing;
  for (std::size_t row = 0; row < targets; ++row)
    if (!std::binary_search(done.begin(), done.end(), static_cast<std::int32_t>(row)))
      missing.push_back(row);
  return missing;
}

// This rank's share of the work, one target at a time.
class Worker {
 public:
  Worker(const FaithRun& run, const std::vector<FaithTarget>& targets)
      : run_(run),
        targets_(targets),
        category_of_(categories_of_model(run.model, run.data)),
        sanity_(first_drawn(targets, run.options.plan.sanity_detections, run.options.seed)),
        meter_(run.model, run.interventions, run.options) {}

  // The target's row as bytes.
  std::string row(std::size_t i) {
    const FaithTarget& target = targets_[i];
    if (!image_ || image_->image != target.image) image_ = load_image(run_, target);
    const FaithTruth truth = truth_of(
        run_.data, target, category_of_[static_cast<std::size_t>(target.label)], image_->size);
    const bool checks_sanity = !run_.options.plan.parts.empty() && sanity_[i];
    return row_bytes(static_cast<std::int32_t>(i),
                     to_numbers(meter_.measure(*image_, target, truth, checks_sanity)));
  }

 private:
  const FaithRun& run_;
  const std::vector<FaithTarget>& targets_;
  const std::vector<int> category_of_;
  const std::vector<bool> sanity_;
  FaithMeter meter_;
  std::optional<FaithImage> image_;
};

}  // namespace

FoundTargets find_targets(const FaithRun& run, const std::vector<EvalImage>& chosen,
                          double threshold, RankGroup& ranks) {
  const std::vector<int> category_of = categories_of_model(run.model, run.data);
  const FaithMeter meter(run.model, run.interventions, run.options);
  std::vector<FaithTarget> own;
  std::vector<ImageProblem> broken;
  const auto size = static_cast<std::size_t>(ranks.size());
  Progress progress("images looked at", (std::ssize(chosen) + ranks.size() - 1) / ranks.size(),
                    run.quiet || !ranks.is_first());
  for (std::size_t i = static_cast<std::size_t>(ranks.rank()); i < chosen.size(); i += size) {
    const LoadedBatch batch = load_one(run, chosen[i].image, chosen[i].size);
    for (const BrokenImage& one : batch.broken)
      broken.push_back(left_out_image(one, run.data, run.skip_broken));
    if (!batch.images.empty()) {
      const auto found = meter.detections(image_of(batch), category_of);
      own.insert(own.end(), found.begin(), found.end());
    }
    progress.step();
  }
  FoundTargets found;
  for (const std::string& bytes : ranks.gather("faith broken", to_bytes(broken)))
    append_problems(found.left_out, bytes, run.data);
  std::vector<FaithTarget> all;
  for (const std::string& bytes : ranks.all_gather("faith detections", target_bytes(own)))
    append_targets(all, bytes);
  for (const FaithTarget& target : all) {
    found.best_score = std::max(found.best_score, target.score);
    if (target.score >= threshold) found.all.push_back(target);
  }
  return found;
}

double run_faith(const FaithRun& run, const std::vector<FaithTarget>& targets, NumberStore* store,
                 RankGroup& ranks) {
  const auto start = std::chrono::steady_clock::now();
  const std::vector<std::size_t> missing = missing_rows(targets.size(), store, ranks);
  Worker worker(run, targets);
  const auto size = static_cast<std::size_t>(ranks.size());
  const std::size_t rounds = (missing.size() + size - 1) / size;
  Progress progress(size > 1 ? "detections of rank 0" : "detections",
                    static_cast<std::int64_t>(rounds), run.quiet || !ranks.is_first());
  for (std::size_t round = 0; round < rounds; ++round) {
    const std::size_t i = round * size + static_cast<std::size_t>(ranks.rank());
    const std::string bytes = i < missing.size() ? worker.row(missing[i]) : "";
    const auto all = ranks.gather(text_of("faith round ", round), bytes);
    if (store != nullptr)
      for (const std::string& rows : all) store->append(rows);
    progress.step();
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace saccade
