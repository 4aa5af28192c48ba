// One process's part of a study: the data set, the model, and variants of it run over the set.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "saccade/cli/evaluated_set.h"
#include "saccade/cli/model_session.h"
#include "saccade/cli/sweep_options.h"
#include "saccade/study/number_store.h"
#include "saccade/study/sweep_report.h"
#include "saccade/study/variant_run.h"

namespace saccade {

using Variants = std::vector<std::vector<Intervention>>;

// Opens the job, the data set and the model, calls `work` of it, and tells the other ranks when it fails.
class StudyRun;
int run_study(const StudyOptions& options, const std::function<void(StudyRun&)>& work);

// Throws UsageError where one of these files is in the folder and may not be replaced.
void refuse_to_replace_files(const StudyOptions& options, const std::vector<std::string>& names);
// Says that they were written.
void tell_files(const StudyOptions& options, const std::vector<std::string>& names);

class StudyRun {
 public:
  StudyRun(const StudyOptions& options, RankGroup& ranks, at::Device device);

  const CocoDataSet& data() const { return set_.truth.data; }
  const EvaluatedSet& set() const { return set_; }
  const LoadedModel& model() const { return session_.model(); }
  const ModelConfig& config() const { return session_.config(); }
  // Those of -x: they hold in the baseline and in every variant.
  const std::vector<Intervention>& base() const { return session_.interventions(); }
  bool is_first() const { return ranks_.is_first(); }
  RankGroup& ranks() const { return ranks_; }

  // The base and these.
  std::vector<Intervention> with(const std::vector<std::string>& texts) const;

  // Runs the variants over images of `set`, with a store in the folder on rank 0 that goes on where it was, and null
  // elsewhere.
  std::unique_ptr<VariantStore> run(const EvaluatedSet& set, const std::vector<EvalImage>& images,
                                    const Variants& variants, const std::string& name);
  // Runs the baseline once over the images with a hook that watches; its results are not kept.
  void watch(AttentionHook& hook, const std::string& name);
  // A store of `count` rows of numbers in the folder on rank 0, which goes on where it was, and null elsewhere.
  std::unique_ptr<NumberStore> open_numbers(const std::string& name, const std::string& description,
                                            std::size_t row_length, std::size_t count) const;
  // Everything that decides the detections of these variants, for a human eye too.
  std::string description(const EvaluatedSet& set, const std::vector<EvalImage>& images,
                          const Variants& variants) const;
  // Where such a store lies.
  std::filesystem::path store_path(const std::string& name) const;

  StudySource source() const;
  EffectOptions effect_options() const;

 private:
  const StudyOptions& o_;
  RankGroup& ranks_;
  const EvaluatedSet set_;
  const ModelSession session_;
  std::int64_t left_out_ = 0;
  double seconds_ = 0;
};

}  // namespace saccade
