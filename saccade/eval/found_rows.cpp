// A model's raw outputs for an image as rows of a data set's results.
#include "saccade/eval/found_rows.h"

#include "saccade/model/postprocess.h"

namespace saccade {
namespace {

// Box corners as the official code keeps them: float32, sizes as float32 differences.
FoundRow row_of(const Detection& d, int image, int category) {
  const float x0 = static_cast<float>(d.box.x0), y0 = static_cast<float>(d.box.y0);
  const float width = static_cast<float>(d.box.x1) - x0;
  const float height = static_cast<float>(d.box.y1) - y0;
  return {.detection = {.image = image,
                        .category = category,
                        .score = d.score,
                        .box = {x0, y0, width, height}},
          .query = d.query};
}

}  // namespace

std::vector<FoundRow> found_rows(const LoadedModel& model, const std::vector<int>& category_of,
                                 const at::Tensor& logits, const at::Tensor& boxes_cxcywh,
                                 const OutputImage& image) {
  const ImageResults results = postprocess(model.detector->config().family, logits, boxes_cxcywh,
                                           image.size.width, image.size.height);
  std::vector<FoundRow> rows;
  for (const Detection& d : to_detections(results, model.classes)) {
    const int category = d.label < static_cast<int>(category_of.size()) ? category_of[d.label] : -1;
    if (category >= 0) rows.push_back(row_of(d, image.image, category));
  }
  return rows;
}

}  // namespace saccade
