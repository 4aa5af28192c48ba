// The numbers of a map's faithfulness by name.
#include "saccade/study/faith_measures.h"

#include <algorithm>
#include <limits>

namespace saccade {
namespace {

enum class Score { kIouCos, kSameClass };

RemovalCurve curve_of(const std::vector<double>& shares, const std::vector<TargetScore>& scores,
                      Score which) {
  RemovalCurve curve{.shares = shares};
  for (const TargetScore& score : scores)
    curve.scores.push_back(which == Score::kIouCos ? score.iou_cos : score.same_class);
  return curve;
}

// Whether the curve was followed between the box's area and the whole image.
bool goes_beyond_box(const FaithRecord& record) {
  return record.box_share >= 1 ||
         std::any_of(record.shares.begin(), record.shares.end(), [&](double share) {
           return share > record.box_share * (1 + 1e-9) && share < 1;
         });
}

std::vector<FaithMeasure> measures_of_maps() {
  const FaithMeasure removals[] = {{"deletion_noise", "deletion, noise", false, true},
                                   {"deletion_blur", "deletion, blur", false, true},
                                   {"insertion", "insertion", true, true}};
  std::vector<FaithMeasure> all(std::begin(removals), std::end(removals));
  const auto add = [&](const char* suffix, const char* words) {
    for (const FaithMeasure& m : removals)
      all.push_back({m.name + suffix, m.words + words, m.higher_is_better, false, true});
  };
  add("_image", ", whole image");
  add("_odam", ", ODAM's score");
  add("_odam_image", ", ODAM's score, whole image");
  all.push_back({"pointing_box", "pointing game, box", true});
  all.push_back({"energy_box", "energy in the box", true});
  all.push_back({"pointing_mask", "pointing game, mask", true});
  all.push_back({"energy_mask", "energy in the mask", true});
  all.push_back({"compactness", "compactness", false});
  all.push_back({"other_objects", "other objects (ODI)", false});
  all.push_back({"mask_iou_mean", "mask IoU, mean of thresholds", true});
  all.push_back({"mask_iou_best", "mask IoU, best threshold", true});
  return all;
}

std::vector<FaithMeasure> measures_of_points() {
  const FaithMeasure removals[] = {
      {"point_deletion", "points deleted, weight shared out", false, true},
      {"point_deletion_drop", "points deleted, weight dropped", false, true},
      {"point_insertion", "points inserted", true, true}};
  std::vector<FaithMeasure> all(std::begin(removals), std::end(removals));
  for (const FaithMeasure& m : removals)
    all.push_back({m.name + "_odam", m.words + ", ODAM's score", m.higher_is_better, false, true});
  return all;
}

}  // namespace

const std::vector<FaithMeasure>& map_measures() {
  static const std::vector<FaithMeasure> all = measures_of_maps();
  return all;
}

const std::vector<FaithMeasure>& point_measures() {
  static const std::vector<FaithMeasure> all = measures_of_points();
  return all;
}

std::vector<double> map_values(const FaithRecord& record, std::size_t map) {
  std::vector<double> values;
  const bool beyond = goes_beyond_box(record);
  for (const Score which : {Score::kIouCos, Score::kSameClass})
    for (const double end : {record.box_share, 1.0})
      for (const auto& scores : record.pixels[map])
        values.push_back(end < 1 || beyond ? curve_of(record.shares, scores, which).auc(end)
                                           : std::numeric_limits<double>::quiet_NaN());
  const MapPlace& p = record.places[map];
  values.insert(values.end(), {p.pointing_box, p.energy_box, p.pointing_mask, p.energy_mask,
                               p.compactness, p.other_objects, p.mask_iou_mean, p.mask_iou_best});
  return values;
}

std::vector<double> point_values(const FaithRecord& record, std::size_t order,
                                 const FaithPlan& plan) {
  std::vector<double> values;
  for (const Score which : {Score::kIouCos, Score::kSameClass})
    for (const auto& scores : record.points[order])
      values.push_back(curve_of(plan.point_shares(), scores, which).auc());
  return values;
}

}  // namespace saccade
