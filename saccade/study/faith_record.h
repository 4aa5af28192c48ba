// What `faith` measures of one detection, as a row of numbers with a fixed place for each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saccade/core/boxes.h"
#include "saccade/study/removal_curve.h"

namespace saccade {

// Maps that know nothing of the model, which others are held against: cells in random order, and a Gaussian on the
// detection's own box.
inline constexpr char kRandomMap[] = "random", kBoxMap[] = "box";
// The order of points by their attention weights, which other orders are held against.
inline constexpr char kWeightOrder[] = "weights";

// What is measured of every detection.
struct FaithPlan {
  std::vector<std::string> maps;  // methods of attribution, then kBoxMap, kRandomMap
  std::vector<std::string>
      point_orders;    // methods that rank points, then kRandomMap; empty: no points
  RemovalSteps steps;  // of pixels
  int point_steps = 10;
  std::vector<std::string>
      parts;                  // of the weights, that sanity checks draw anew; empty: no such checks
  int sanity_detections = 0;  // that they are of

  std::size_t methods() const { return maps.size() - 2; }  // maps without the two controls
  // Shares of a query's points that are removed: 0 to 1.
  std::vector<double> point_shares() const;
};

// Where a map lies (map_metrics.h); NaN: there is no mask, no other object ...
struct MapPlace {
  double pointing_box, energy_box, pointing_mask, energy_mask, compactness, other_objects;
  double mask_iou_mean, mask_iou_best;
};

// How alike a map and that of weights drawn anew are; NaN where that was not measured.
struct MapSimilarity {
  double rank_correlation, structure;
};

struct FaithRecord {
  std::vector<double> shares;         // of the image, where removal was evaluated
  double box_share = 0;               // of the image, that the detection's box covers
  std::vector<MapPlace> places;       // of each map
  std::vector<RemovalScores> pixels;  // of each map: [PixelRemoval][shares]
  std::vector<RemovalScores> points;  // of each order: [PointRemoval][point_shares]
  // Of each method and part: all weights from the heads to this part drawn anew, and this part alone.
  std::vector<std::vector<MapSimilarity>> cascade, independent;
};

// With room for all of it; every number NaN.
FaithRecord empty_record(const FaithPlan& plan);
std::vector<double> to_numbers(const FaithRecord& record);
// Throws Error where there are too few or too many.
FaithRecord record_of(const std::vector<double>& numbers, const FaithPlan& plan);

// A detection that maps are made for.
struct FaithTarget {
  std::int32_t image = 0;              // index into the data set
  std::int32_t width = 0, height = 0;  // of the image, pixels
  std::int32_t query = 0, label = 0;
  double score = 0;
  BoxXyxy box;  // pixels of the original image
};

std::string target_bytes(const std::vector<FaithTarget>& targets);
void append_targets(std::vector<FaithTarget>& targets, const std::string& bytes);

// `count` of them (all where there are fewer), drawn evenly by the seed whatever their order, by image and falling score.
std::vector<FaithTarget> drawn_targets(std::vector<FaithTarget> all, int count, std::uint64_t seed);
// Of targets, which are those that drawn_targets() of this smaller count gives: spread over the images as all are, where the
// first of them lie on one.
std::vector<bool> first_drawn(const std::vector<FaithTarget>& targets, int count,
                              std::uint64_t seed);

}  // namespace saccade
