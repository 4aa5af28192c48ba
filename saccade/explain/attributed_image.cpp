// One image that attribution runs again and again.
#include "saccade/explain/attributed_image.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <numeric>

#include "saccade/core/error.h"
#include "saccade/explain/intervener.h"
#include "saccade/model/deformable_transformer.h"
#include "saccade/model/inference.h"
#include "saccade/op/box_ops.h"
#include "saccade/op/transfer.h"

namespace saccade {
namespace {

HeatLevel heat_level_of(const at::Tensor& map, const at::Tensor& valid_ratio) {
  const at::Tensor cells = map.to(at::kCPU, at::kDouble).contiguous();
  const double* const first = cells.const_data_ptr<double>();
  return {.shape = {cells.size(0), cells.size(1)},
          .cells = std::vector<double>(first, first + cells.numel()),
          .valid_x = valid_ratio[0].item<double>(),
          .valid_y = valid_ratio[1].item<double>()};
}

// Where an output stands in (cx, cy, w, h) or (x0, y0, x1, y1), and whether it is of the latter.
struct BoxNumber {
  bool is_side = false;
  std::int64_t index = 0;
  bool is_vertical() const { return index % 2 == 1; }
};

BoxNumber box_number(TargetOutput output) {
  const auto behind = [&](TargetOutput first) {
    return static_cast<std::int64_t>(output) - static_cast<std::int64_t>(first);
  };
  const bool is_side = output >= TargetOutput::kX0;
  return {is_side, behind(is_side ? TargetOutput::kX0 : TargetOutput::kX)};
}

void check_below(std::int64_t index, std::int64_t count, const char* what) {
  if (index < 0 || index >= count)
    throw UsageError(text_of(what, " ", index, " cannot be explained: there are 0 to ", count - 1));
}

}  // namespace

AttributedImage::AttributedImage(const LoadedModel& model, const at::Tensor& pixels,
                                 const at::Tensor& mask, OriginalSize original,
                                 std::vector<Intervention> interventions)
    : model_(model),
      pixels_(to_device(pixels, model.detector->device())),
      mask_(mask),
      original_(original),
      interventions_(std::move(interventions)) {
  if (pixels.size(0) != 1)
    throw Error(text_of("one image is explained at a time, this batch has ", pixels.size(0)));
  const at::AutoGradMode no_graph(false);
  start_ = detector().encoder_start(pixels_, mask_);
  memory_ = encode_again(nullptr);
  detector().keep_values(memory_);
  output_ = on_cpu(decode(memory_, nullptr));
}

template <typename Encode>
Memory AttributedImage::encoded(AttentionHook* watch, const Encode& run) const {
  Intervener intervener(interventions_, watch);
  intervener.on_images({original_});
  const bool is_seen = watch != nullptr || !interventions_.empty();
  Memory memory = run(is_seen ? &intervener : nullptr);
  memory.joins_references = true;
  return memory;
}

Memory AttributedImage::encode_again(AttentionHook* watch) const {
  return encoded(watch, [&](AttentionHook* hook) { return detector().encode_from(start_, hook); });
}

Memory AttributedImage::encode(const at::Tensor& pixels, AttentionHook* watch) const {
  return encoded(watch,
                 [&](AttentionHook* hook) { return detector().encode(pixels, mask_, hook); });
}

// The hook learns of the levels as in a forward pass, where encoding tells it.
ModelOutput AttributedImage::decode(const Memory& memory, AttentionHook* watch) const {
  if (watch == nullptr && interventions_.empty()) return detector().decode(memory);
  Intervener intervener(interventions_, watch);
  intervener.on_images({original_});
  intervener.on_levels(memory.levels, memory.valid_ratios);
  return detector().decode(memory, &intervener);
}

at::Tensor AttributedImage::value_of(const AttributionTarget& target,
                                     const ModelOutput& output) const {
  const at::Tensor logits = output.pred_logits[-1][0], boxes = output.pred_boxes[-1][0];
  check_below(target.query, logits.size(0), "query");
  if (target.output == TargetOutput::kClass) {
    // Plain DETR's last is "no object".
    check_below(target.label, logits.size(1) - (is_plain() ? 1 : 0), "class");
    return logits[target.query][target.label];
  }
  const BoxNumber number = box_number(target.output);
  const at::Tensor box = boxes[target.query];
  const at::Tensor fraction = (number.is_side ? box_cxcywh_to_xyxy(box) : box)[number.index];
  return fraction * (number.is_vertical() ? original_.height : original_.width);
}

ModelOutput AttributedImage::infer(const at::Tensor& pixels) const {
  if (interventions_.empty()) return on_cpu(saccade::infer(model_, pixels, mask_));
  Intervener intervener(interventions_);
  intervener.on_images({original_});
  return on_cpu(saccade::infer(model_, pixels, mask_, &intervener));
}

const std::vector<TokenReads>& AttributedImage::encoder_reads() const {
  if (!encoder_reads_) {
    std::vector<int> layers(static_cast<std::size_t>(config().enc_layers));
    std::iota(layers.begin(), layers.end(), 0);
    FlowRecorder recorder(std::move(layers));
    const at::AutoGradMode no_graph(false);
    encode_again(&recorder);
    encoder_reads_ = recorder.reads();
  }
  return *encoder_reads_;
}

std::size_t AttributedImage::bytes() const {
  std::size_t bytes = 0;
  const auto add = [&](const at::Tensor& tensor) {
    if (tensor.defined()) bytes += tensor.nbytes();
  };
  for (const Memory* memory : {&start_.memory, &memory_}) {
    add(memory->tokens);
    for (const at::Tensor& value : memory->values) add(value);
  }
  for (const at::Tensor* tensor : {&pixels_, &start_.positions, &output_.pred_logits,
                                   &output_.pred_boxes, &output_.hidden, &output_.unnormed})
    add(*tensor);
  for (const TokenReads& layer : encoder_reads_.value_or(std::vector<TokenReads>())) {
    add(layer.sampling_locations);
    add(layer.attention_weights);
  }
  return bytes;
}

at::Tensor AttributedImage::density(const std::vector<HeatLevel>& levels) const {
  const auto width = std::lround(original_.width), height = std::lround(original_.height);
  const std::vector<float> values = heat_density(levels, original_.width, original_.height,
                                                 {0, 0, original_.width, original_.height},
                                                 static_cast<int>(width), static_cast<int>(height));
  return at::tensor(values, at::kFloat).view({height, width});
}

at::Tensor AttributedImage::on_photo(const std::vector<at::Tensor>& levels) const {
  const at::Tensor ratios = memory_.valid_ratios[0].to(at::kCPU, at::kDouble);
  std::vector<HeatLevel> heat;
  for (std::size_t l = 0; l < levels.size(); ++l)
    heat.push_back(heat_level_of(levels[l], ratios[static_cast<std::int64_t>(l)]));
  return density(heat);
}

at::Tensor AttributedImage::input_on_photo(const at::Tensor& values) const {
  const HeatLevel pixels = heat_level_of(values, valid_ratio(mask_)[0].to(at::kCPU, at::kDouble));
  return density({pixels}) *
         (pixels.cell_width(original_.width) * pixels.cell_height(original_.height));
}

void take_gradient(const at::Tensor& target) {
  if (target.requires_grad()) target.backward();
}

}  // namespace saccade
