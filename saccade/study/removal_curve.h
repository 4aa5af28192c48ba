// What is left of a detection as more and more is removed, and the area under it. explain.md 4.2.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace saccade {

// How much of a detection is left in another output.
struct TargetScore {
  // D-RISE: the largest IoU(box, target's box) * cos(classes, target's classes) over all outputs.
  double iou_cos = 0;
  // ODAM: the largest score of the target's class among outputs with an IoU above 0.5; 0 where there is none.
  double same_class = 0;
};

// Deletion: the most salient pixels become noise, or the blurred image; insertion: the blurred image gets them back.
enum class PixelRemoval { kDeletionNoise, kDeletionBlur, kInsertion };
inline constexpr int kPixelRemovals = 3;

// Of sampling points. Deletion takes the highest away; renorm: those that are left of a head share out its weight, drop: they
// keep theirs. Insertion leaves the highest alone, which share out the head's weight. A head without points gives 0.
enum class PointRemoval { kDeletionRenorm, kDeletionDrop, kInsertion };
inline constexpr int kPointRemovals = 3;

// [kinds][shares removed]
using RemovalScores = std::vector<std::vector<TargetScore>>;

// How many of `all` are removed at a share of them.
std::int64_t removed_count(double share, std::int64_t all);

// (sum s_i - s_0 / 2 - s_n / 2) / n of the n + 1 values of n equal steps. Throws Error: fewer than two values.
double curve_auc(std::span<const double> scores);

// A curve that is known at some shares of what can be removed, ascending from 0.
struct RemovalCurve {
  std::vector<double> shares;
  std::vector<double> scores;

  // Straight between neighbours. Throws Error: no point, other numbers of either, shares that fall.
  double at(double share) const;
  // curve_auc() in 100 steps from 0 to `end`.
  double auc(double end = 1) const;
};

// How the curve is followed.
struct RemovalSteps {
  // Evaluated within the object's box area, evenly: at 1/n, 2/n ... of it. ODAM's 100 steps evaluated every 10: n = 10.
  int within = 4;
  int beyond =
      2;  // evaluated between the box's area and the whole image, each so many times the one before
  void check() const;  // throws Error and names the field
};

// Shares of the image where the curve is evaluated: 0, `within` up to `box_share`, `beyond` above it, 1. `box_share`: the
// part of the image that the object's box covers, above 0 and at most 1. As many for every box: those of a box as large
// as the image lie on 1.
std::vector<double> removal_shares(double box_share, const RemovalSteps& steps);

}  // namespace saccade
