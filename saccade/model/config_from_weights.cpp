// Reads the architecture off the names and shapes of a weights file.
#include "saccade/model/config_from_weights.h"

#include <algorithm>
#include <unordered_map>

#include "saccade/core/error.h"

namespace saccade {
namespace {

class Reader {
 public:
  explicit Reader(const WeightsFile& file) : file_(file) {
    for (const auto& [name, tensor] : file.tensors) shapes_.emplace(name, tensor.shape);
  }

  ModelConfig read() {
    refuse_masks();
    ModelConfig c;
    if (is_notebook_detr(file_)) return read_notebook(c);
    c.family = has("transformer.level_embed") ? ModelFamily::kDeformableDetr : ModelFamily::kDetr;
    read_transformer(c);
    c.dilation = arg_flag(file_.args, "dilation", false);
    c.position_embedding = has("backbone.1.row_embed.weight") ? "learned" : "sine";
    read_backbone(c, "backbone.0.body.");
    if (c.family == ModelFamily::kDetr) {
      read_plain(c);
    } else {
      read_deformable(c);
    }
    return c;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(text_of(file_.path.string(), ": ", what));
  }
  bool has(const std::string& name) const { return shapes_.contains(name); }

  int size(const std::string& name, std::size_t axis) const {
    const auto found = shapes_.find(name);
    if (found == shapes_.end())
      fail(text_of("holds no DETR or Deformable DETR: ", name, " is missing"));
    if (axis >= found->second.size() || found->second[axis] > 1'000'000) {
      fail(text_of(name, " has the impossible shape ", shape_text(found->second)));
    }
    return static_cast<int>(found->second[axis]);
  }

  int count_arg(const std::string& name, std::int64_t fallback, std::int64_t most) const {
    const std::int64_t value = arg_int(file_.args, name, fallback);
    if (value < 1 || value > most)
      fail(text_of("its args say ", name, " is ", value, ", expected 1 to ", most));
    return static_cast<int>(value);
  }

  // How many of prefix + 0 + suffix, prefix + 1 + suffix ... there are.
  int count(const std::string& prefix, const std::string& suffix) const {
    int n = 0;
    while (has(prefix + std::to_string(n) + suffix)) ++n;
    return n;
  }

  // Masks of objects and of what is no object are made by parts that this program does not have.
  void refuse_masks() const {
    for (const char* part : {"mask_head.lay1.weight", "bbox_attention.q_linear.weight"})
      if (has(part) || has(std::string("detr.") + part))
        fail(
            text_of("is a DETR with a mask head (", part,
                    "; trained with --masks, for panoptic or instance segmentation): masks are not "
                    "read, take the weights of a detector"));
  }

  void read_transformer(ModelConfig& c) const {
    c.enc_layers = count("transformer.encoder.layers.", ".linear1.weight");
    c.dec_layers = count("transformer.decoder.layers.", ".linear1.weight");
    c.dim_feedforward = size("transformer.decoder.layers.0.linear1.weight", 0);
    c.hidden_dim = size("transformer.decoder.layers.0.linear1.weight", 1);
    c.nheads = count_arg("nheads", 8, 1024);
    c.dropout = arg_double(file_.args, "dropout", 0.1);
  }

  ModelConfig read_notebook(ModelConfig c) const {
    c.family = ModelFamily::kDetr;
    c.position_embedding = "learned";
    c.num_feature_levels = 1;
    read_transformer(c);
    read_backbone(c, "backbone.");
    c.num_classes = size("linear_class.weight", 0);
    c.num_queries = size("query_pos", 0);
    return c;
  }

  void read_backbone(ModelConfig& c, const std::string& body) const {
    const bool bottleneck = has(body + "layer1.0.conv3.weight");
    const int third_stage = count(body + "layer3.", ".conv1.weight");
    const int first_stage = count(body + "layer1.", ".conv1.weight");
    if (bottleneck) {
      c.backbone = third_stage == 23 ? "resnet101" : "resnet50";
    } else {
      c.backbone = first_stage == 2 ? "resnet18" : "resnet34";
    }
    const int expected = c.backbone == "resnet101" ? 23 : c.backbone == "resnet18" ? 2 : 6;
    if (third_stage != expected) {
      fail(text_of("its backbone is no ResNet-18, 34, 50 or 101 (", third_stage,
                   " blocks in layer3)"));
    }
    if (!has(body + "bn1.running_mean")) {
      c.norm = BackboneNorm::kGroup;
    } else if (arg_text(file_.args, "norm", "frozen") == "batch") {
      c.norm = BackboneNorm::kBatch;
    }
  }

  void read_plain(ModelConfig& c) const {
    c.num_feature_levels = 1;
    c.num_classes = size("class_embed.weight", 0);
    c.num_queries = size("query_embed.weight", 0);
    c.pre_norm = has("transformer.encoder.norm.weight");
  }

  void read_deformable(ModelConfig& c) const {
    c.num_feature_levels = size("transformer.level_embed", 0);
    c.num_classes = size("class_embed.0.weight", 0);
    c.two_stage = has("transformer.enc_output.weight");
    c.with_box_refine = c.two_stage || has("transformer.decoder.bbox_embed.0.layers.0.weight") ||
                        arg_flag(file_.args, "with_box_refine", false);
    c.num_queries =
        c.two_stage ? count_arg("num_queries", 300, 100'000) : size("query_embed.weight", 0);
    if (c.enc_layers > 0) c.enc_n_points = points(c, "transformer.encoder.layers.0.self_attn.");
    c.dec_n_points = points(c, "transformer.decoder.layers.0.cross_attn.");
  }

  int points(const ModelConfig& c, const std::string& prefix) const {
    const int all = size(prefix + "attention_weights.weight", 0);
    const int per_point = c.nheads * c.num_feature_levels;
    if (all % per_point != 0 || all == 0) {
      fail(text_of(prefix, "attention_weights has ", all, " rows, no multiple of ", c.nheads,
                   " heads x ", c.num_feature_levels, " levels"));
    }
    return all / per_point;
  }

  const WeightsFile& file_;
  std::unordered_map<std::string, std::vector<std::int64_t>> shapes_;
};

}  // namespace

ModelConfig config_from_weights(const WeightsFile& file) { return Reader(file).read(); }

bool is_notebook_detr(const WeightsFile& file) {
  return std::any_of(file.tensors.begin(), file.tensors.end(), [](const auto& tensor) {
    return tensor.first == "query_pos" || tensor.first == "linear_bbox.weight";
  });
}

Args args_of(const ModelConfig& c) {
  const auto number = [](int value) { return ArgValue(std::int64_t{value}); };
  static constexpr const char* kNorms[] = {"frozen", "batch", "group"};
  return {{"backbone", c.backbone},
          {"dilation", c.dilation},
          {"norm", std::string(kNorms[static_cast<int>(c.norm)])},
          {"position_embedding", c.position_embedding},
          {"num_queries", number(c.num_queries)},
          {"hidden_dim", number(c.hidden_dim)},
          {"nheads", number(c.nheads)},
          {"num_feature_levels", number(c.num_feature_levels)},
          {"enc_layers", number(c.enc_layers)},
          {"dec_layers", number(c.dec_layers)},
          {"enc_n_points", number(c.enc_n_points)},
          {"dec_n_points", number(c.dec_n_points)},
          {"dim_feedforward", number(c.dim_feedforward)},
          {"dropout", c.dropout},
          {"with_box_refine", c.with_box_refine},
          {"two_stage", c.two_stage},
          {"pre_norm", c.pre_norm}};
}

}  // namespace saccade
