// -x at work over a data set.
#include "saccade/cli/set_interventions.h"

namespace saccade {

SetInterventions::SetInterventions(const ModelInterventions& given, const LoadedModel& model,
                                   const CocoDataSet& data, const std::filesystem::path& images,
                                   const std::vector<EvalImage>& set, bool skip_broken)
    : given_(given), donors_(model, data, images, set, skip_broken), all_(given.all()) {
  donors_.join(all_);
}

void SetInterventions::join(ModelRunOptions& options, AttentionHook* next) {
  options.hook = next;
  if (all_.empty()) return;
  options.hook = &intervener_.emplace(all_, next);
  options.before = [this](const LoadedBatch& batch, const at::Tensor& mask) {
    given_.run_donors(batch.pixels, mask);
    donors_.run_for(batch.images);
  };
}

}  // namespace saccade
