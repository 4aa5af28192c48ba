// -x at work over a data set.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "saccade/eval/model_run.h"
#include "saccade/explain/intervener.h"
#include "saccade/explain/model_interventions.h"
#include "saccade/study/set_donors.h"

namespace saccade {

class SetInterventions {
 public:
  // All of them must outlive this; `set` is what is evaluated. Throws Error: an image that another is to stand in for has
  // no other (SetDonors).
  SetInterventions(const ModelInterventions& given, const LoadedModel& model,
                   const CocoDataSet& data, const std::filesystem::path& images,
                   const std::vector<EvalImage>& set, bool skip_broken);
  SetInterventions(const SetInterventions&) = delete;

  // Makes the run's forward passes those with the interventions; `next` may watch.
  void join(ModelRunOptions& options, AttentionHook* next = nullptr);

 private:
  const ModelInterventions& given_;
  SetDonors donors_;
  std::vector<Intervention> all_;
  std::optional<Intervener> intervener_;
};

}  // namespace saccade
