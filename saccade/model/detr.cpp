// Plain DETR from pixels to boxes.
#include "saccade/model/detr.h"

#include <ATen/ATen.h>

#include "saccade/core/error.h"
#include "saccade/model/deformable_transformer.h"
#include "saccade/model/recompute.h"
#include "saccade/op/transfer.h"

namespace saccade {
namespace {

constexpr double kNotebookFeatures = 0.1;  // of the projected map, beside the positions

std::string numbered(const std::string& prefix, std::size_t i) {
  return prefix + std::to_string(i) + ".";
}

}  // namespace

Detr::EncoderLayer::EncoderLayer(const ModelConfig& c)
    : self_attn(c.hidden_dim, c.nheads),
      linear1(c.hidden_dim, c.dim_feedforward),
      linear2(c.dim_feedforward, c.hidden_dim),
      norm1(c.hidden_dim),
      norm2(c.hidden_dim) {}

Detr::DecoderLayer::DecoderLayer(const ModelConfig& c)
    : self_attn(c.hidden_dim, c.nheads),
      multihead_attn(c.hidden_dim, c.nheads),
      linear1(c.hidden_dim, c.dim_feedforward),
      linear2(c.dim_feedforward, c.hidden_dim),
      norm1(c.hidden_dim),
      norm2(c.hidden_dim),
      norm3(c.hidden_dim) {}

Detr::Detr(const ModelConfig& config, DetrForm form)
    : Detector(config),
      form_(form),
      backbone_(config),
      input_proj_(
          {.in = backbone_.channels(1)[0], .out = config.hidden_dim, .kernel = 1, .bias = true}),
      decoder_norm_(config.hidden_dim),
      query_embed_(at::empty({config.num_queries, config.hidden_dim})),
      class_embed_(config.hidden_dim, config.num_classes),
      bbox_embed_(config.hidden_dim, config.hidden_dim, 4, 3) {
  if (is_notebook()) linear_bbox_.emplace(config.hidden_dim, 4);
  if (config.position_embedding == "learned") learned_positions_.emplace(config.hidden_dim / 2);
  for (int i = 0; i < config.enc_layers; ++i) encoder_.emplace_back(config);
  for (int i = 0; i < config.dec_layers; ++i) decoder_.emplace_back(config);
  if (config.pre_norm || is_notebook()) encoder_norm_.emplace(config.hidden_dim);
}

void Detr::visit(const TensorVisitor& visitor) {
  for (std::size_t i = 0; i < encoder_.size(); ++i) {
    const std::string prefix = numbered("transformer.encoder.layers.", i);
    encoder_[i].self_attn.visit(prefix + "self_attn.", visitor);
    encoder_[i].linear1.visit(prefix + "linear1.", visitor);
    encoder_[i].linear2.visit(prefix + "linear2.", visitor);
    encoder_[i].norm1.visit(prefix + "norm1.", visitor);
    encoder_[i].norm2.visit(prefix + "norm2.", visitor);
  }
  if (encoder_norm_) encoder_norm_->visit("transformer.encoder.norm.", visitor);
  for (std::size_t i = 0; i < decoder_.size(); ++i) {
    const std::string prefix = numbered("transformer.decoder.layers.", i);
    decoder_[i].self_attn.visit(prefix + "self_attn.", visitor);
    decoder_[i].multihead_attn.visit(prefix + "multihead_attn.", visitor);
    decoder_[i].linear1.visit(prefix + "linear1.", visitor);
    decoder_[i].linear2.visit(prefix + "linear2.", visitor);
    decoder_[i].norm1.visit(prefix + "norm1.", visitor);
    decoder_[i].norm2.visit(prefix + "norm2.", visitor);
    decoder_[i].norm3.visit(prefix + "norm3.", visitor);
  }
  decoder_norm_.visit("transformer.decoder.norm.", visitor);
  visit_ends(visitor);
}

// What precedes and follows the transformer.
void Detr::visit_ends(const TensorVisitor& visitor) {
  if (is_notebook()) {
    class_embed_.visit("linear_class.", visitor);
    linear_bbox_->visit("linear_bbox.", visitor);
    visitor("query_pos", query_embed_, TensorKind::kParameter);
    visitor("row_embed", learned_positions_->row_embed, TensorKind::kParameter);
    visitor("col_embed", learned_positions_->col_embed, TensorKind::kParameter);
    input_proj_.visit("conv.", visitor);
    backbone_.visit("backbone.", visitor);
    return;
  }
  class_embed_.visit("class_embed.", visitor);
  bbox_embed_.visit("bbox_embed.", visitor);
  visitor("query_embed.weight", query_embed_, TensorKind::kParameter);
  input_proj_.visit("input_proj.", visitor);
  backbone_.visit("backbone.0.body.", visitor);
  if (learned_positions_) learned_positions_->visit("backbone.1.", visitor);
}

EncoderState Detr::encoder_start(const at::Tensor& pixels, const at::Tensor& given_mask,
                                 EncoderProbe* probe) const {
  check_input(pixels, given_mask, query_embed_.scalar_type());
  const at::Tensor mask = to_device(given_mask, device_);
  const at::Tensor map = backbone_(pixels, 1, mode_.training)[0];
  const at::Tensor projected = input_proj_(map);
  const auto height = map.size(2);
  const auto width = map.size(3);
  const at::Tensor map_mask = resize_mask(mask, height, width);
  const at::Tensor positions =
      learned_positions_
          ? (*learned_positions_)(map_mask)
          : SinePositions{.features = config_.hidden_dim / 2, .half_cell_shift = 0}(map_mask);
  if (probe != nullptr) {
    probe->backbone = {map};
    probe->projected = {projected};
  }
  Memory memory{.tokens = projected.flatten(2).transpose(1, 2).to(query_embed_.scalar_type()),
                .positions = positions.to(query_embed_.scalar_type()).flatten(2).transpose(1, 2),
                .padding_mask = map_mask.flatten(1),
                .spatial_shapes = at::tensor({height, width}, at::kLong).view({1, 2}),
                .valid_ratios = valid_ratio(map_mask).unsqueeze(1),
                .levels = {{height, width}}};
  if (is_notebook()) {
    memory.tokens = memory.positions + memory.tokens * kNotebookFeatures;
    memory.positions = at::zeros_like(memory.positions);
  }
  const at::Tensor added = memory.positions;
  return {.memory = std::move(memory), .positions = added};
}

Memory Detr::encode_from(const EncoderState& state, AttentionHook* hook,
                         EncoderProbe* probe) const {
  Memory memory = state.memory;
  if (hook != nullptr) hook->on_levels(memory.levels, memory.valid_ratios);
  for (int i = state.layer; i < config_.enc_layers; ++i) {
    const auto run = [this, i, memory, hook](const std::vector<at::Tensor>& in) {
      Memory with = memory;
      with.positions = in[1];
      return run_encoder_layer(i, in[0], with, hook);
    };
    memory.tokens = run_layer(run, {memory.tokens, memory.positions}, mode_);
    if (probe != nullptr) probe->layers.push_back(memory.tokens);
  }
  if (encoder_norm_) memory.tokens = (*encoder_norm_)(memory.tokens);
  return memory;
}

at::Tensor Detr::run_encoder_layer(int number, const at::Tensor& tokens, const Memory& memory,
                                   AttentionHook* hook) const {
  const EncoderLayer& layer = encoder_[number];
  const bool pre = config_.pre_norm;
  const auto attend = [&](const at::Tensor& x) {
    const at::Tensor placed = x + memory.positions;
    return mode_.drop(layer.self_attn({.query = placed,
                                       .key = placed,
                                       .value = x,
                                       .key_padding_mask = memory.padding_mask,
                                       .site = AttentionSite::kEncoderSelf,
                                       .layer = number},
                                      mode_, hook));
  };
  const auto feed = [&](const at::Tensor& x) {
    return mode_.drop(feed_forward(layer.linear1, layer.linear2, x, mode_));
  };
  const bool attends = !skips(hook, Branch::kEncoderSelf, number);
  const bool feeds = !skips(hook, Branch::kEncoderFfn, number);
  if (pre) {
    const at::Tensor x = attends ? tokens + attend(layer.norm1(tokens)) : tokens;
    return feeds ? x + feed(layer.norm2(x)) : x;
  }
  const at::Tensor x = layer.norm1(attends ? tokens + attend(tokens) : tokens);
  return layer.norm2(feeds ? x + feed(x) : x);
}

at::Tensor Detr::run_decoder_layer(int number, const at::Tensor& target,
                                   const at::Tensor& query_pos, const Memory& memory,
                                   AttentionHook* hook) const {
  const DecoderLayer& layer = decoder_[number];
  const auto share = [&](const at::Tensor& x) {
    const at::Tensor placed = x + query_pos;
    return mode_.drop(layer.self_attn({.query = placed,
                                       .key = placed,
                                       .value = x,
                                       .key_padding_mask = {},
                                       .site = AttentionSite::kDecoderSelf,
                                       .layer = number},
                                      mode_, hook));
  };
  const auto look = [&](const at::Tensor& x) {
    return mode_.drop(layer.multihead_attn({.query = x + query_pos,
                                            .key = memory.tokens + memory.positions,
                                            .value = memory.tokens,
                                            .key_padding_mask = memory.padding_mask,
                                            .site = AttentionSite::kDecoderCross,
                                            .layer = number},
                                           mode_, hook));
  };
  const auto feed = [&](const at::Tensor& x) {
    return mode_.drop(feed_forward(layer.linear1, layer.linear2, x, mode_));
  };
  const bool shares = !skips(hook, Branch::kDecoderSelf, number);
  const bool looks = !skips(hook, Branch::kDecoderCross, number);
  const bool feeds = !skips(hook, Branch::kDecoderFfn, number);
  if (config_.pre_norm) {
    at::Tensor x = shares ? target + share(layer.norm1(target)) : target;
    if (looks) x = x + look(layer.norm2(x));
    return feeds ? x + feed(layer.norm3(x)) : x;
  }
  at::Tensor x = layer.norm1(shares ? target + share(target) : target);
  x = layer.norm2(looks ? x + look(x) : x);
  return layer.norm3(feeds ? x + feed(x) : x);
}

at::Tensor Detr::boxes_of(const at::Tensor& hidden) const {
  return is_notebook() ? exactly(*linear_bbox_, hidden) : exactly(bbox_embed_, hidden);
}

DecoderState Detr::decoder_start(const Memory& memory, ModelOutput& /*output*/) const {
  check_memory(memory);
  const at::Tensor queries = query_embed_.unsqueeze(0).expand({memory.tokens.size(0), -1, -1});
  const at::Tensor zeros = at::zeros_like(queries);
  if (is_notebook()) return {.hidden = queries, .positions = zeros};
  return {.hidden = zeros, .positions = queries};
}

void Detr::decode_from(const Memory& given, const DecoderState& state, AttentionHook* hook,
                       ModelOutput& output) const {
  check_memory(given);
  Memory memory = given;
  at::Tensor x = state.hidden;
  const at::Tensor positions = state.positions.expand_as(x);
  // Keys and values of as many images as there are batches of queries.
  for (at::Tensor* tensor : {&memory.tokens, &memory.positions, &memory.padding_mask}) {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(tensor->dim()), -1);
    shape[0] = x.size(0);
    *tensor = tensor->expand(shape);
  }
  std::vector<at::Tensor> states, normed;
  for (int i = state.layer; i < config_.dec_layers; ++i) {
    const auto run = [this, i, memory, hook](const std::vector<at::Tensor>& in) {
      Memory with = memory;
      with.tokens = in[2];
      with.positions = in[3];
      return run_decoder_layer(i, in[0], in[1], with, hook);
    };
    x = run_layer(run, {x, positions, memory.tokens, memory.positions}, mode_);
    states.push_back(x);
    normed.push_back(decoder_norm_(x));
  }
  append_layers(output.unnormed, state.layer, states);
  append_layers(output.hidden, state.layer, normed);
  output.pred_logits = exactly(class_embed_, output.hidden);
  output.pred_boxes = boxes_of(output.hidden).sigmoid();
  if (hook != nullptr) hook->on_output(output);
}

std::unique_ptr<Detector> make_notebook_detr(const ModelConfig& config) {
  config.check();
  if (config.family != ModelFamily::kDetr || config.position_embedding != "learned")
    throw Error("the notebook's DETR is a plain DETR with learned positions");
  return std::make_unique<Detr>(config, DetrForm::kNotebook);
}

}  // namespace saccade
