// The numbers of a map's faithfulness by name, and what a difference in each means.
#pragma once

#include <string>
#include <vector>

#include "saccade/study/faith_record.h"

namespace saccade {

struct FaithMeasure {
  std::string name;   // "deletion_noise"
  std::string words;  // "deletion, noise"
  bool higher_is_better = true;
  bool decides =
      false;  // whether an edge in it counts: what happens to the detection, not where the map lies
  bool is_form = false;  // another form of a measure that decides: in the files, not in the table
};

// Of maps. Areas under D-RISE's score within the box's area (deletion_noise, deletion_blur, insertion), the same over the
// whole image (_image), where they were followed beyond the box, of ODAM's score (_odam), both (_odam_image); pointing_box, energy_box, pointing_mask, energy_mask,
// compactness, other_objects, mask_iou_mean, mask_iou_best.
const std::vector<FaithMeasure>& map_measures();
// Of orders of points: point_deletion, point_deletion_drop, point_insertion; the same of ODAM's score (_odam).
const std::vector<FaithMeasure>& point_measures();

// Of one map or order of a record, in the order of the lists above; NaN where there is nothing to measure.
std::vector<double> map_values(const FaithRecord& record, std::size_t map);
std::vector<double> point_values(const FaithRecord& record, std::size_t order,
                                 const FaithPlan& plan);

}  // namespace saccade
