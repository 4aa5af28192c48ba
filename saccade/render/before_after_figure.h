// One photo detected twice, as the model is and with its attention changed: which boxes are lost, gained
// and kept.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/core/detection_changes.h"
#include "saccade/render/detection_figure.h"

namespace saccade {

struct BeforeAfterFigure {
  FigurePhoto photo;
  std::vector<NamedDetection> before, after;  // those above the threshold, by falling score
  std::vector<std::string> interventions;     // what was changed: "dec.*.cross.level0=off(renorm)"
  std::string meaning;                        // the same in words, for the caption; may be empty
  double threshold = 0.5;
  double min_iou = 0.5;  // of boxes that are the same object
};

// The table's rows: lost, gained, kept; each by falling change of score (a box lost or gained counts with
// its score).
std::vector<DetectionChange> before_after_rows(const BeforeAfterFigure& figure);

std::string before_after_caption(const BeforeAfterFigure& figure);

// A double-column page: left the boxes before, right those after and, dashed, the ones before; below a
// table whose rows number the boxes, at most 12. As write_page.
void draw_before_after_figure(const BeforeAfterFigure& figure, const std::filesystem::path& out,
                              const FigureRecord& record);

}  // namespace saccade
