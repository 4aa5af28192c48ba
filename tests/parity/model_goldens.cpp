// Parity of whole models, from pixels to boxes, in float32 and float64, on every device (goldens: models/).
#include <c10/core/InferenceMode.h>
#include <simdjson.h>

#include <algorithm>
#include <chrono>

#include "saccade/checkpoint/tensors.h"
#include "saccade/core/file_io.h"
#include "saccade/model/inference.h"
#include "saccade/op/devices.h"
#include "saccade/op/transfer.h"
#include "tests/parity/golden_cases.h"
#include "tests/parity/golden_check.h"
#include "tests/parity/golden_variant.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
namespace dom = simdjson::dom;
using at::Tensor;

Tensor every(const Tensor& t, std::int64_t axis, std::int64_t step) {
  return t.slice(axis, 0, std::nullopt, step);
}

// Keeps what every attention looked at and how strongly, by layer.
class Recorder : public AttentionHook {
 public:
  void on_deformable(DeformableAttentionCall& call) override {
    Looks& looks = call.site == AttentionSite::kEncoderSelf ? encoder : decoder;
    looks.locations.push_back(call.sampling_locations);
    looks.weights.push_back(call.attention_weights);
  }
  void on_dense(DenseAttentionCall& call) override {
    (call.site == AttentionSite::kEncoderSelf ? encoder : decoder).weights.push_back(call.weights);
  }
  bool wants_dense(AttentionSite site, int) const override {
    return dense && site != AttentionSite::kDecoderSelf;
  }
  struct Looks {
    std::vector<Tensor> locations, weights;
  };
  Looks encoder, decoder;
  bool dense = false;  // plain DETR
};

struct Run {
  Recorder seen;
  EncoderProbe probe;
  Memory memory;
  ModelOutput output;
};

void compare_maps(const Run& run, bool flat, GoldenCheck& check) {
  for (std::size_t l = 0; l < run.probe.backbone.size(); ++l) {
    check.close("backbone" + std::to_string(l) + "_strided",
                every(every(run.probe.backbone[l].flatten(2), 1, 32), 2, 7));
  }
  for (std::size_t l = 0; l < run.probe.projected.size(); ++l) {
    check.close("src" + std::to_string(l) + "_strided",
                every(every(run.probe.projected[l].flatten(2), 1, 8), 2, 3));
  }
  if (!flat) check.close("src_strided", every(run.probe.projected[0], 1, 4));
}

// Tokens are compared where they are no padding.
void compare_tokens(const Run& run, GoldenCheck& check) {
  const Tensor& tokens = run.memory.tokens;
  const Tensor valid = run.memory.padding_mask.logical_not();  // [N, S]
  check.equal("spatial_shapes", run.memory.spatial_shapes);
  check.equal("mask_flatten", run.memory.padding_mask);
  check.close("memory_strided", every(tokens, 1, 5), every(valid, 1, 5).unsqueeze(-1));
  check.close("memory_mean_per_token", tokens.mean(-1), valid);
  check.close("memory_std_per_token", tokens.std(-1, /*unbiased=*/true), valid);
  check.close("enc_layers_strided", every(at::stack(run.probe.layers), 2, 37),
              every(valid, 1, 37).unsqueeze(0).unsqueeze(-1));
}

// Plain DETR's memory as a map.
void compare_map_memory(const Run& run, GoldenCheck& check) {
  const LevelShape level = run.memory.levels.at(0);
  const Tensor mask = run.memory.padding_mask.view({-1, level.height, level.width});
  check.equal("mask", mask);
  if (!check.has("memory_strided")) return;
  const Tensor map = run.memory.tokens.transpose(1, 2).unflatten(2, {level.height, level.width});
  const std::int64_t step = map.size(1) / check.at("memory_strided").size(1);
  check.close("memory_strided", every(map, 1, step), mask.logical_not().unsqueeze(1));
}

void compare_looks(const std::string& site, const Recorder::Looks& looks, const Tensor& valid,
                   GoldenCheck& check) {
  if (!check.has(site + "query_index")) return;
  const Tensor& index = check.at(site + "query_index");
  const auto picked = [&](const std::vector<Tensor>& layers) {
    return at::stack(layers).index_select(2, index);
  };
  Tensor of_weights, of_locations;
  if (valid.defined()) {
    of_weights = valid.index_select(1, index).view({1, valid.size(0), -1, 1, 1, 1});
    of_locations = of_weights.unsqueeze(-1);
  }
  check.close(site + "sampling_locations", picked(looks.locations), of_locations);
  check.close(site + "attention_weights", picked(looks.weights), of_weights);
}

void compare_dense(const Run& run, GoldenCheck& check) {
  const Recorder& seen = run.seen;
  if (check.has("dec_layer_index")) {
    check.close(
        "dec_cross_attention_avg",
        at::stack(seen.decoder.weights).index_select(0, check.at("dec_layer_index")).mean(2));
  }
  if (check.has("dec_query_index")) {
    check.close("dec_cross_attention_last_per_head",
                seen.decoder.weights.back().index_select(2, check.at("dec_query_index")));
  }
  check.close("enc_self_attention_last_avg", seen.encoder.weights.back().mean(1),
              run.memory.padding_mask.logical_not().unsqueeze(-1));
}

void compare_two_stage(const Run& run, GoldenCheck& check) {
  const ModelOutput& out = run.output;
  const Tensor valid = run.memory.padding_mask.logical_not();
  const Tensor objectness = out.enc_logits.select(-1, 0);
  check.close("enc_logits_class0", objectness, valid);
  check.close("enc_boxes", out.enc_boxes_unact.sigmoid(), valid.unsqueeze(-1));
  check.close("enc_logits_strided", every(out.enc_logits, 1, 25),
              every(valid, 1, 25).unsqueeze(-1));
  if (!check.has("topk_indices")) return;
  const Tensor& expected = check.at("topk_indices");  // one more than there are queries
  const auto best = objectness.topk(expected.size(1), 1);
  check.close("topk_values", std::get<0>(best));
  check.equal("topk_indices", std::get<1>(best));
  EXPECT_TRUE(out.topk_proposals.equal(expected.narrow(1, 0, out.topk_proposals.size(1))));
}

void compare_output(const Run& run, at::ScalarType type, GoldenCheck& check) {
  const ModelOutput& out = run.output;
  check.close("pred_logits", out.pred_logits);
  check.close("pred_boxes", out.pred_boxes);
  check.close("hs_strided", every(out.hidden, 2, 4));
  if (type != at::kFloat) return;
  check.close("fp32_pred_logits_last", out.pred_logits[-1]);
  check.close("fp32_pred_boxes_last", out.pred_boxes[-1]);
}

struct ModelGolden {
  Tensors tensors;
  std::string name, variant;
  std::uint64_t seed = 0;
  StateDictTable table;
  ModelConfig config;
  std::vector<std::pair<double, double>> result_sizes;  // height, width
  std::map<std::string, double> tolerances;             // float32 strays, by "family:key"
};

void compare(const ModelGolden& golden, const Run& run, at::ScalarType type, GoldenCheck& check) {
  const bool deformable = golden.config.family == ModelFamily::kDeformableDetr;
  compare_output(run, type, check);
  compare_maps(run, deformable, check);
  if (deformable) {
    compare_tokens(run, check);
    check.close("init_reference", run.output.init_reference);
    check.close("inter_references", run.output.inter_references);
    compare_looks("enc_", run.seen.encoder, run.memory.padding_mask.logical_not(), check);
    compare_looks("dec_", run.seen.decoder, {}, check);
    if (golden.config.two_stage) compare_two_stage(run, check);
  } else {
    compare_map_memory(run, check);
    compare_dense(run, check);
  }
  for (std::size_t i = 0; i < golden.result_sizes.size(); ++i) {
    const auto index = static_cast<std::int64_t>(i);
    const auto [height, width] = golden.result_sizes[i];
    check.rows("post" + std::to_string(i) + "_", golden.config.family,
               postprocess(golden.config.family, run.output.pred_logits[-1][index],
                           run.output.pred_boxes[-1][index], width, height));
  }
}

// float64: what storing the golden in float32 costs. float32: five times what the original strays.
GoldenCheck::Tolerance tolerance_of(const ModelGolden& golden, at::ScalarType type) {
  const bool deformable = golden.config.family == ModelFamily::kDeformableDetr;
  const std::string family = deformable ? "ddetr:" : "detr:";
  return [&golden, type, family](const std::string& key, double largest) {
    constexpr double kStored = 1e-6;
    constexpr double kFloat = 1e-5;  // where no measurement is at hand
    if (type == at::kDouble) return kStored * largest;
    std::string name = key;
    if (name.rfind("fp32_", 0) == 0) name = name.substr(5, name.size() - 5 - 5);  // ..._last
    const auto found = golden.tolerances.find(family + name);
    return found == golden.tolerances.end() ? kFloat * largest : 5 * found->second;
  };
}

void print_summary(const ModelGolden& golden, at::ScalarType type, double seconds,
                   const GoldenCheck& check) {
  std::printf("%s %s: %.1f s, %zu tensors, worst %s at %.2f of its tolerance\n",
              golden.name.c_str(), c10::toString(type), seconds, check.compared().size(),
              check.worst_key().c_str(), check.worst());
  for (const auto& [key, tensor] : golden.tensors) {
    const bool input = key.rfind("image", 0) == 0 || key.find("_index") != std::string::npos;
    const bool other_type = type == at::kDouble && key.rfind("fp32_", 0) == 0;
    if (!check.compared().contains(key) && !input && !other_type)
      std::printf("%s: %s was not compared\n", golden.name.c_str(), key.c_str());
  }
}

// What is compared, from where it was computed to the CPU.
void bring_home(Run& run) {
  std::vector<Tensor*> all{&run.memory.tokens, &run.memory.positions, &run.memory.padding_mask,
                           &run.memory.valid_ratios};
  for (auto* list :
       {&run.probe.backbone, &run.probe.projected, &run.probe.layers, &run.seen.encoder.locations,
        &run.seen.encoder.weights, &run.seen.decoder.locations, &run.seen.decoder.weights}) {
    for (Tensor& tensor : *list) all.push_back(&tensor);
  }
  bring_to_host(all);
  run.output = on_cpu(run.output);
}

void run_in(const ModelGolden& golden, Detector& detector, at::ScalarType type,
            const at::Device& device) {
  SCOPED_TRACE(std::string(c10::toString(type)) + " on " + device.str());
  const auto start = std::chrono::steady_clock::now();
  const c10::InferenceMode no_gradients;
  detector.to(type);
  detector.to(device);
  detector.set_all_proposals(true);
  const ImageBatch batch = images_of(golden.tensors);
  Run run;
  run.seen.dense = golden.config.family == ModelFamily::kDetr;
  run.memory = detector.encode(batch.pixels.to(device, type), batch.mask, &run.seen, &run.probe);
  run.output = detector.decode(run.memory, &run.seen);
  if (!device.is_cpu()) bring_home(run);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(run.output.pred_logits.scalar_type(), type);
  GoldenCheck check(golden.tensors, tolerance_of(golden, type));
  compare(golden, run, type, check);
  EXPECT_FALSE(check.compared().empty()) << "nothing in this file is known";
  print_summary(golden, type, took.count(), check);
}

std::map<std::string, double> read_tolerances(const fs::path& goldens) {
  const fs::path own = fs::path(SACCADE_SOURCE_DIR) / "tests/goldens/tolerances.json";
  const fs::path given = goldens / "tolerances.json";
  dom::parser parser;
  const std::string text = read_file(fs::exists(given) ? given : own);
  std::map<std::string, double> out;
  for (const auto item : parser.parse(text)["models"].get_object())
    out[std::string(item.key)] = double(item.value["max_abs"]);
  return out;
}

ModelGolden read_golden(const fs::path& goldens, const fs::path& json) {
  fs::path tensors = json;
  tensors.replace_extension(".safetensors");
  dom::parser parser;
  const std::string text = read_file(json);
  const dom::object root = parser.parse(text).get_object();
  ModelGolden golden;
  golden.tensors = load_safetensors(tensors);
  golden.name = json.stem().string();
  golden.variant = std::string(std::string_view(root["variant"]));
  golden.seed = std::uint64_t(root["weight_seed"]);
  const fs::path table = state_dict_file(goldens, golden.variant);
  if (table.empty()) throw std::runtime_error("no state_dicts/" + golden.variant + ".json");
  golden.table = read_state_dict_table(table);
  apply_overrides(golden.table, goldens / "state_dicts", golden.variant, golden.seed);
  dom::element part;
  const bool own_args = root["args"].get(part) == simdjson::SUCCESS;
  golden.config =
      config_of_args(own_args ? simdjson::minify(part) : golden.table.args_json, golden.table);
  if (root["num_queries"].get(part) == simdjson::SUCCESS)
    golden.config.num_queries = static_cast<int>(std::int64_t(part));
  if (root["post_target_sizes_hw"].get(part) == simdjson::SUCCESS) {
    for (const auto size : part.get_array())
      golden.result_sizes.emplace_back(double(size.at(0)), double(size.at(1)));
  }
  golden.tolerances = read_tolerances(goldens);
  return golden;
}

void check_model(const fs::path& goldens, const fs::path& json) {
  const ModelGolden golden = read_golden(goldens, json);
  const auto detector = make_detector(golden.config);
  load_generated(*detector, golden.table, golden.seed);
  for (const at::Device& device : usable_devices()) {
    for (const auto type : {at::kFloat, at::kDouble}) run_in(golden, *detector, type, device);
  }
}

}  // namespace

void add_model_cases(const fs::path& goldens) {
  if (!fs::is_directory(goldens / "models")) return;
  for (const auto& entry : fs::directory_iterator(goldens / "models")) {
    const fs::path json = entry.path();
    fs::path tensors = json;
    if (json.extension() != ".json" || !fs::exists(tensors.replace_extension(".safetensors")))
      continue;
    add_golden_case("Model", json.stem().string(), [=] { check_model(goldens, json); });
  }
}

}  // namespace saccade
