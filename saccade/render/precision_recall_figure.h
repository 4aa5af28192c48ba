// Precision over recall: all classes at several IoU thresholds, and each class.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/render/figure_file.h"

namespace saccade {

struct PrecisionOfClass {
  std::string name;
  // [T, R]: precision at each IoU threshold and recall threshold, 0 to 1; -1 where the class has no
  // true box (then everywhere).
  std::vector<double> precision;
};

struct PrecisionRecallFigure {
  std::string title = "Precision and recall", subtitle;
  std::vector<double> iou_thresholds;     // T, ascending, such as 0.50 to 0.95
  std::vector<double> recall_thresholds;  // R, ascending, such as 0 to 1 in steps of 0.01
  std::vector<PrecisionOfClass> classes;
  std::string
      source;  // of the numbers: "84 images of val, 100 detections each"; part of the caption
  std::string model;  // name for the end of the caption; empty: none
};

// Mean over recall, and over the classes with true boxes; NaN where there is none. `iou` is an index,
// -1 the mean over all thresholds.
double average_precision(const PrecisionRecallFigure& figure, int iou);

// A double-column page: left the means over classes at IoU 0.50, 0.75 (where there are such thresholds)
// and their mean over all thresholds; right every class at the lowest threshold, with names where there
// are at most 8 classes. Throws Error where the sizes do not fit; as write_page.
void draw_precision_recall_figure(const PrecisionRecallFigure& figure,
                                  const std::filesystem::path& out, const FigureRecord& record);

}  // namespace saccade
