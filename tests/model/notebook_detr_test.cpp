// The minimal DETR of the demo notebook against the notebook's own steps, written out below from its names.
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "saccade/checkpoint/tensors.h"
#include "saccade/core/error.h"
#include "saccade/model/config_from_weights.h"
#include "saccade/model/detr.h"

namespace saccade {
namespace {

using at::Tensor;
using Weights = std::map<std::string, Tensor>;

constexpr std::int64_t kHeads = 8;

ModelConfig small_notebook(const std::string& backbone) {
  return {.family = ModelFamily::kDetr,
          .backbone = backbone,
          .position_embedding = "learned",
          .num_classes = 6,
          .num_queries = 5,
          .hidden_dim = 32,
          .num_feature_levels = 1,
          .enc_layers = 2,
          .dec_layers = 3,
          .dim_feedforward = 48};
}

// Random weights that keep activations near 1.
std::unique_ptr<Detector> random_notebook(const ModelConfig& config) {
  auto detector = make_notebook_detr(config);
  at::manual_seed(4);
  detector->visit([](const std::string& name, Tensor& tensor, TensorKind kind) {
    const Tensor noise = at::randn(tensor.sizes());
    const bool scales = tensor.dim() == 1 && name.ends_with("weight");
    if (kind == TensorKind::kBuffer && name.ends_with("running_var")) {
      tensor.copy_(noise.abs() + 0.5);
    } else if (tensor.dim() == 1) {
      tensor.copy_(noise * 0.1 + (scales ? 1 : 0));
    } else if (name.ends_with("embed") || name == "query_pos") {
      tensor.copy_(noise);
    } else {
      tensor.copy_(noise / std::sqrt(static_cast<double>(noise.numel() / tensor.size(0))));
    }
  });
  return detector;
}

Weights weights_of(Detector& detector) {
  Weights weights;
  for (const auto& [name, tensor] : state_dict(detector)) weights.emplace(name, tensor);
  return weights;
}

// --- the notebook, step by step ---------------------------------------------------------------------------

class Notebook {
 public:
  explicit Notebook(Weights weights) : w_(std::move(weights)) {}

  // [Q, K] and [Q, 4] of one image [1, 3, H, W].
  std::pair<Tensor, Tensor> operator()(const Tensor& pixels) const {
    const Tensor map = at::conv2d(resnet(pixels), w_.at("conv.weight"), w_.at("conv.bias"));
    const std::int64_t height = map.size(2), width = map.size(3);
    const Tensor columns =
        w_.at("col_embed").narrow(0, 0, width).unsqueeze(0).repeat({height, 1, 1});
    const Tensor rows = w_.at("row_embed").narrow(0, 0, height).unsqueeze(1).repeat({1, width, 1});
    const Tensor positions = at::cat({columns, rows}, -1).flatten(0, 1);
    Tensor x = positions + 0.1 * map[0].flatten(1).t();
    for (int i = 0; has(layer("encoder", i) + "linear1.weight"); ++i)
      x = encoder_layer(layer("encoder", i), x);
    const Tensor memory = norm("transformer.encoder.norm.", x);
    Tensor y = w_.at("query_pos");
    for (int i = 0; has(layer("decoder", i) + "linear1.weight"); ++i)
      y = decoder_layer(layer("decoder", i), y, memory);
    y = norm("transformer.decoder.norm.", y);
    return {linear("linear_class.", y), linear("linear_bbox.", y).sigmoid()};
  }

 private:
  bool has(const std::string& name) const { return w_.contains(name); }
  static std::string layer(const std::string& stack, int i) {
    return "transformer." + stack + ".layers." + std::to_string(i) + ".";
  }
  Tensor linear(const std::string& at, const Tensor& x) const {
    return at::linear(x, w_.at(at + "weight"), w_.at(at + "bias"));
  }
  Tensor norm(const std::string& at, const Tensor& x) const {
    return at::layer_norm(x, {x.size(-1)}, w_.at(at + "weight"), w_.at(at + "bias"));
  }
  Tensor feed(const std::string& at, const Tensor& x) const {
    return linear(at + "linear2.", at::relu(linear(at + "linear1.", x)));
  }

  Tensor attend(const std::string& at, const Tensor& query, const Tensor& memory) const {
    const auto weights = w_.at(at + "in_proj_weight").chunk(3),
               biases = w_.at(at + "in_proj_bias").chunk(3);
    const auto heads = [&](const Tensor& x, int part) {
      return at::linear(x, weights[part], biases[part])
          .view({x.size(0), kHeads, -1})
          .transpose(0, 1);
    };
    const Tensor q = heads(query, 0), k = heads(memory, 1), v = heads(memory, 2);
    const Tensor a =
        (q.matmul(k.transpose(1, 2)) / std::sqrt(static_cast<double>(q.size(2)))).softmax(-1);
    return linear(at + "out_proj.", a.matmul(v).transpose(0, 1).flatten(1));
  }

  Tensor encoder_layer(const std::string& at, Tensor x) const {
    x = norm(at + "norm1.", x + attend(at + "self_attn.", x, x));
    return norm(at + "norm2.", x + feed(at, x));
  }
  Tensor decoder_layer(const std::string& at, Tensor x, const Tensor& memory) const {
    x = norm(at + "norm1.", x + attend(at + "self_attn.", x, x));
    x = norm(at + "norm2.", x + attend(at + "multihead_attn.", x, memory));
    return norm(at + "norm3.", x + feed(at, x));
  }

  Tensor conv_bn(const std::string& conv, const std::string& bn, const Tensor& x,
                 int stride) const {
    const Tensor& weight = w_.at(conv + ".weight");
    const Tensor y = at::conv2d(x, weight, {}, stride, weight.size(2) / 2);
    return at::batch_norm(y, w_.at(bn + ".weight"), w_.at(bn + ".bias"),
                          w_.at(bn + ".running_mean"), w_.at(bn + ".running_var"), false, 0.1, 1e-5,
                          false);
  }

  Tensor block(const std::string& at, const Tensor& x, int stride) const {
    const bool bottleneck = has(at + "conv3.weight");
    Tensor y = at::relu(conv_bn(at + "conv1", at + "bn1", x, bottleneck ? 1 : stride));
    y = conv_bn(at + "conv2", at + "bn2", y, bottleneck ? stride : 1);
    if (bottleneck) y = conv_bn(at + "conv3", at + "bn3", at::relu(y), 1);
    const bool shortcut = has(at + "downsample.0.weight");
    return at::relu(y +
                    (shortcut ? conv_bn(at + "downsample.0", at + "downsample.1", x, stride) : x));
  }

  Tensor resnet(const Tensor& pixels) const {
    Tensor x = at::relu(conv_bn("backbone.conv1", "backbone.bn1", pixels, 2));
    x = at::max_pool2d(x, 3, 2, 1);
    for (int stage = 1; stage <= 4; ++stage)
      for (int i = 0;; ++i) {
        const std::string at =
            "backbone.layer" + std::to_string(stage) + "." + std::to_string(i) + ".";
        if (!has(at + "conv1.weight")) break;
        x = block(at, x, i == 0 && stage > 1 ? 2 : 1);
      }
    return x;
  }

  const Weights w_;
};

// --- tests ------------------------------------------------------------------------------------------------

TEST(NotebookDetr, GivesWhatTheNotebookGives) {
  const c10::InferenceMode no_gradients;
  for (const char* backbone : {"resnet18", "resnet50"}) {
    const auto detector = random_notebook(small_notebook(backbone));
    at::manual_seed(9);
    const Tensor pixels = at::randn({1, 3, 96, 160});
    const ModelOutput output = detector->forward(pixels, at::zeros({1, 96, 160}, at::kBool));
    const auto [logits, boxes] = Notebook(weights_of(*detector))(pixels);
    EXPECT_TRUE(at::allclose(output.pred_logits[-1][0], logits, 1e-4, 1e-4)) << backbone;
    EXPECT_TRUE(at::allclose(output.pred_boxes[-1][0], boxes, 1e-4, 1e-5)) << backbone;
    EXPECT_GT((logits[0] - logits[1]).abs().max().item<double>(), 1e-3) << "queries differ";
  }
}

// model.md 6.1: 511 keys, 53 of them num_batches_tracked, which are left out on reading; 41,459,616 parameters.
TEST(NotebookDetr, HasThePublishedTensors) {
  const ModelConfig published{.family = ModelFamily::kDetr,
                              .position_embedding = "learned",
                              .num_classes = 92,
                              .num_queries = 100,
                              .num_feature_levels = 1,
                              .dim_feedforward = 2048};
  const auto detector = make_notebook_detr(published);
  std::size_t names = 0;
  std::int64_t parameters = 0;
  detector->visit([&](const std::string&, Tensor& tensor, TensorKind kind) {
    ++names;
    // The notebook's norms are trained: their weights and biases are parameters.
    if (kind == TensorKind::kParameter) parameters += tensor.numel();
  });
  EXPECT_EQ(names, 511u - 53u);
  std::int64_t of_norms = 0;
  detector->visit([&](const std::string& name, Tensor& tensor, TensorKind kind) {
    if (kind == TensorKind::kBuffer && !name.ends_with("running_mean") &&
        !name.ends_with("running_var"))
      of_norms += tensor.numel();
  });
  EXPECT_EQ(parameters + of_norms, 41'459'616);
}

WeightsFile file_of(const ModelConfig& config) {
  WeightsFile file{.path = "demo.pth"};
  file.tensors = to_raw(state_dict(*random_notebook(config)));
  return file;
}

TEST(NotebookDetr, IsKnownByItsNamesAndShapes) {
  const WeightsFile file = file_of(small_notebook("resnet50"));
  EXPECT_TRUE(is_notebook_detr(file));
  const ModelConfig c = config_from_weights(file);
  EXPECT_EQ(c.family, ModelFamily::kDetr);
  EXPECT_EQ(c.backbone, "resnet50");
  EXPECT_EQ(c.hidden_dim, 32);
  EXPECT_EQ(c.num_queries, 5);
  EXPECT_EQ(c.num_classes, 6);
  EXPECT_EQ(c.enc_layers, 2);
  EXPECT_EQ(c.dec_layers, 3);
  EXPECT_EQ(c.dim_feedforward, 48);
  const auto detector = make_notebook_detr(c);
  load_state_dict(*detector, to_tensors(file.tensors), "demo.pth");
}

TEST(NotebookDetr, MasksAreRefusedAndNamed) {
  for (const char* name : {"detr.mask_head.lay1.weight", "detr.bbox_attention.q_linear.weight",
                           "mask_head.lay1.weight"}) {
    WeightsFile file = file_of(small_notebook("resnet18"));
    file.tensors = to_raw(NamedTensors{{name, at::zeros({2, 2})}});
    try {
      config_from_weights(file);
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("mask head"), std::string::npos) << error.what();
    }
  }
}

TEST(NotebookDetr, NeedsLearnedPositions) {
  ModelConfig sines = small_notebook("resnet18");
  sines.position_embedding = "sine";
  EXPECT_THROW(make_notebook_detr(sines), Error);
}

}  // namespace
}  // namespace saccade
