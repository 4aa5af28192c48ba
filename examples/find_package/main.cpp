// Detects the objects of a photograph and says, for each, which place weighed most in the last decoder layer.
//
//   where_it_looked WEIGHTS IMAGE
#include <ATen/ATen.h>

#include <cstdio>
#include <exception>

#include "saccade/core/error.h"
#include "saccade/image/decode.h"
#include "saccade/image/preprocess.h"
#include "saccade/model/attention_hook.h"
#include "saccade/model/inference.h"
#include "saccade/model/load_model.h"
#include "saccade/model/postprocess.h"

namespace {

// Keeps what the last decoder layer's cross-attention looked at. A hook may change it as well.
class LastLook : public saccade::AttentionHook {
 public:
  explicit LastLook(int last_layer) : last_layer_(last_layer) {}

  void on_deformable(saccade::DeformableAttentionCall& call) override {
    locations = call.sampling_locations[0];  // [Q, M, L, P, 2], fraction of the padded input
    weights = call.attention_weights[0];     // [Q, M, L, P]
  }
  bool wants_deformable(saccade::AttentionSite site, int layer) const override {
    return site == saccade::AttentionSite::kDecoderCross && layer == last_layer_;
  }

  at::Tensor locations, weights;

 private:
  const int last_layer_;
};

void run(const char* weights, const char* file) {
  const saccade::LoadedModel model = saccade::load_model(weights);
  const saccade::ModelConfig& config = model.detector->config();
  if (config.family != saccade::ModelFamily::kDeformableDetr)
    throw saccade::Error("this example wants Deformable DETR, whose attention looks at points");

  const saccade::Image image = saccade::read_image(file, /*apply_exif=*/true);
  const auto size = saccade::resized_size({image.width, image.height}, model.size);
  const auto input = saccade::batch_of_one(saccade::resize_to_normalised(image, size));
  LastLook look(config.dec_layers - 1);
  const auto output = saccade::on_cpu(saccade::infer(model, input.pixels, input.mask, &look));

  const auto results = saccade::postprocess(config.family, output.pred_logits[-1][0],
                                            output.pred_boxes[-1][0], image.width, image.height);
  for (const saccade::Detection& found : saccade::to_detections(results, model.classes)) {
    if (found.score < 0.5) break;  // they come by falling score
    const at::Tensor point_weights = look.weights[found.query].flatten();
    const auto best = point_weights.argmax().item<std::int64_t>();
    const at::Tensor place = look.locations[found.query].flatten(0, -2)[best];
    // From a fraction of the input, padding included, over its pixels to those of the photograph.
    const double to_image = static_cast<double>(image.width) / size.width;
    std::printf("%-14s %.3f  box %.0f,%.0f to %.0f,%.0f  weighs most: %.0f,%.0f (%.0f %%)\n",
                model.classes.name(found.label).c_str(), found.score, found.box.x0, found.box.y0,
                found.box.x1, found.box.y1,
                place[0].item<double>() * static_cast<double>(input.pixels.size(3)) * to_image,
                place[1].item<double>() * static_cast<double>(input.pixels.size(2)) * to_image,
                100 * point_weights[best].item<double>());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: where_it_looked WEIGHTS IMAGE\n");
    return 2;
  }
  try {
    run(argv[1], argv[2]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "where_it_looked: %s\n", error.what());
    return 1;
  }
}
