// A detection and everything that `faith` measures of its maps.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "saccade/explain/intervention.h"
#include "saccade/model/load_model.h"
#include "saccade/study/faith_subject.h"
#include "saccade/study/faith_truth.h"
#include "saccade/study/pixel_removal.h"
#include "saccade/study/weight_reset.h"

namespace saccade {

struct FaithOptions {
  FaithPlan plan;
  std::uint64_t seed = 0;         // of noise, random orders, ties and weights that are drawn anew
  std::vector<WeightPart> parts;  // of plan.parts
  int batch_size = 4;             // perturbed images that go through the network together
};

class FaithMeter {
 public:
  // `interventions` hold in every run; none is a patch. All of them must outlive this.
  FaithMeter(const LoadedModel& model, const std::vector<Intervention>& interventions,
             const FaithOptions& options);

  // All detections of an image (postprocess()) of classes that are in the data set: category_of[class] is not negative.
  std::vector<FaithTarget> detections(const FaithImage& image,
                                      const std::vector<int>& category_of) const;

  // Depends on image, target, truth and options alone, not on what was measured before. Not within c10::InferenceMode.
  FaithRecord measure(const FaithImage& image, const FaithTarget& target, const FaithTruth& truth,
                      bool checks_sanity);

 private:
  // What maps of one image share.
  struct Shared {
    int image = 0;
    PixelBaselines baselines;
    DecoderState queries;
    ModelOutput ends;  // of the image as it is, all noise, all blurred
  };
  const Shared& shared(const FaithImage& image);
  // Returns the maps of the methods, coarse (weight_similarity.h).
  std::vector<SaliencyMap> measure_maps(FaithRecord& record, const FaithSubject& subject,
                                        const FaithTruth& truth);
  void measure_points(FaithRecord& record, const FaithSubject& subject) const;
  void check_sanity(FaithRecord& record, const FaithSubject& subject,
                    const std::vector<SaliencyMap>& maps) const;
  DecoderState queries_of(const FaithImage& image) const;
  ModelOutput run(const FaithImage& image, const at::Tensor& pixels,
                  const DecoderState* queries) const;  // null: the images' own

  const LoadedModel& model_;
  const std::vector<Intervention>& interventions_;
  const FaithOptions& options_;
  std::optional<Shared> shared_;
};

}  // namespace saccade
