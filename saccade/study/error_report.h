// Mined errors as text, JSON, CSV and a picture.
#pragma once

#include <string>

#include "saccade/data/coco.h"
#include "saccade/data/coco_results.h"
#include "saccade/render/errors_figure.h"
#include "saccade/study/error_mining.h"
#include "saccade/study/study_source.h"

namespace saccade {

struct ErrorReport {
  const CocoDataSet* data = nullptr;  // these must outlive the report
  const CocoResults* results = nullptr;
  ErrorStudy study;
  MiningOptions options;
  StudySource source;
  std::int64_t images = 0;  // evaluated
};

// Of each type: how many, what they cost, and where attention differs significantly from true positives.
std::string errors_text(const ErrorReport& report);
// Everything but the single rows, which the images name by their place in errors.csv (from 0).
std::string errors_json(const ErrorReport& report);
// type,file_name,category,score,query,iou,truth_category,x,y,width,height,radius,entropy,in_box,outside_image,level0...: the box
// is the result's; of a missed truth that nothing overlaps the truth's. Empty where there is nothing.
std::string errors_csv(const ErrorReport& report);
ErrorsFigure errors_figure(const ErrorReport& report);

}  // namespace saccade
