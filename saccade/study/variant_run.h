// A model and many variants of it, each a set of interventions, over a data set.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "saccade/dist/rank_group.h"
#include "saccade/eval/eval_images.h"
#include "saccade/explain/intervention.h"
#include "saccade/model/load_model.h"
#include "saccade/study/variant_store.h"

namespace saccade {

struct VariantRunOptions {
  int num_workers = 2;            // threads that decode ahead
  bool skip_broken = false;       // leave out an image that cannot be decoded instead of throwing
  bool quiet = false;             // no progress
  std::string name = "variants";  // ranks exchange under it: each run of a job needs its own
};

struct VariantRun {
  std::vector<ImageProblem> left_out;  // images left out while running (skip_broken); on rank 0
  double seconds = 0;                  // of this run alone
  std::int64_t images = 0;             // run now, by all ranks; the rest was there
};

// Runs what `store` lacks of the `chosen` images and puts it there. Only rank 0 has a store, elsewhere it is null; it
// grows while the ranks run. An image's memory is computed once and decoded for all variants that leave it alone.
// Throws Error: an image that cannot be decoded, a class head that names no category, a rank that is gone.
VariantRun run_variants(const LoadedModel& model, const CocoDataSet& data,
                        const std::filesystem::path& images, const std::vector<EvalImage>& chosen,
                        std::span<const std::vector<Intervention>> variants, VariantStore* store,
                        const VariantRunOptions& options, RankGroup& ranks);

}  // namespace saccade
