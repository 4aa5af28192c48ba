// The parameters of COCO's box and mask protocol: thresholds, area ranges, detections per image.
#pragma once

#include <array>
#include <cstdint>

namespace saccade {

inline constexpr int kNumIouThresholds = 10;      // 0.50 to 0.95
inline constexpr int kNumRecallThresholds = 101;  // 0 to 1
inline constexpr int kNumAreaRanges = 4;          // all, small, medium, large
inline constexpr int kNumMaxDetections = 3;       // 1, 10, 100

inline constexpr int kAllAreas = 0;                   // index of the range `all`
inline constexpr int kMost = 2;                       // index of 100 detections
inline constexpr int kIou50 = 0, kIou75 = 5;          // indices of thresholds
inline constexpr int kMaxDetectionsPerImage = 100;    // of one category
inline constexpr double kMatchCeiling = 1.0 - 1e-10;  // an IoU of 1 passes every threshold

// One bit per IoU threshold.
using IouBits = std::uint16_t;
inline constexpr IouBits kAllIouBits = (1u << kNumIouThresholds) - 1;

struct AreaRange {
  const char* name;
  double low, high;  // square pixels; both ends belong to it
};

inline constexpr std::array<AreaRange, kNumAreaRanges> kAreaRanges = {
    {{"all", 0, 1e10}, {"small", 0, 1024}, {"medium", 1024, 9216}, {"large", 9216, 1e10}}};
inline constexpr std::array<int, kNumMaxDetections> kMaxDetections = {1, 10, 100};

// numpy.linspace(0.5, 0.95, 10) and numpy.linspace(0, 1, 101), to the bit.
const std::array<double, kNumIouThresholds>& iou_thresholds();
const std::array<double, kNumRecallThresholds>& recall_thresholds();

// Bit a is set where `area` lies in area range a.
std::uint8_t area_range_bits(double area);

}  // namespace saccade
