// Parity of names, shapes, sharing and counts of every variant's tensors, of what a weights file
// tells about its architecture, and of the weight generator (goldens: state_dicts/).
#include <simdjson.h>

#include <cmath>
#include <regex>
#include <set>

#include "saccade/core/file_io.h"
#include "saccade/model/config_from_weights.h"
#include "tests/parity/golden_cases.h"
#include "tests/parity/golden_variant.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
namespace dom = simdjson::dom;

struct Slot {
  const at::Tensor* tensor;
  std::vector<std::int64_t> shape;
  TensorKind kind;
};

std::map<std::string, Slot> slots_of(Detector& detector) {
  std::map<std::string, Slot> out;
  detector.visit([&](const std::string& name, at::Tensor& tensor, TensorKind kind) {
    EXPECT_TRUE(out.emplace(name, Slot{&tensor, tensor.sizes().vec(), kind}).second)
        << name << " comes twice";
  });
  return out;
}

void check_counts(const ModelConfig& config, const std::map<std::string, Slot>& slots,
                  const StateDictTable& table) {
  std::set<const at::Tensor*> seen;
  std::int64_t total = 0;
  std::int64_t trainable = 0;
  for (const auto& [name, slot] : slots) {
    if (slot.kind == TensorKind::kBuffer || !seen.insert(slot.tensor).second) continue;
    total += slot.tensor->numel();
    if (is_trainable(config, name, slot.kind)) trainable += slot.tensor->numel();
  }
  EXPECT_EQ(total, table.total);
  EXPECT_EQ(trainable, table.trainable);
}

void check_keys(const fs::path& file) {
  const StateDictTable table = read_state_dict_table(file);
  const ModelConfig config = config_of_args(table.args_json, table);
  const auto detector = make_detector(config);
  const auto slots = slots_of(*detector);
  for (const auto& [name, key] : table.keys) {
    ASSERT_TRUE(slots.contains(name)) << name << " is missing";
    const Slot& slot = slots.at(name);
    EXPECT_EQ(slot.shape, key.shape) << name;
    EXPECT_EQ(slot.kind == TensorKind::kBuffer, key.buffer) << name;
    EXPECT_EQ(is_trainable(config, name, slot.kind), key.trainable) << name;
    if (!key.tied_to.empty()) {
      EXPECT_EQ(slot.tensor, slots.at(key.tied_to).tensor) << name << " and " << key.tied_to;
    }
  }
  for (const auto& [name, slot] : slots)
    EXPECT_TRUE(table.keys.contains(name)) << name << " is too much";
  check_counts(config, slots, table);
}

void expect_same_config(const ModelConfig& got, const ModelConfig& want, const std::string& from) {
  EXPECT_EQ(got.family, want.family) << from;
  EXPECT_EQ(got.num_classes, want.num_classes) << from;
  Args expected = args_of(want);
  if (want.family == ModelFamily::kDetr) {  // it has no points
    for (const char* name : {"enc_n_points", "dec_n_points"})
      expected[name] = args_of(got).at(name);
  }
  EXPECT_EQ(args_to_json(args_of(got)), args_to_json(expected)) << from;
}

// Names, shapes and args; where nothing but dilation could tell them apart, names and shapes alone.
void check_config(const fs::path& file) {
  const StateDictTable table = read_state_dict_table(file);
  const ModelConfig want = config_of_args(table.args_json, table);
  WeightsFile weights;
  weights.path = file;
  for (const auto& [name, key] : table.keys) {
    RawTensor tensor;
    tensor.shape = key.shape;
    weights.tensors.emplace_back(name, tensor);
  }
  weights.args = args_from_json(table.args_json);
  expect_same_config(config_from_weights(weights), want, "names, shapes and args");
  if (want.dilation) return;
  weights.args.clear();
  expect_same_config(config_from_weights(weights), want, "names and shapes");
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == '|') {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

// "base 1" -> 1, "scale sqrt(3)" -> 1.732...
double number_after(const std::string& text, const std::string& word) {
  const std::string rest = text.substr(word.size() + 1);
  if (rest.rfind("sqrt(", 0) == 0) return std::sqrt(std::stod(rest.substr(5)));
  return std::stod(rest);
}

void check_values(const std::string& key, dom::array expected) {
  const auto parts = split(key);
  ASSERT_EQ(parts.size(), 4u) << key;
  const WeightRecipe recipe{
      parts[0], number_after(parts[2], "base"), {}, number_after(parts[3], "scale")};
  std::vector<float> values(expected.size());
  generate(recipe, std::stoull(parts[1]), values);
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(values[i], static_cast<float>(double(expected.at(i)))) << key;
}

// crc32_of_<count>_values_<name>_seed<seed>_base<base>_scale<scale>
void check_checksum(const std::string& key, std::uint64_t expected) {
  static const std::regex kKey("crc32_of_([0-9]+)_values_(.+)_seed([0-9]+)_base(.+)_scale(.+)");
  std::smatch match;
  if (!std::regex_match(key, match, kKey)) return;
  std::vector<float> values(std::stoull(match[1].str()));
  generate({match[2].str(), std::stod(match[4].str()), {}, std::stod(match[5].str())},
           std::stoull(match[3].str()), values);
  EXPECT_EQ(crc32_of(values), expected) << key;
}

void check_generator(const fs::path& file) {
  dom::parser parser;
  const std::string text = read_file(file);
  const dom::object root = parser.parse(text).get_object();
  const auto hex = [](dom::element value) {
    return std::stoull(std::string(std::string_view(value)), nullptr, 16);
  };
  for (const auto item : root["fnv1a64"].get_object())
    EXPECT_EQ(fnv1a64(std::string(item.key)), hex(item.value)) << item.key;
  for (const auto item : root["raw_u64"].get_object()) {
    const auto parts = split(std::string(item.key));
    std::uint64_t i = 0;
    for (const auto value : item.value.get_array())
      EXPECT_EQ(raw_u64(parts[0], std::stoull(parts[1]), i++), hex(value)) << item.key;
  }
  for (const auto item : root["unit_r"].get_object()) {
    const auto parts = split(std::string(item.key));
    std::uint64_t i = 0;
    for (const auto value : item.value.get_array())
      EXPECT_EQ(unit_r(raw_u64(parts[0], std::stoull(parts[1]), i++)), double(value)) << item.key;
  }
  for (const auto item : root["value_f32"].get_object())
    check_values(std::string(item.key), item.value.get_array());
  for (const auto item : root) {
    if (item.value.is_uint64()) check_checksum(std::string(item.key), std::uint64_t(item.value));
  }
}

}  // namespace

void add_state_dict_cases(const fs::path& goldens) {
  const fs::path vectors = goldens / "generator_vectors.json";
  if (fs::exists(vectors))
    add_golden_case("StateDict", "generator", [=] { check_generator(vectors); });
  if (!fs::is_directory(goldens / "state_dicts")) return;
  for (const auto& entry : fs::directory_iterator(goldens / "state_dicts")) {
    const fs::path file = entry.path();
    const std::string stem = file.stem().string();
    if (file.extension() != ".json" || stem.find("_seed") != std::string::npos) continue;
    add_golden_case("StateDict", stem, [=] { check_keys(file); });
    add_golden_case("ConfigFromWeights", stem, [=] { check_config(file); });
  }
}

}  // namespace saccade
