// One image through a loaded model, and what its queries found.
#include "saccade/explain/image_run.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "saccade/core/error.h"
#include "saccade/core/nearest_word.h"
#include "saccade/explain/intervener.h"
#include "saccade/model/inference.h"
#include "saccade/model/postprocess.h"

namespace saccade {

ModelOutput run_image(const LoadedModel& model, const PreparedImage& image,
                      const ModelInterventions& changes, AttentionHook* hook) {
  if (changes.empty()) return on_cpu(infer(model, image.pixels, image.mask, hook));
  changes.run_donors(image.pixels, image.mask);
  Intervener intervener(changes.all(), hook);
  intervener.on_images({image.original()});
  return on_cpu(infer(model, image.pixels, image.mask, &intervener));
}

std::vector<Detection> best_detections(const LoadedModel& model, const ModelOutput& output,
                                       OriginalSize original) {
  const c10::InferenceMode no_gradients;
  return to_detections(postprocess(model.detector->config().family, output.pred_logits[-1][0],
                                   output.pred_boxes[-1][0], original.width, original.height),
                       model.classes);
}

Detection query_after_layer(const LoadedModel& model, const ModelOutput& output, int layer,
                            int query, OriginalSize original) {
  const at::Tensor scores =
      probabilities(model.detector->config().family, output.pred_logits[layer][0][query]);
  const auto label = scores.argmax().item<std::int64_t>();
  const at::Tensor box = output.pred_boxes[layer][0][query].to(at::kDouble);
  const auto at_box = box.accessor<double, 1>();
  const auto [w, h] = original;
  return {.query = query,
          .label = static_cast<int>(label),
          .category_id = model.classes.category_id(label),
          .score = scores[label].item<double>(),
          .box = {(at_box[0] - at_box[2] / 2) * w, (at_box[1] - at_box[3] / 2) * h,
                  (at_box[0] + at_box[2] / 2) * w, (at_box[1] + at_box[3] / 2) * h}};
}

MatchedQuery match_query(const LoadedModel& model, const ModelOutput& output, const BoxXyxy& box,
                         OriginalSize original) {
  const int last = model.detector->config().dec_layers - 1;
  MatchedQuery best;
  double best_rank = -1;
  for (int q = 0; q < static_cast<int>(output.pred_logits.size(2)); ++q) {
    const Detection d = query_after_layer(model, output, last, q, original);
    const double iou = box_iou(d.box, box);
    // What matches comes before all that does not.
    const double rank = iou >= kMatchedIou ? 1 + iou * d.score : iou;
    if (rank <= best_rank) continue;
    best_rank = rank;
    best = {d, iou};
  }
  return best;
}

std::int64_t class_of_name(const ClassMap& classes, const std::string& name,
                           const std::string& option) {
  const auto label = classes.find(name);
  if (label >= 0) return label;
  std::vector<std::string> names;
  for (const auto& [id, known] : classes.names()) names.push_back(known);
  const std::string nearest = nearest_word(name, names);
  throw UsageError(text_of(option, " ", name, ": this model knows no such class",
                           nearest.empty() ? "" : "; did you mean " + nearest + "?"));
}

}  // namespace saccade
