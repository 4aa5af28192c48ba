// A detection and everything that `faith` measures of its maps.
#include "saccade/study/faith_meter.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>

#include "saccade/explain/intervener.h"
#include "saccade/model/inference.h"
#include "saccade/model/postprocess.h"
#include "saccade/op/transfer.h"
#include "saccade/study/map_metrics.h"
#include "saccade/study/point_removal.h"
#include "saccade/explain/repeated_queries.h"
#include "saccade/study/weight_similarity.h"

namespace saccade {
namespace {

MapPlace place_of(const SaliencyMap& map, const FaithTarget& target, const FaithTruth& truth,
                  MapPlace unknown) {
  const RegionMask box = box_region(target.box, map.width, map.height);
  MapPlace place = unknown;
  place.pointing_box = pointing(map, box);
  place.energy_box = energy_share(map, box);
  place.compactness = compactness(map, std::hypot(target.box.width(), target.box.height()) / 2);
  place.other_objects = other_objects_share(map, box, truth.others);
  if (!truth.mask) return place;
  place.pointing_mask = pointing(map, *truth.mask);
  place.energy_mask = energy_share(map, *truth.mask);
  const MaskOverlap overlap = mask_overlap(map, *truth.mask);
  place.mask_iou_mean = overlap.mean, place.mask_iou_best = overlap.best;
  return place;
}

// What the box covers of the image, at least a pixel of the network's input for each step within it.
double box_share_of(const FaithImage& image, const FaithTarget& target, int steps) {
  const BoxXyxy box = clip_box(target.box, image.size.width, image.size.height);
  const double area = static_cast<double>(image.size.width) * image.size.height;
  const auto pixels = static_cast<double>(image.pixels.size(2) * image.pixels.size(3));
  return std::clamp(std::max(box.area() / area, steps / pixels), 0.0, 1.0);
}

}  // namespace

FaithMeter::FaithMeter(const LoadedModel& model, const std::vector<Intervention>& interventions,
                       const FaithOptions& options)
    : model_(model), interventions_(interventions), options_(options) {}

// The queries are those of the image as it is: of two stages, proposals chosen anew from every changed image would tell of the
// choice, in which what maps explain has no part.
ModelOutput FaithMeter::run(const FaithImage& image, const at::Tensor& pixels,
                            const DecoderState* queries) const {
  const InferenceScope scope(model_);
  const Detector& detector = *model_.detector;
  const std::int64_t count = pixels.size(0);
  Intervener intervener(interventions_);
  intervener.on_images(
      std::vector<OriginalSize>(static_cast<std::size_t>(count), image.original()));
  AttentionHook* const hook = interventions_.empty() ? nullptr : &intervener;
  const Memory memory =
      detector.encode(to_device(pixels, detector.device()), image.mask(count), hook);
  ModelOutput output;
  // What an intervention on the output tells plain DETR by; decoder_start() sets it for new queries.
  if (queries != nullptr)
    output.init_reference = repeated_queries(*queries, count).reference_points;
  detector.decode_from(memory,
                       queries != nullptr ? repeated_queries(*queries, count)
                                          : detector.decoder_start(memory, output),
                       hook, output);
  return on_cpu(std::move(output));
}

DecoderState FaithMeter::queries_of(const FaithImage& image) const {
  const InferenceScope scope(model_);
  const Detector& detector = *model_.detector;
  Intervener intervener(interventions_);
  intervener.on_images({image.original()});
  ModelOutput output;
  return detector.decoder_start(
      detector.encode(to_device(image.pixels, detector.device()), image.mask(), &intervener),
      output);
}

std::vector<FaithTarget> FaithMeter::detections(const FaithImage& image,
                                                const std::vector<int>& category_of) const {
  const c10::InferenceMode no_gradients;
  const ModelOutput output = run(image, image.pixels, nullptr);
  const auto found =
      to_detections(postprocess(model_.detector->config().family, output.pred_logits[-1][0],
                                output.pred_boxes[-1][0], image.size.width, image.size.height),
                    model_.classes);
  std::vector<FaithTarget> targets;
  for (const Detection& d : found)
    if (category_of[static_cast<std::size_t>(d.label)] >= 0)
      targets.push_back(
          {image.image, image.size.width, image.size.height, d.query, d.label, d.score, d.box});
  return targets;
}

const FaithMeter::Shared& FaithMeter::shared(const FaithImage& image) {
  if (shared_ && shared_->image == image.image) return *shared_;
  const PixelBaselines baselines =
      pixel_baselines(image.pixels, draw_seed(FaithDraw::kNoise, options_.seed, image.image));
  const at::Tensor ends = at::cat({image.pixels, baselines.noise, baselines.blurred});
  const DecoderState queries = queries_of(image);
  shared_ = Shared{image.image, baselines, queries, run(image, ends, &queries)};
  return *shared_;
}

std::vector<SaliencyMap> FaithMeter::measure_maps(FaithRecord& record, const FaithSubject& subject,
                                                  const FaithTruth& truth) {
  const FaithPlan& plan = options_.plan;
  const ModelFamily family = model_.detector->config().family;
  const FaithImage& image = subject.image();
  const Shared& shared = this->shared(image);
  const auto ends = target_scores(family, shared.ends, subject.score());
  const ImageScorer score = [&](const at::Tensor& images) {
    return target_scores(family, run(image, images, &shared.queries), subject.score());
  };
  std::vector<SaliencyMap> coarse;
  for (std::size_t m = 0; m < plan.maps.size(); ++m) {
    const SaliencyMap map = subject.map(plan.maps[m]);
    if (m < plan.methods()) coarse.push_back(coarse_map(map));
    record.places[m] = place_of(map, subject.target(), truth, record.places[m]);
    record.pixels[m] = removal_scores(image.pixels, shared.baselines, {ends[0], ends[1], ends[2]},
                                      subject.pixel_order(plan.maps[m], map), record.shares, score,
                                      options_.batch_size);
  }
  return coarse;
}

void FaithMeter::measure_points(FaithRecord& record, const FaithSubject& subject) const {
  const FaithPlan& plan = options_.plan;
  if (plan.point_orders.empty()) return;
  const FaithImage& image = subject.image();
  const PointRemover remover(model_, image.pixels, image.mask(), image.original(), interventions_);
  for (std::size_t o = 0; o < plan.point_orders.size(); ++o)
    record.points[o] =
        remover.scores(subject.target().query, subject.score(),
                       subject.point_order(plan.point_orders[o],
                                           model_.detector->config().dec_layers, remover.points()),
                       plan.point_shares());
}

void FaithMeter::check_sanity(FaithRecord& record, const FaithSubject& subject,
                              const std::vector<SaliencyMap>& maps) const {
  const FaithPlan& plan = options_.plan;
  const std::vector<std::string> methods(plan.maps.begin(),
                                         plan.maps.begin() + std::ssize(record.cascade));
  const FaithImage& image = subject.image();
  const SimilaritySubject of{model_,
                             interventions_,
                             image.pixels,
                             image.mask(),
                             image.original(),
                             subject.wanted(),
                             subject.score().detection.box_cxcywh,
                             subject.options()};
  const auto put = [&](auto& all, std::size_t stage, const std::vector<WeightPart>& parts) {
    const auto alike = similarities(of, methods, maps, parts, options_.seed);
    for (std::size_t m = 0; m < methods.size(); ++m) all[m][stage] = alike[m];
  };
  std::vector<WeightPart> above;
  for (std::size_t stage = 0; stage < plan.parts.size(); ++stage) {
    above.push_back(options_.parts[stage]);
    put(record.cascade, stage, above);
    if (stage > 0) {
      put(record.independent, stage, {options_.parts[stage]});
    } else {  // the heads alone are both
      for (std::size_t m = 0; m < methods.size(); ++m)
        record.independent[m][0] = record.cascade[m][0];
    }
  }
}

FaithRecord FaithMeter::measure(const FaithImage& image, const FaithTarget& target,
                                const FaithTruth& truth, bool checks_sanity) {
  const FaithSubject subject(model_, interventions_, image, target, options_.seed);
  FaithRecord record = empty_record(options_.plan);
  record.box_share = box_share_of(image, target, options_.plan.steps.within);
  record.shares = removal_shares(record.box_share, options_.plan.steps);
  const std::vector<SaliencyMap> maps = measure_maps(record, subject, truth);
  measure_points(record, subject);
  if (checks_sanity) check_sanity(record, subject, maps);
  return record;
}

}  // namespace saccade
