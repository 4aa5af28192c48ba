// The models of the goldens.
#include "tests/parity/golden_variant.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "saccade/checkpoint/weights_file.h"
#include "saccade/core/error.h"

namespace saccade {

namespace fs = std::filesystem;

namespace {

at::Tensor normalised(const at::Tensor& bytes) {  // [3, H, W]
  Image image(static_cast<int>(bytes.size(2)), static_cast<int>(bytes.size(1)));
  const at::Tensor rows = bytes.permute({1, 2, 0}).contiguous();
  std::copy_n(rows.const_data_ptr<std::uint8_t>(), image.rgb.size(), image.rgb.begin());
  return to_normalised(image);
}

}  // namespace

ImageBatch images_of(const std::map<std::string, at::Tensor>& tensors) {
  std::vector<at::Tensor> images;
  for (int i = 0; tensors.contains("image" + std::to_string(i) + "_u8"); ++i)
    images.push_back(normalised(tensors.at("image" + std::to_string(i) + "_u8")));
  return collate(images);
}

fs::path state_dict_file(const fs::path& goldens, const std::string& variant) {
  for (const fs::path& folder : {goldens, fs::path(SACCADE_SOURCE_DIR) / "tests/goldens"}) {
    const fs::path file = folder / "state_dicts" / (variant + ".json");
    if (fs::exists(file)) return file;
  }
  return {};
}

ModelConfig config_of_args(const std::string& args_json, const StateDictTable& table) {
  const Args args = args_from_json(args_json);
  ModelConfig c;
  const bool deformable = args.contains("num_feature_levels");
  const auto whole = [&](const char* name, int fallback) {
    return static_cast<int>(arg_int(args, name, fallback));
  };
  c.family = deformable ? ModelFamily::kDeformableDetr : ModelFamily::kDetr;
  c.backbone = arg_text(args, "backbone", c.backbone);
  c.dilation = arg_flag(args, "dilation", false);
  c.position_embedding = arg_text(args, "position_embedding", c.position_embedding);
  c.num_queries = whole("num_queries", c.num_queries);
  c.hidden_dim = whole("hidden_dim", c.hidden_dim);
  c.nheads = whole("nheads", c.nheads);
  c.num_feature_levels = whole("num_feature_levels", 1);
  c.enc_layers = whole("enc_layers", c.enc_layers);
  c.dec_layers = whole("dec_layers", c.dec_layers);
  c.enc_n_points = whole("enc_n_points", c.enc_n_points);
  c.dec_n_points = whole("dec_n_points", c.dec_n_points);
  c.dim_feedforward = whole("dim_feedforward", c.dim_feedforward);
  c.dropout = arg_double(args, "dropout", c.dropout);
  c.with_box_refine = arg_flag(args, "with_box_refine", false);
  c.two_stage = arg_flag(args, "two_stage", false);
  c.pre_norm = arg_flag(args, "pre_norm", false);
  const std::string head = deformable ? "class_embed.0.weight" : "class_embed.weight";
  c.num_classes = static_cast<int>(table.keys.at(head).shape.at(0));
  return c;
}

void load_generated(Detector& detector, const StateDictTable& table, std::uint64_t seed) {
  std::map<std::string, at::Tensor> made;  // by generator name: tied keys share one
  NamedTensors tensors;
  for (const auto& [name, tensor] : state_dict(detector)) {
    const auto found = table.keys.find(name);
    if (found == table.keys.end()) throw Error(text_of(name, " is not in the golden table"));
    const StateDictKey& key = found->second;
    at::Tensor& values = made[key.recipe.gen_name];
    if (!values.defined()) {
      values = at::empty(tensor.sizes());
      const std::span<float> span(values.mutable_data_ptr<float>(),
                                  static_cast<std::size_t>(values.numel()));
      generate(key.recipe, seed, span);
      const auto crc = key.crc32.find(seed);
      if (crc != key.crc32.end() && tensor.sizes() == at::IntArrayRef(key.shape)) {
        EXPECT_EQ(crc32_of(span), crc->second) << name << " was generated wrongly";
      }
    }
    tensors.emplace_back(name, values);
  }
  load_state_dict(detector, tensors, "generated weights");
}

}  // namespace saccade
