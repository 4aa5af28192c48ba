// Plain DETR as ONNX nodes.
#include <ATen/ATen.h>

#include "saccade/core/error.h"
#include "saccade/export/onnx_backbone.h"
#include "saccade/export/onnx_detector.h"

namespace saccade {
namespace {

class DetrBuilder {
 public:
  DetrBuilder(OnnxBuilder& build, const OnnxSubject& subject)
      : b_(build), s_(subject.shapes), config_(subject.detector.config()) {
    b_.graph.set_scope("positions");
    positions_ = b_.constant("positions", subject.start.positions);
    queries_ = b_.constant("query_embed.weight", b_.weight("query_embed.weight").unsqueeze(0));
  }

  OnnxValue encode(OnnxValue x) {
    for (int i = 0; i < config_.enc_layers; ++i) {
      b_.graph.set_scope(text_of("encoder.", i));
      x = encoder_layer(text_of("transformer.encoder.layers.", i, "."), x);
    }
    return config_.pre_norm ? b_.layer_norm("transformer.encoder.norm.", x) : x;
  }

  OnnxResult decode(const OnnxValue& memory) {
    const OnnxValue keys = b_.add(memory, positions_);
    OnnxValue x =
        b_.constant("target", at::zeros({s_.batch, config_.num_queries, config_.hidden_dim}));
    for (int i = 0; i < config_.dec_layers; ++i) {
      b_.graph.set_scope(text_of("decoder.", i));
      x = decoder_layer(text_of("transformer.decoder.layers.", i, "."), x, keys, memory);
    }
    b_.graph.set_scope("heads");
    x = b_.layer_norm("transformer.decoder.norm.", x);
    return {b_.linear("class_embed.", x), b_.sigmoid(b_.mlp("bbox_embed.", x, 3))};
  }

 private:
  using Block = std::function<OnnxValue(const OnnxValue&)>;

  // x + block(norm(x)), or norm(x + block(x)).
  OnnxValue residual(const std::string& norm, const OnnxValue& x, const Block& block) {
    if (config_.pre_norm) return b_.add(x, block(b_.layer_norm(norm, x)));
    return b_.layer_norm(norm, b_.add(x, block(x)));
  }

  OnnxValue encoder_layer(const std::string& name, const OnnxValue& x) {
    const OnnxValue seen = residual(name + "norm1.", x, [&](const OnnxValue& in) {
      const OnnxValue placed = b_.add(in, positions_);
      return onnx_multihead_attention(b_, s_, name + "self_attn.", placed, placed, in);
    });
    return residual(name + "norm2.", seen,
                    [&](const OnnxValue& in) { return b_.feed_forward(name, in); });
  }

  OnnxValue decoder_layer(const std::string& name, const OnnxValue& x, const OnnxValue& keys,
                          const OnnxValue& memory) {
    OnnxValue y = residual(name + "norm1.", x, [&](const OnnxValue& in) {
      const OnnxValue placed = b_.add(in, queries_);
      return onnx_multihead_attention(b_, s_, name + "self_attn.", placed, placed, in);
    });
    y = residual(name + "norm2.", y, [&](const OnnxValue& in) {
      return onnx_multihead_attention(b_, s_, name + "multihead_attn.", b_.add(in, queries_), keys,
                                      memory);
    });
    return residual(name + "norm3.", y,
                    [&](const OnnxValue& in) { return b_.feed_forward(name, in); });
  }

  OnnxBuilder& b_;
  const OnnxShapes& s_;
  const ModelConfig& config_;
  OnnxValue positions_, queries_;
};

}  // namespace

OnnxValue onnx_tokens(OnnxBuilder& b, const OnnxShapes& s, const OnnxValue& map) {
  return b.transpose(b.reshape(map, {s.batch, s.channels, -1}), {0, 2, 1});
}

OnnxResult onnx_detr(OnnxBuilder& b, const OnnxSubject& subject, const OnnxValue& pixels) {
  const ModelConfig& config = subject.detector.config();
  b.graph.set_scope("backbone");
  const OnnxValue map = onnx_backbone(b, config, pixels, 1).front();
  const OnnxValue projected =
      b.conv("input_proj.", map,
             {.weight = b.weight("input_proj.weight"), .bias = b.weight("input_proj.bias")});
  DetrBuilder builder(b, subject);
  return builder.decode(builder.encode(onnx_tokens(b, subject.shapes, projected)));
}

}  // namespace saccade
