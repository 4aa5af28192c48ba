// Parity of whole detectors with the original code, in float32 and float64 (goldens: models/,
// state_dicts/, generator_vectors.json).
#include <c10/core/InferenceMode.h>
#include <simdjson.h>

#include <set>

#include "saccade/checkpoint/tensors.h"
#include "saccade/core/file_io.h"
#include "saccade/image/preprocess.h"
#include "saccade/model/config_from_weights.h"
#include "saccade/model/detector.h"
#include "saccade/model/postprocess.h"
#include "tests/parity/golden_cases.h"
#include "tests/parity/weight_generator.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
namespace dom = simdjson::dom;
using Tensors = std::map<std::string, at::Tensor>;
using at::indexing::Slice;

const fs::path kShipped = SACCADE_SOURCE_DIR "/tests/goldens";

// Largest difference between float32 and float64 runs of the original, by "ddetr:pred_logits".
std::map<std::string, double> read_tolerances(const fs::path& goldens) {
  const fs::path here = goldens / "tolerances.json";
  dom::parser parser;
  std::map<std::string, double> out;
  const std::string text = read_file(fs::exists(here) ? here : kShipped / "tolerances.json");
  for (const auto item : parser.parse(text)["models"].get_object()) {
    double largest = 0;
    if (item.value["max_abs"].get(largest) == simdjson::SUCCESS)
      out[std::string(item.key)] = largest;
  }
  return out;
}

// Keeps what every attention did, for the batch.
class Recorder : public AttentionHook {
 public:
  void on_deformable(DeformableAttentionCall& call) override {
    auto& [locations, weights] = call.site == AttentionSite::kEncoderSelf ? encoder : decoder;
    locations.push_back(call.sampling_locations);
    weights.push_back(call.attention_weights);
  }
  void on_dense(DenseAttentionCall& call) override {
    if (call.site == AttentionSite::kEncoderSelf) dense_encoder.push_back(call.weights);
    if (call.site == AttentionSite::kDecoderCross) dense_decoder.push_back(call.weights);
  }
  bool wants_dense(AttentionSite, int) const override { return true; }

  std::pair<std::vector<at::Tensor>, std::vector<at::Tensor>> encoder, decoder;
  std::vector<at::Tensor> dense_encoder, dense_decoder;
};

struct ModelCase {
  Tensors golden;
  std::string family;  // ddetr or detr, as in tolerances.json
  std::map<std::string, double> tolerances;
  std::vector<std::pair<double, double>> target_sizes;  // h, w
  std::unique_ptr<Detector> detector;
};

class Run {
 public:
  Run(const ModelCase& c, at::ScalarType type) : case_(c), type_(type) {
    const c10::InferenceMode no_gradients;
    std::vector<at::Tensor> images;
    for (int i = 0; c.golden.contains(image_key(i)); ++i)
      images.push_back(normalised(c.golden.at(image_key(i))));
    const ImageBatch batch = collate(images);
    memory_ = c.detector->encode(batch.pixels.to(type), batch.mask, &recorder_, &probe_);
    output_ = c.detector->decode(memory_, &recorder_);
  }

  void check() {
    check_outputs();
    if (case_.family == "ddetr") {
      check_deformable();
    } else {
      check_plain();
    }
    for (std::size_t i = 0; i < case_.target_sizes.size(); ++i) check_post(static_cast<int>(i));
  }

 private:
  static std::string image_key(int i) { return "image" + std::to_string(i) + "_u8"; }

  static at::Tensor normalised(const at::Tensor& u8) {
    Image image(static_cast<int>(u8.size(2)), static_cast<int>(u8.size(1)));
    const at::Tensor rows = u8.permute({1, 2, 0}).contiguous();
    std::memcpy(image.rgb.data(), rows.const_data_ptr(), image.rgb.size());
    return to_normalised(image);
  }

  double tolerance(const std::string& key, double largest) const {
    if (type_ == at::kDouble) return 1e-6 * std::max(largest, 1e-3);
    const auto found = case_.tolerances.find(case_.family + ":" + key);
    return found != case_.tolerances.end() ? 5 * found->second : 1e-5 * std::max(largest, 1.0);
  }

  // Compares where `where` (broadcastable bool) is true; everywhere when it is undefined.
  void expect(const std::string& key, const at::Tensor& got, const at::Tensor& where = {},
              const std::string& tolerance_key = "") {
    const auto found = case_.golden.find(key);
    if (found == case_.golden.end()) return;
    ASSERT_EQ(got.sizes(), found->second.sizes()) << key;
    const at::Tensor want = found->second.to(at::kDouble);
    at::Tensor error = (got.to(at::kDouble) - want).abs();
    if (where.defined()) error = error.masked_fill(where.logical_not(), 0);
    const double bound = tolerance(tolerance_key.empty() ? key : tolerance_key,
                                   want.abs().nan_to_num(0, 0, 0).max().item<double>());
    EXPECT_LE(error.max().item<double>(), bound) << key << " in " << type_;
  }

  void check_outputs() {
    expect("pred_logits", output_.pred_logits);
    expect("pred_boxes", output_.pred_boxes);
    expect("hs_strided", output_.hidden.index({Slice(), Slice(), Slice(0, at::indexing::None, 4)}));
    if (type_ == at::kFloat) {
      expect("fp32_pred_logits_last", output_.pred_logits[-1], {}, "pred_logits");
      expect("fp32_pred_boxes_last", output_.pred_boxes[-1], {}, "pred_boxes");
    }
  }

  void check_deformable() {
    const at::Tensor valid = memory_.padding_mask.logical_not();  // [N, S]
    expect_equal("spatial_shapes", memory_.spatial_shapes);
    expect_equal("mask_flatten", memory_.padding_mask);
    expect("init_reference", output_.init_reference);
    expect("inter_references", output_.inter_references);
    const auto every = [](const at::Tensor& t, int step) {
      return t.slice(1, 0, std::nullopt, step);
    };
    expect("memory_strided", every(memory_.tokens, 5), every(valid, 5).unsqueeze(-1));
    expect("memory_mean_per_token", memory_.tokens.mean(-1), valid);
    expect("memory_std_per_token", memory_.tokens.std(-1), valid);
    expect("enc_layers_strided", at::stack(probe_.layers).slice(2, 0, std::nullopt, 37),
           every(valid, 37).unsqueeze(0).unsqueeze(-1));
    for (std::size_t l = 0; l < probe_.projected.size(); ++l) {
      expect("src" + std::to_string(l) + "_strided", strided(probe_.projected[l], 8, 3));
    }
    for (std::size_t k = 0; k < probe_.backbone.size(); ++k) {
      expect("backbone" + std::to_string(k) + "_strided", strided(probe_.backbone[k], 32, 7));
    }
    check_points("enc", recorder_.encoder, valid);
    check_points("dec", recorder_.decoder, {});
    check_two_stage();
  }

  static at::Tensor strided(const at::Tensor& map, int channels, int positions) {
    return map.flatten(2).slice(1, 0, std::nullopt, channels).slice(2, 0, std::nullopt, positions);
  }

  void check_points(const std::string& module,
                    const std::pair<std::vector<at::Tensor>, std::vector<at::Tensor>>& seen,
                    const at::Tensor& valid) {
    const auto index = case_.golden.find(module + "_query_index");
    if (index == case_.golden.end()) return;
    const auto pick = [&](const std::vector<at::Tensor>& layers) {
      return at::stack(layers).index_select(2, index->second);
    };
    at::Tensor where;
    if (valid.defined())
      where = valid.index_select(1, index->second).view({1, valid.size(0), -1, 1, 1, 1});
    expect(module + "_attention_weights", pick(seen.second), where);
    expect(module + "_sampling_locations", pick(seen.first),
           where.defined() ? where.unsqueeze(-1) : where);
  }

  void check_two_stage() {
    if (!output_.enc_logits.defined()) return;
    const at::Tensor first = output_.enc_logits.select(-1, 0);
    expect("enc_logits_class0", first);
    expect("enc_boxes", output_.enc_boxes_unact.sigmoid());
    expect("enc_logits_strided", output_.enc_logits.slice(1, 0, std::nullopt, 25));
    const auto found = case_.golden.find("topk_indices");
    if (found == case_.golden.end()) return;
    const auto [values, indices] = first.topk(found->second.size(1), 1);
    expect("topk_values", values);
    expect_equal("topk_indices", indices);
  }

  void check_plain() {
    const auto height = memory_.levels[0].height;
    const auto width = memory_.levels[0].width;
    expect_equal("mask", memory_.padding_mask.view({-1, height, width}));
    expect("src_strided", probe_.projected[0].slice(1, 0, std::nullopt, 4));
    const at::Tensor map =
        memory_.tokens.transpose(1, 2).reshape({memory_.tokens.size(0), -1, height, width});
    const at::Tensor valid = memory_.padding_mask.logical_not().view({-1, 1, height, width});
    if (const auto found = case_.golden.find("memory_strided"); found != case_.golden.end()) {
      expect("memory_strided", map.slice(1, 0, std::nullopt, map.size(1) / found->second.size(1)),
             valid);
    }
    const at::Tensor cross = at::stack(recorder_.dense_decoder);  // [layers, N, M, Q, HW]
    if (const auto found = case_.golden.find("dec_layer_index"); found != case_.golden.end()) {
      expect("dec_cross_attention_avg", cross.mean(2).index_select(0, found->second));
    }
    if (const auto found = case_.golden.find("dec_query_index"); found != case_.golden.end()) {
      expect("dec_cross_attention_last_per_head", cross[-1].index_select(2, found->second));
    }
    expect("enc_self_attention_last_avg", recorder_.dense_encoder.back().mean(1));
  }

  void expect_equal(const std::string& key, const at::Tensor& got) {
    const auto found = case_.golden.find(key);
    if (found == case_.golden.end()) return;
    EXPECT_TRUE(got.equal(found->second.to(got.scalar_type()))) << key << " in " << type_;
  }

  // Rows are compared as sets: neighbours can be closer than the noise of float32.
  void check_post(int i) {
    const std::string prefix = "post" + std::to_string(i) + "_";
    const auto scores = case_.golden.find(prefix + "scores");
    if (scores == case_.golden.end() || i >= output_.pred_logits.size(1)) return;
    const auto [height, width] = case_.target_sizes[i];
    const ImageResults ours =
        postprocess(case_.detector->config().family, output_.pred_logits[-1][i],
                    output_.pred_boxes[-1][i], width, height);
    ASSERT_EQ(ours.scores.size(0), scores->second.size(0));
    const double score_bound = std::max(tolerance(prefix + "scores", 1), 2e-7);
    const double box_bound = std::max(tolerance(prefix + "boxes", 800), 1e-4);
    const at::Tensor& labels = case_.golden.at(prefix + "labels");
    const at::Tensor boxes = case_.golden.at(prefix + "boxes").to(at::kDouble);
    for (std::int64_t r = 0; r < scores->second.size(0); ++r) {
      const at::Tensor same =
          ours.labels.eq(labels[r])
              .logical_and((ours.scores.to(at::kDouble) - scores->second[r]).abs() <= score_bound)
              .logical_and((ours.boxes.to(at::kDouble) - boxes[r]).abs().amax(-1) <= box_bound);
      EXPECT_TRUE(same.any().item<bool>()) << prefix << " row " << r << " in " << type_;
    }
  }

  const ModelCase& case_;
  at::ScalarType type_;
  Recorder recorder_;
  EncoderProbe probe_;
  Memory memory_;
  ModelOutput output_;
};

WeightsFile generated_weights(const GeneratedStateDict& dict, std::uint64_t seed,
                              std::int64_t num_queries) {
  WeightsFile file{.path = "generated", .args = dict.args};
  file.args["num_queries"] = num_queries;
  for (auto [name, tensor] : dict.tensors) {
    if (name == "query_embed.weight" && tensor.shape[0] != num_queries) {
      tensor.shape[0] = num_queries;
      tensor.has_crc = false;
    }
    const at::Tensor made = generate(tensor, seed);
    if (tensor.has_crc) {
      EXPECT_EQ(crc32_of(made), tensor.crc32) << name;
    }
    file.tensors.emplace_back(name, to_raw(made));
  }
  return file;
}

void check_model(const fs::path& goldens, const fs::path& json_file) {
  dom::parser parser;
  const dom::element info = parser.parse(read_file(json_file));
  const std::string variant{info["variant"].get_string().value()};
  const auto seed = static_cast<std::uint64_t>(std::int64_t(info["weight_seed"]));
  const GeneratedStateDict dict = read_state_dict(goldens, kShipped, variant, seed);
  const WeightsFile weights = generated_weights(dict, seed, std::int64_t(info["num_queries"]));
  ModelCase c;
  fs::path tensors = json_file;
  c.golden = load_safetensors(tensors.replace_extension(".safetensors"));
  c.tolerances = read_tolerances(goldens);
  for (const auto size : info["post_target_sizes_hw"].get_array()) {
    c.target_sizes.emplace_back(double(size.at(0)), double(size.at(1)));
  }
  const ModelConfig config = config_from_weights(weights);
  c.family = config.family == ModelFamily::kDetr ? "detr" : "ddetr";
  c.detector = make_detector(config);
  load_state_dict(*c.detector, to_tensors(weights.tensors), "generated");
  Run(c, at::kFloat).check();
  c.detector->to(at::kDouble);
  Run(c, at::kDouble).check();
}

// Names, shapes, kinds, ties and counts of a detector made from the args alone.
void check_state_dict(const fs::path& goldens, const std::string& variant) {
  const GeneratedStateDict dict = read_state_dict(goldens, kShipped, variant, 1);
  WeightsFile file{.path = variant, .args = dict.args};
  for (const auto& [name, tensor] : dict.tensors) {
    file.tensors.emplace_back(
        name, RawTensor{.shape = tensor.shape, .storage = std::make_shared<Storage>()});
  }
  const ModelConfig config = config_from_weights(file);
  const auto detector = make_detector(config);
  std::map<const void*, std::string> first_name;
  std::set<std::string> seen;
  std::int64_t parameters = 0, trainable = 0;
  detector->visit([&](const std::string& name, at::Tensor& tensor, TensorKind kind) {
    seen.insert(name);
    ASSERT_TRUE(dict.tensors.contains(name)) << name << " is not in the original";
    const GeneratedTensor& want = dict.tensors.at(name);
    EXPECT_EQ(tensor.sizes().vec(), want.shape) << name;
    EXPECT_EQ(kind == TensorKind::kBuffer, want.buffer) << name;
    EXPECT_EQ(is_trainable(config, name, kind), want.trainable) << name;
    const bool is_new = first_name.emplace(&tensor, name).second;
    if (!want.tied_to.empty() && dict.tensors.contains(want.tied_to)) {
      at::Tensor* other = nullptr;
      detector->visit([&](const std::string& n, at::Tensor& t, TensorKind) {
        if (n == want.tied_to) other = &t;
      });
      EXPECT_EQ(other, &tensor) << name << " is tied to " << want.tied_to;
    }
    if (!is_new || kind != TensorKind::kParameter) return;
    parameters += tensor.numel();
    trainable += is_trainable(config, name, kind) ? tensor.numel() : 0;
  });
  EXPECT_EQ(seen.size(), dict.tensors.size());
  EXPECT_EQ(trainable, dict.trainable_parameters);
  // The official counts call the frozen convolutions parameters, too.
  EXPECT_EQ(parameters, dict.parameters);
}

void check_generator(const fs::path& file) {
  dom::parser parser;
  const dom::element root = parser.parse(read_file(file));
  for (const auto item : root["fnv1a64"].get_object()) {
    EXPECT_EQ(fnv1a64(std::string(item.key)),
              std::stoull(std::string(std::string_view(item.value)), nullptr, 16));
  }
  for (const auto item : root["raw_u64"].get_object()) {
    const std::string key(item.key);
    const auto bar = key.find('|');
    std::uint64_t i = 0;
    for (const auto raw : item.value.get_array()) {
      EXPECT_EQ(generated_raw(key.substr(0, bar), std::stoull(key.substr(bar + 1)), i++),
                std::stoull(std::string(std::string_view(raw)), nullptr, 16));
    }
  }
  for (const auto item : root["unit_r"].get_object()) {
    const std::string key(item.key);
    const auto bar = key.find('|');
    std::uint64_t i = 0;
    for (const auto unit : item.value.get_array()) {
      EXPECT_EQ(generated_unit(key.substr(0, bar), std::stoull(key.substr(bar + 1)), i++),
                double(unit));
    }
  }
}

}  // namespace

void add_model_cases(const fs::path& goldens) {
  const auto json_files = [&](const char* folder) {
    std::set<fs::path> files;
    if (!fs::is_directory(goldens / folder)) return files;
    for (const auto& entry : fs::directory_iterator(goldens / folder)) {
      if (entry.path().extension() == ".json") files.insert(entry.path());
    }
    return files;
  };
  for (const fs::path& file : json_files("models")) {
    add_golden_case("Model", file.stem().string(), [=] { check_model(goldens, file); });
  }
  for (const fs::path& file : json_files("state_dicts")) {
    const std::string variant = file.stem().string();
    if (variant.find("_seed") != std::string::npos) continue;
    add_golden_case("StateDict", variant, [=] { check_state_dict(goldens, variant); });
  }
  if (fs::exists(goldens / "generator_vectors.json")) {
    add_golden_case("WeightGenerator", "vectors",
                    [=] { check_generator(goldens / "generator_vectors.json"); });
  }
}

}  // namespace saccade
