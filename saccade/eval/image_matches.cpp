// One image's matches, without the curves of a whole evaluation.
#include "saccade/eval/image_matches.h"

#include "saccade/eval/records_by_category.h"
#include "saccade/eval/tide.h"

namespace saccade {
namespace {

CocoEvaluation matched(const CocoDataSet& data, const CocoResults& results, int image) {
  const std::vector<int> images = {image};
  const RecordsByCategory records(data, results, images);
  const auto iou = make_iou_source(IouType::kBox, data, results);
  CocoEvaluation evaluation{.images = images};
  evaluation.matches.resize(data.categories().size());
  for (int category = 0; category < records.num_categories(); ++category)
    match_category(data, results, *iou, records.of(category), {},
                   evaluation.matches[static_cast<std::size_t>(category)]);
  return evaluation;
}

}  // namespace

std::vector<ImageMatch> match_image(const CocoDataSet& data, int image,
                                    std::vector<CocoDetection> detections) {
  const CocoResults results{.detections = std::move(detections)};
  const CocoEvaluation evaluation = matched(data, results, image);
  const auto of_image = data.annotations_of(image);
  const auto first = static_cast<std::int32_t>(of_image.data() - data.annotations().data());
  std::vector<ImageMatch> matches(results.detections.size());
  for (const CategoryMatches& category : evaluation.matches)
    for (const RankedDetection& d : category.detections)
      if (category.is_true_positive(d, kIou50, kAllAreas))
        matches[static_cast<std::size_t>(d.index)] = {
            ImageMatch::kHit, category.matches[d.match].annotation[kIou50] - first};
  const TideResult tide =
      tide_errors(data, results, evaluation, {.keep_errors = true, .threads = 1});
  for (const TideError& error : tide.errors) {
    if (error.detection < 0) continue;
    matches[static_cast<std::size_t>(error.detection)] = {
        static_cast<ImageMatch::Kind>(ImageMatch::kCls + static_cast<int>(error.type)),
        error.truth < 0 ? -1 : error.truth - first};
  }
  return matches;
}

}  // namespace saccade
