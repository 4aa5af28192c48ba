// Deformable DETR from pixels to boxes.
#include "saccade/model/deformable_detr.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "saccade/core/error.h"
#include "saccade/model/recompute.h"
#include "saccade/op/box_ops.h"
#include "saccade/op/one_dnn.h"
#include "saccade/op/transfer.h"

namespace saccade {
namespace {

int backbone_levels(const ModelConfig& config) { return config.num_feature_levels > 1 ? 3 : 1; }

std::string numbered(const std::string& prefix, std::size_t i) {
  return prefix + std::to_string(i) + ".";
}

}  // namespace

DeformableDetr::DeformableDetr(const ModelConfig& config)
    : Detector(config),
      backbone_(config),
      level_embed_(at::empty({config.num_feature_levels, config.hidden_dim})) {
  const std::int64_t channels = config.hidden_dim;
  if (config.position_embedding == "learned") learned_positions_.emplace(channels / 2);
  const auto from = backbone_.channels(backbone_levels(config));
  for (int l = 0; l < config.num_feature_levels; ++l) {
    const bool extra = l >= static_cast<int>(from.size());
    const std::int64_t in = !extra                               ? from[l]
                            : l == static_cast<int>(from.size()) ? from.back()
                                                                 : channels;
    Conv2d::Shape shape{.in = in, .out = channels, .kernel = 1, .bias = true};
    if (extra)
      shape = {.in = in, .out = channels, .kernel = 3, .stride = 2, .padding = 1, .bias = true};
    input_proj_.push_back({Conv2d(shape), GroupNorm(channels)});
  }
  for (int i = 0; i < config.enc_layers; ++i) encoder_.emplace_back(config);
  for (int i = 0; i < config.dec_layers; ++i) decoder_.emplace_back(config);
  if (config.two_stage) {
    two_stage_ = TwoStage(channels);
  } else {
    reference_points_ = Linear(channels, 2);
    query_embed_ = at::empty({config.num_queries, 2 * channels});
  }
  for (int i = 0; i < (config.with_box_refine ? head_count() : 1); ++i) {
    class_embed_.emplace_back(channels, config.num_classes);
    bbox_embed_.emplace_back(channels, channels, 4, 3);
  }
}

void DeformableDetr::visit_heads(const std::string& prefix, bool classes,
                                 const TensorVisitor& visitor) {
  for (int i = 0; i < head_count(); ++i) {
    const std::size_t owner = config_.with_box_refine ? i : 0;
    if (classes) {
      class_embed_[owner].visit(numbered(prefix + "class_embed.", i), visitor);
    } else {
      bbox_embed_[owner].visit(numbered(prefix + "bbox_embed.", i), visitor);
    }
  }
}

void DeformableDetr::visit(const TensorVisitor& visitor) {
  visitor("transformer.level_embed", level_embed_, TensorKind::kParameter);
  for (std::size_t i = 0; i < encoder_.size(); ++i) {
    encoder_[i].visit(numbered("transformer.encoder.layers.", i), visitor);
  }
  for (std::size_t i = 0; i < decoder_.size(); ++i) {
    decoder_[i].visit(numbered("transformer.decoder.layers.", i), visitor);
  }
  if (config_.with_box_refine) visit_heads("transformer.decoder.", false, visitor);
  if (config_.two_stage) {
    visit_heads("transformer.decoder.", true, visitor);
    two_stage_.visit("transformer.", visitor);
  } else {
    reference_points_.visit("transformer.reference_points.", visitor);
  }
  visit_heads("", true, visitor);
  visit_heads("", false, visitor);
  if (!config_.two_stage) visitor("query_embed.weight", query_embed_, TensorKind::kParameter);
  for (std::size_t l = 0; l < input_proj_.size(); ++l) {
    input_proj_[l].conv.visit(numbered("input_proj.", l) + "0.", visitor);
    input_proj_[l].norm.visit(numbered("input_proj.", l) + "1.", visitor);
  }
  backbone_.visit("backbone.0.body.", visitor);
  if (learned_positions_) learned_positions_->visit("backbone.1.", visitor);
}

std::vector<at::Tensor> DeformableDetr::projected_levels(const at::Tensor& pixels,
                                                         EncoderProbe* probe) const {
  const auto maps = backbone_(pixels, backbone_levels(config_), mode_.training);
  std::vector<at::Tensor> levels;
  for (std::size_t l = 0; l < input_proj_.size(); ++l) {
    // The first extra level reads the raw last map, later ones the level before (model.md 4.1).
    const at::Tensor& from = l < maps.size()    ? maps[l]
                             : l == maps.size() ? maps.back()
                                                : levels.back();
    levels.push_back(input_proj_[l].norm(input_proj_[l].conv(from)));
  }
  if (probe != nullptr) {
    probe->backbone = maps;
    probe->projected = levels;
  }
  return levels;
}

at::Tensor DeformableDetr::positions_of(const at::Tensor& mask) const {
  if (learned_positions_) return (*learned_positions_)(mask);
  return SinePositions{.features = config_.hidden_dim / 2, .half_cell_shift = 0.5}(mask);
}

// The levels one after another, as the first encoder layer reads them.
EncoderState DeformableDetr::flatten_levels(const std::vector<at::Tensor>& levels,
                                            const at::Tensor& mask) const {
  Memory memory;
  std::vector<at::Tensor> tokens, positions, masks, ratios;
  memory.spatial_shapes = at::empty({static_cast<std::int64_t>(levels.size()), 2}, at::kLong);
  for (std::size_t l = 0; l < levels.size(); ++l) {
    const auto height = levels[l].size(2);
    const auto width = levels[l].size(3);
    const at::Tensor level_mask = resize_mask(mask, height, width);
    const at::Tensor position = positions_of(level_mask).to(level_embed_.scalar_type());
    memory.levels.push_back({height, width});
    memory.spatial_shapes[l][0] = height;
    memory.spatial_shapes[l][1] = width;
    tokens.push_back(levels[l].flatten(2).transpose(1, 2));
    positions.push_back(position.flatten(2).transpose(1, 2) + level_embed_[l]);
    masks.push_back(level_mask.flatten(1));
    ratios.push_back(valid_ratio(level_mask));
  }
  memory.level_sizes = level_sizes_on(device_, memory.spatial_shapes);
  memory.padding_mask = at::cat(masks, 1);
  memory.valid_ratios = at::stack(ratios, 1);
  memory.tokens = at::cat(tokens, 1).to(level_embed_.scalar_type());
  const at::Tensor references =
      encoder_reference_points(memory.spatial_shapes, memory.valid_ratios);
  return {.memory = std::move(memory),
          .positions = at::cat(positions, 1),
          .reference_points = references};
}

EncoderState DeformableDetr::encoder_start(const at::Tensor& pixels, const at::Tensor& mask,
                                           EncoderProbe* probe) const {
  check_input(pixels, mask, level_embed_.scalar_type());
  return flatten_levels(projected_levels(pixels, probe), to_device(mask, device_));
}

Memory DeformableDetr::encode_from(const EncoderState& state, AttentionHook* hook,
                                   EncoderProbe* probe) const {
  Memory memory = state.memory;
  const EncoderInput input{.tokens = {},
                           .positions = {},
                           .reference_points = state.reference_points,
                           .spatial_shapes = memory.spatial_shapes,
                           .level_sizes = memory.level_sizes,
                           .padding_mask = memory.padding_mask};
  if (hook != nullptr) hook->on_levels(memory.levels, memory.valid_ratios);
  // In inference in bfloat16 the tokens stay in it from layer to layer.
  const at::ScalarType type = memory.tokens.scalar_type();
  const at::ScalarType between = fuses_layers(memory.tokens) ? fused_type() : type;
  const at::Tensor positions = state.positions.to(between);
  memory.tokens = memory.tokens.to(between);
  for (int i = state.layer; i < config_.enc_layers; ++i) {
    const auto run = [&layer = encoder_[static_cast<std::size_t>(i)], i, input, mode = mode_,
                      hook](const std::vector<at::Tensor>& in) {
      EncoderInput with = input;
      with.tokens = in[0];
      with.positions = in[1];
      return run_encoder_layer(layer, i, with, mode, hook);
    };
    memory.tokens = run_layer(run, {memory.tokens, positions}, mode_);
    if (probe != nullptr) probe->layers.push_back(memory.tokens.to(type));
  }
  memory.tokens = memory.tokens.to(type);
  return memory;
}

DeformableDetr::Queries DeformableDetr::learned_queries(std::int64_t batch) const {
  const std::int64_t channels = config_.hidden_dim;
  const at::Tensor positions =
      query_embed_.narrow(1, 0, channels).unsqueeze(0).expand({batch, -1, -1});
  const at::Tensor target =
      query_embed_.narrow(1, channels, channels).unsqueeze(0).expand({batch, -1, -1});
  return {target, positions, exactly(reference_points_, positions).sigmoid()};
}

DeformableDetr::Queries DeformableDetr::proposed_queries(const Memory& memory,
                                                         ModelOutput& output) const {
  const std::int64_t channels = config_.hidden_dim;
  if (memory.tokens.size(1) < config_.num_queries) {
    throw Error(text_of("the image is too small: ", memory.tokens.size(1), " tokens for ",
                        config_.num_queries, " two-stage queries; make --size larger"));
  }
  const Proposals proposals =
      two_stage_.propose(memory.tokens, memory.padding_mask, memory.spatial_shapes);
  output.enc_logits = class_head(config_.dec_layers, proposals.memory);
  output.topk_proposals = std::get<1>(output.enc_logits.select(-1, 0).topk(config_.num_queries, 1));
  const auto rows_of = [&](const at::Tensor& x) {
    return x.gather(1, output.topk_proposals.unsqueeze(-1).expand({-1, -1, x.size(-1)}));
  };
  const auto boxes_of = [&](const at::Tensor& tokens, const at::Tensor& grid) {
    return box_head(config_.dec_layers, tokens) + grid;
  };
  // A few of thousands become queries; the box head would take as long for all as two layers of the decoder.
  const bool chosen_alone = c10::InferenceMode::is_enabled();
  if (!chosen_alone || mode_.all_proposals)
    output.enc_boxes_unact = boxes_of(proposals.memory, proposals.boxes_unact);
  const at::Tensor chosen =
      chosen_alone ? boxes_of(rows_of(proposals.memory), rows_of(proposals.boxes_unact))
                   : rows_of(output.enc_boxes_unact);
  const at::Tensor boxes = memory.joins_references ? chosen : chosen.detach();
  const at::Tensor both =
      two_stage_.pos_trans_norm(two_stage_.pos_trans(proposal_positions(boxes)));
  return {both.narrow(-1, channels, channels), both.narrow(-1, 0, channels), boxes.sigmoid()};
}

at::Tensor DeformableDetr::class_head(int i, const at::Tensor& hidden) const {
  return exactly(class_embed_[config_.with_box_refine ? i : 0], hidden);
}

at::Tensor DeformableDetr::box_head(int i, const at::Tensor& hidden) const {
  return exactly(bbox_embed_[config_.with_box_refine ? i : 0], hidden);
}

// model.md 4.3 step 3: the head's answer on top of the reference, through the sigmoid.
at::Tensor DeformableDetr::box_of(int head, const at::Tensor& hidden,
                                  const at::Tensor& reference) const {
  const at::Tensor raw = box_head(head, hidden);
  const at::Tensor start = inverse_sigmoid(reference);
  if (reference.size(-1) == 4) return (raw + start).sigmoid();
  return at::cat({raw.narrow(-1, 0, 2) + start, raw.narrow(-1, 2, 2)}, -1).sigmoid();
}

DecoderState DeformableDetr::decoder_start(const Memory& memory, ModelOutput& output) const {
  check_memory(memory);
  const Queries queries =
      config_.two_stage ? proposed_queries(memory, output) : learned_queries(memory.tokens.size(0));
  output.init_reference = queries.reference_points;
  return {.hidden = queries.target,
          .positions = queries.positions,
          .reference_points = queries.reference_points};
}

void DeformableDetr::keep_values(Memory& memory) const {
  memory.values.clear();
  for (const DeformableDecoderLayer& layer : decoder_)
    memory.values.push_back(layer.cross_attn.value_of(memory.tokens, memory.padding_mask));
}

void DeformableDetr::decode_from(const Memory& memory, const DecoderState& state,
                                 AttentionHook* hook, ModelOutput& output) const {
  check_memory(memory);
  at::Tensor hidden = state.hidden, reference = state.reference_points;
  UnprojectedMemory unprojected;
  if (memory.values.empty())
    unprojected = decoder_.front().cross_attn.sample_first(memory.tokens, memory.padding_mask,
                                                           config_.num_queries);
  std::vector<at::Tensor> states, references, logits, boxes;
  for (int i = state.layer; i < config_.dec_layers; ++i) {
    at::Tensor ratios = memory.valid_ratios.unsqueeze(1);  // [N, 1, L, 2]
    if (reference.size(-1) == 4) ratios = at::cat({ratios, ratios}, -1);
    const auto run = [&layer = decoder_[i], i, memory, unprojected, mode = mode_,
                      hook](const std::vector<at::Tensor>& in) {
      DecoderInput input{in[0], in[1], in[2], memory, unprojected};
      input.memory.tokens = in[3];
      return run_decoder_layer(layer, i, input, mode, hook);
    };
    hidden = run_layer(
        run, {hidden, state.positions, reference.unsqueeze(2) * ratios, memory.tokens}, mode_);
    const at::Tensor box = box_of(i, hidden, reference);
    if (config_.with_box_refine) reference = memory.joins_references ? box : box.detach();
    states.push_back(hidden);
    references.push_back(reference);
    logits.push_back(class_head(i, hidden));
    boxes.push_back(box);
  }
  append_layers(output.hidden, state.layer, states);
  append_layers(output.inter_references, state.layer, references);
  append_layers(output.pred_logits, state.layer, logits);
  append_layers(output.pred_boxes, state.layer, boxes);
  if (hook != nullptr) hook->on_output(output);
}

}  // namespace saccade
