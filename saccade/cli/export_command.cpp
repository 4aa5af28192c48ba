// saccade export.
#include "saccade/cli/export_command.h"

#include <charconv>
#include <iostream>

#include "saccade/cli/output_files.h"
#include "saccade/cli/program_files.h"
#include "saccade/core/error.h"
#include "saccade/core/json_array.h"
#include "saccade/export/export_onnx.h"
#include "saccade/model/placed_model.h"

namespace saccade {
namespace {

// "640x380" -> width and height.
ImageSize image_size_of(const std::string& text) {
  constexpr int kMost = 65535;
  ImageSize size;
  const char* const end = text.data() + text.size();
  const auto [x, first] = std::from_chars(text.data(), end, size.width);
  const bool has_x = first == std::errc{} && x != end && *x == 'x';
  const auto [rest, second] = std::from_chars(has_x ? x + 1 : end, end, size.height);
  const auto fits = [](int side) { return side > 0 && side <= kMost; };
  if (!has_x || second != std::errc{} || rest != end || !fits(size.width) || !fits(size.height))
    throw UsageError("--image-size: expected WIDTHxHEIGHT in pixels, such as 640x480, not '" +
                     text + "'");
  return size;
}

void print(const ExportOptions& o, const LoadedModel& model, ImageSize input) {
  const ModelConfig& config = model.detector->config();
  if (o.json) {
    JsonWriter json;
    json.begin_object().member("file", o.out).member("opset", 17);
    const auto shape = [&](const char* name, const std::vector<std::int64_t>& sizes) {
      add_array(json, name, sizes);
    };
    shape("pixels", {o.batch, 3, input.height, input.width});
    shape("pred_logits", {o.batch, config.num_queries, config.num_classes});
    shape("pred_boxes", {o.batch, config.num_queries, 4});
    std::cout << json.end_object().text() << "\n";
  } else if (!o.quiet) {
    std::cout << "wrote " << o.out << ": pixels [" << o.batch << ", 3, " << input.height << ", "
              << input.width << "] -> pred_logits [" << o.batch << ", " << config.num_queries
              << ", " << config.num_classes << "], pred_boxes [" << o.batch << ", "
              << config.num_queries << ", 4]\n";
  }
}

}  // namespace

int run_export(const ExportOptions& o) {
  const ImageSize image = image_size_of(o.image_size);
  refuse_to_replace(o.out, o.overwrite);
  const LoadedModel model = load_model(weights_file(o.weights), {.size = o.size});
  const bool is_plain = model.detector->config().family == ModelFamily::kDetr;
  if (is_plain && o.op == "tensorrt")
    throw UsageError("--op tensorrt is about deformable attention, which a plain DETR lacks");
  const ImageSize input = resized_size(image, model.size);
  export_onnx(model,
              {.input = input,
               .batch = o.batch,
               .form = o.op == "tensorrt" ? OnnxOperator::kTensorRt : OnnxOperator::kGridSample,
               .version = SACCADE_VERSION},
              o.out);
  print(o, model, input);
  return 0;
}

}  // namespace saccade
