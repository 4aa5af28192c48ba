// The precision-recall picture of an evaluation.
#include "saccade/cli/eval_plot.h"

#include "saccade/cli/figure_provenance.h"
#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/precision_recall_figure.h"

namespace saccade {
namespace {

PrecisionOfClass precision_of(const CocoEvaluation& evaluation, int k, const std::string& name) {
  PrecisionOfClass of{.name = name};
  for (int t = 0; t < kNumIouThresholds; ++t) {
    const auto curve =
        evaluation.arrays.precision_curve({.t = t, .k = k, .a = kAllAreas, .m = kMost});
    of.precision.insert(of.precision.end(), curve.begin(), curve.end());
  }
  return of;
}

}  // namespace

void draw_eval_plot(const CocoDataSet& data, const CocoEvaluation& evaluation,
                    const EvalSource& source, const std::filesystem::path& out,
                    const std::string& seed) {
  PrecisionRecallFigure figure;
  figure.subtitle = data.path().stem().string();
  figure.iou_thresholds.assign(iou_thresholds().begin(), iou_thresholds().end());
  figure.recall_thresholds.assign(recall_thresholds().begin(), recall_thresholds().end());
  for (std::size_t k = 0; k < data.categories().size(); ++k)
    figure.classes.push_back(
        precision_of(evaluation, static_cast<int>(k), data.categories()[k].name));
  figure.source = text_of(
      count_text(evaluation.images.size(), "image"), " of ", data.path().filename().string(), ", ",
      source.model.empty() ? "detections of " + source.name : "at most 100 detections each");
  figure.model = source.model;
  draw_precision_recall_figure(figure, out, figure_record(source.weights_sha256, seed));
}

}  // namespace saccade
