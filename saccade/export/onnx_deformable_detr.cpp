// Deformable DETR as ONNX nodes.
#include <ATen/ATen.h>

#include <limits>

#include "saccade/core/error.h"
#include "saccade/export/onnx_backbone.h"
#include "saccade/export/onnx_detector.h"
#include "saccade/model/two_stage.h"

namespace saccade {
namespace {

struct Queries {
  OnnxValue hidden, positions;  // [N or 1, Q, C]
  OnnxValue reference;          // [N or 1, Q, 2 or 4]
  bool is_box = false;          // reference has four numbers
};

class DeformableBuilder {
 public:
  DeformableBuilder(OnnxBuilder& build, const OnnxSubject& subject)
      : b_(build), s_(subject.shapes), subject_(subject), config_(subject.detector.config()) {}

  OnnxValue memory(const OnnxValue& pixels) {
    b_.graph.set_scope("backbone");
    const auto maps = onnx_backbone(b_, config_, pixels, s_.levels.size() > 1 ? 3 : 1);
    std::vector<OnnxValue> tokens;
    OnnxValue last;
    for (std::size_t l = 0; l < s_.levels.size(); ++l) {
      // The first extra level reads the raw last map, later ones the level before.
      const bool is_extra = l >= maps.size();
      const OnnxValue& from = !is_extra ? maps[l] : l == maps.size() ? maps.back() : last;
      last = projected(static_cast<int>(l), from, is_extra);
      tokens.push_back(onnx_tokens(b_, s_, last));
    }
    return encoded(b_.concat(tokens, 1));
  }

  Queries queries(const OnnxValue& memory) {
    b_.graph.set_scope("queries");
    return config_.two_stage ? proposed(memory) : learned();
  }

  OnnxResult decode(const OnnxValue& memory, Queries q) {
    OnnxResult result;
    for (int i = 0; i < config_.dec_layers; ++i) {
      b_.graph.set_scope(text_of("decoder.", i));
      q.hidden = decoder_layer(text_of("transformer.decoder.layers.", i, "."), q, memory);
      const bool is_last = i + 1 == config_.dec_layers;
      if (!is_last && !config_.with_box_refine) continue;
      const OnnxValue box = box_of(i, q);
      if (is_last)
        result = {b_.linear(text_of("class_embed.", i, "."), q.hidden), box};
      else
        q.reference = box, q.is_box = true;
    }
    return result;
  }

 private:
  OnnxValue projected(int level, const OnnxValue& from, bool is_extra) {
    const std::string name = text_of("input_proj.", level, ".");
    OnnxBuilder::Conv conv{.weight = b_.weight(name + "0.weight"),
                           .bias = b_.weight(name + "0.bias")};
    if (is_extra) conv.stride = 2, conv.padding = 1;
    return b_.group_norm(name + "1.", b_.conv(name + "0.", from, conv));
  }

  OnnxValue encoded(OnnxValue tokens) {
    b_.graph.set_scope("positions");
    const OnnxValue positions = b_.constant("positions", subject_.start.positions);
    // [1, S, L, 2] -> [1, S, 1, L, 1, 2]
    const at::Tensor places = subject_.start.reference_points.unsqueeze(2).unsqueeze(4);
    const OnnxValue reference = b_.constant("reference_points", places);
    for (int i = 0; i < config_.enc_layers; ++i) {
      b_.graph.set_scope(text_of("encoder.", i));
      const std::string name = text_of("transformer.encoder.layers.", i, ".");
      const OnnxValue read = onnx_deformable_attention(b_, s_, subject_.form,
                                                       {.prefix = name + "self_attn.",
                                                        .query = b_.add(tokens, positions),
                                                        .queries = token_count(s_.levels),
                                                        .reference = reference,
                                                        .reference_size = {},
                                                        .memory = tokens,
                                                        .points = config_.enc_n_points});
      const OnnxValue x = b_.layer_norm(name + "norm1.", b_.add(tokens, read));
      tokens = b_.layer_norm(name + "norm2.", b_.add(x, b_.feed_forward(name, x)));
    }
    return tokens;
  }

  Queries learned() {
    ModelOutput output;
    const DecoderState state = subject_.detector.decoder_start(subject_.start.memory, output);
    return {b_.constant("target", state.hidden.expand({s_.batch, -1, -1})),
            b_.constant("query_pos", state.positions),
            b_.constant("reference_points", state.reference_points)};
  }

  // Of the encoder's tokens the `num_queries` whose first class scores best.
  Queries proposed(const OnnxValue& memory) {
    const Memory& m = subject_.start.memory;
    const auto [grid, stands] = proposal_grid(m.padding_mask, m.spatial_shapes);
    const at::Tensor rejected = stands.logical_not().unsqueeze(-1);
    const at::Tensor unact =
        at::log(grid / (1 - grid)).masked_fill(rejected, std::numeric_limits<double>::infinity());
    const std::string name = "transformer.";
    const OnnxValue kept = b_.mul(memory, b_.constant("stands", stands.unsqueeze(-1)));
    const OnnxValue seen =
        b_.layer_norm(name + "enc_output_norm.", b_.linear(name + "enc_output.", kept));
    const std::string head = text_of("embed.", config_.dec_layers, ".");
    const OnnxValue boxes =
        b_.add(b_.mlp("bbox_" + head, seen, 3), b_.constant("proposals", unact));
    const OnnxValue scores =
        b_.reshape(b_.slice(b_.linear("class_" + head, seen), 2, 0, 1), {s_.batch, -1});
    const std::int64_t queries = config_.num_queries;
    const OnnxValue index =
        b_.graph.nodes("TopK", {scores, b_.graph.int64s("queries", {&queries, 1})}, 2,
                       {{"axis", std::int64_t{-1}}})[1];
    const std::vector<std::int64_t> shape = {s_.batch, queries, 4};
    const OnnxValue of_boxes = b_.graph.node(
        "Expand", {b_.reshape(index, {s_.batch, queries, 1}), b_.graph.int64s("shape", shape)});
    const OnnxValue reference =
        b_.sigmoid(b_.graph.node("GatherElements", {boxes, of_boxes}, {{"axis", std::int64_t{1}}}));
    const OnnxValue both = b_.layer_norm(name + "pos_trans_norm.",
                                         b_.linear(name + "pos_trans.", proposal_sines(reference)));
    const std::int64_t c = config_.hidden_dim;
    return {b_.slice(both, 2, c, 2 * c), b_.slice(both, 2, 0, c), reference, true};
  }

  // [N, Q, 4] shares -> [N, Q, 512]: sine on even and cosine on odd features, 128 for each number.
  OnnxValue proposal_sines(const OnnxValue& reference) {
    constexpr std::int64_t kFeatures = 128;
    const at::Tensor k = at::arange(kFeatures / 2, at::kFloat);
    const at::Tensor divisor = at::pow(10000, k * 2 / static_cast<double>(kFeatures));
    const OnnxValue scaled =
        b_.mul(b_.reshape(reference, {s_.batch, -1, 4, 1}), b_.scalar(2 * M_PI));
    const OnnxValue angles = b_.graph.node("Div", {scaled, b_.constant("frequencies", divisor)});
    const auto wave = [&](const char* op) {
      return b_.reshape(b_.graph.node(op, {angles}), {s_.batch, -1, 4, kFeatures / 2, 1});
    };
    return b_.reshape(b_.concat({wave("Sin"), wave("Cos")}, 4), {s_.batch, -1, 4 * kFeatures});
  }

  OnnxValue decoder_layer(const std::string& name, const Queries& q, const OnnxValue& memory) {
    const OnnxValue placed = b_.add(q.hidden, q.positions);
    const OnnxValue shared =
        onnx_multihead_attention(b_, s_, name + "self_attn.", placed, placed, q.hidden);
    const OnnxValue x = b_.layer_norm(name + "norm2.", b_.add(q.hidden, shared));
    const auto part = [&](std::int64_t from, std::int64_t to) {
      const OnnxValue two = q.is_box ? b_.slice(q.reference, 2, from, to) : q.reference;
      return b_.reshape(two, {-1, config_.num_queries, 1, 1, 1, 2});
    };
    const OnnxValue looked =
        onnx_deformable_attention(b_, s_, subject_.form,
                                  {.prefix = name + "cross_attn.",
                                   .query = b_.add(x, q.positions),
                                   .queries = config_.num_queries,
                                   .reference = part(0, 2),
                                   .reference_size = q.is_box ? part(2, 4) : OnnxValue(),
                                   .memory = memory,
                                   .points = config_.dec_n_points});
    const OnnxValue y = b_.layer_norm(name + "norm1.", b_.add(x, looked));
    return b_.layer_norm(name + "norm3.", b_.add(y, b_.feed_forward(name, y)));
  }

  // The head's answer on top of the reference, through the sigmoid.
  OnnxValue box_of(int head, const Queries& q) {
    const OnnxValue raw = b_.mlp(text_of("bbox_embed.", head, "."), q.hidden, 3);
    const OnnxValue start = inverse_sigmoid(q.reference);
    if (q.is_box) return b_.sigmoid(b_.add(raw, start));
    const OnnxValue centre = b_.add(b_.slice(raw, 2, 0, 2), start);
    return b_.sigmoid(b_.concat({centre, b_.slice(raw, 2, 2, 4)}, 2));
  }

  OnnxValue inverse_sigmoid(const OnnxValue& x) {
    constexpr double kEpsilon = 1e-5;
    const auto clip = [&](const OnnxValue& value, double low) {
      return b_.graph.node("Clip", {value, b_.scalar(low), b_.scalar(1)});
    };
    const OnnxValue inside = clip(x, 0);
    const OnnxValue rest = clip(b_.graph.node("Sub", {b_.scalar(1), inside}), kEpsilon);
    return b_.graph.node("Log", {b_.graph.node("Div", {clip(inside, kEpsilon), rest})});
  }

  OnnxBuilder& b_;
  const OnnxShapes& s_;
  const OnnxSubject& subject_;
  const ModelConfig& config_;
};

}  // namespace

OnnxResult onnx_deformable_detr(OnnxBuilder& build, const OnnxSubject& subject,
                                const OnnxValue& pixels) {
  DeformableBuilder builder(build, subject);
  const OnnxValue memory = builder.memory(pixels);
  return builder.decode(memory, builder.queries(memory));
}

}  // namespace saccade
