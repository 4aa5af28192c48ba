// A detector of either family: encode an image batch once, decode as often as one likes.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "saccade/checkpoint/tensors.h"
#include "saccade/core/levels.h"
#include "saccade/model/attention_hook.h"
#include "saccade/model/layers.h"
#include "saccade/model/model_config.h"

namespace saccade {

// What the encoder leaves behind; decoding reads it and nothing else.
struct Memory {
  at::Tensor tokens;  // [N, S, C]
  at::Tensor
      positions;  // [N, S, C] position embeddings (plain DETR's keys); undefined for Deformable
  at::Tensor padding_mask;    // [N, S] bool, true = padding
  at::Tensor spatial_shapes;  // [L, 2] int64 on the CPU, (H_l, W_l)
  at::Tensor level_sizes;     // [L, 2] int64 on the detector's device, (W_l, H_l); Deformable only
  at::Tensor valid_ratios;    // [N, L, 2] (w, h): share of each level that is no padding
  std::vector<LevelShape> levels;
  // What decoder layers sample, [N, S, M, D] each, where keep_values() computed it ahead; else empty.
  std::vector<at::Tensor> values;
  // Gradients flow through the boxes that proposals and refining layers hand to the next layer as well. In
  // training they do not (model.md 4.3); the numbers are the same. For who asks what a change does. Deformable only.
  bool joins_references = false;
};

// What an encoder layer starts from.
struct EncoderState {
  int layer = 0;                // that comes next
  Memory memory;                // its tokens are what that layer reads
  at::Tensor positions;         // [N, S, C], added to the query of every layer
  at::Tensor reference_points;  // [N, S, L, 2]; Deformable only
};

// What a decoder layer starts from.
struct DecoderState {
  int layer = 0;                // that comes next
  at::Tensor hidden;            // [N, Q, C]
  at::Tensor positions;         // [N, Q, C] position embeddings of the queries
  at::Tensor reference_points;  // [N, Q, 2 or 4]; Deformable only
};

// Inner tensors of the encoder, for parity tests and those who look inside.
struct EncoderProbe {
  std::vector<at::Tensor> backbone;   // maps of the backbone, [N, C_l, H_l, W_l]
  std::vector<at::Tensor> projected;  // after input_proj, [N, C, H_l, W_l]
  std::vector<at::Tensor> layers;     // each encoder layer's output, [N, S, C]
};

struct ModelOutput {
  at::Tensor pred_logits;       // [layers, N, Q, K], raw
  at::Tensor pred_boxes;        // [layers, N, Q, 4] cxcywh, fraction of the image without padding
  at::Tensor hidden;            // [layers, N, Q, C] decoder states
  at::Tensor unnormed;          // the same before the decoder's norm; plain DETR only
  at::Tensor init_reference;    // [N, Q, 2 or 4]; Deformable only
  at::Tensor inter_references;  // [layers, N, Q, 2 or 4], after each layer; Deformable only
  // Two-stage only:
  at::Tensor enc_logits;  // [N, S, K]
  // [N, S, 4]; +inf where a proposal is padding or out of bounds. In inference mode undefined, unless
  // set_all_proposals() asks for those that become no query.
  at::Tensor enc_boxes_unact;
  at::Tensor topk_proposals;  // [N, Q] token indices, best first
};

class Detector {
 public:
  explicit Detector(const ModelConfig& config);
  virtual ~Detector() = default;
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  const ModelConfig& config() const { return config_; }
  // pixels [N, 3, H, W] normalised, on the detector's device; mask [N, H, W] bool (true = padding), there
  // or on the CPU. The hook is called at every attention, with tensors of the detector's device; without
  // one the result has the same bits. Throws Error for another shape, type or device, and for an image
  // that is padding alone where the mask is on the CPU (to read one elsewhere the host would have to
  // wait; such an image gives NaN).
  Memory encode(const at::Tensor& pixels, const at::Tensor& mask, AttentionHook* hook = nullptr,
                EncoderProbe* probe = nullptr) const {
    return encode_from(encoder_start(pixels, mask, probe), hook, probe);
  }
  // encode() in two steps, for those who encode one image often: what comes before the layers, and the layers from
  // `state.layer` on. The hook takes part in the second alone.
  virtual EncoderState encoder_start(const at::Tensor& pixels, const at::Tensor& mask,
                                     EncoderProbe* probe = nullptr) const = 0;
  virtual Memory encode_from(const EncoderState& state, AttentionHook* hook = nullptr,
                             EncoderProbe* probe = nullptr) const = 0;
  // The state before a layer, of what encoder_start() gave and a probe of all layers saw.
  static EncoderState state_before(int layer, const EncoderState& start, const EncoderProbe& probe);
  // Throws Error for the memory of another model, and where two stages have more queries than tokens.
  ModelOutput decode(const Memory& memory, AttentionHook* hook = nullptr) const;

  // decode() in two steps, for those who decode one memory often. The first decoder layer's state; `output` gets
  // what precedes the layers (init_reference, two-stage proposals). Throws as decode().
  virtual DecoderState decoder_start(const Memory& memory, ModelOutput& output) const = 0;
  // Runs the layers from `state.layer` on. `output` has the results of those before and gets the rest. The states
  // may be a batch over a memory of one: each its own queries.
  virtual void decode_from(const Memory& memory, const DecoderState& state, AttentionHook* hook,
                           ModelOutput& output) const = 0;
  // The state before a layer of what decoder_start() and decode() gave.
  DecoderState state_before(int layer, const DecoderState& start, const ModelOutput& output) const;
  // Fills in memory.values; decode() then differs by rounding from one that samples before it projects.
  virtual void keep_values(Memory& memory) const { (void)memory; }
  ModelOutput forward(const at::Tensor& pixels, const at::Tensor& mask,
                      AttentionHook* hook = nullptr) const {
    return decode(encode(pixels, mask, hook), hook);
  }

  // Every tensor under every official name.
  virtual void visit(const TensorVisitor& visitor) = 0;

  // Dropout and trainable batch norm on or off; a new detector is off.
  void set_training(bool training) { mode_.training = training; }
  // While training, encoder and decoder layers are computed again for backward: less memory, more time.
  // Training must stay on until backward is done.
  void set_recompute(bool recompute) { mode_.recompute = recompute; }
  // Two-stage, in inference mode: the boxes of all proposals, which losses want, and not of the best alone.
  void set_all_proposals(bool wanted) { mode_.all_proposals = wanted; }
  // Brings every tensor to this type (float32, float64, bfloat16).
  void to(at::ScalarType type);
  // Brings every tensor to this device; those that are shared stay shared. What points at the tensors, such
  // as an optimizer, is made afterwards.
  void to(at::Device device);
  at::Device device() const { return device_; }

 protected:
  // What encode and decode throw; `type` is that of the weights.
  void check_input(const at::Tensor& pixels, const at::Tensor& mask, at::ScalarType type) const;
  void check_memory(const Memory& memory) const;
  // `fresh` of the layers from `layer` on, behind those that `all` has of the layers before.
  static void append_layers(at::Tensor& all, int layer, const std::vector<at::Tensor>& fresh);

  ModelConfig config_;
  Mode mode_;
  at::Device device_{at::kCPU};
};

// A detector with room for its weights; load or initialise them before use. Throws Error (check()).
std::unique_ptr<Detector> make_detector(const ModelConfig& config);

// Every tensor by official name, shared ones under all their names, in the official order of parts.
NamedTensors state_dict(Detector& detector);

// Takes the tensors as they are in memory (float16 and others become float32). Strict: throws Error,
// starting with `source`, for a missing or unexpected name or another shape. Of the names of a shared
// tensor one is enough; those that are there must agree.
void load_state_dict(Detector& detector, const NamedTensors& tensors, const std::string& source);

// Whether the official recipe trains this tensor: a parameter, and in the backbone with frozen norm
// only those of layer2 to layer4 (model.md 2).
bool is_trainable(const ModelConfig& config, const std::string& name, TensorKind kind);

}  // namespace saccade
