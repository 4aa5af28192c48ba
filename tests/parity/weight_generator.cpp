// Weights from names and a seed. The recipe rounds the product before it adds: this needs
// -ffp-contract=off, as the whole project is built.
#include "tests/parity/weight_generator.h"

#include <simdjson.h>
#include <zlib.h>

#include "saccade/core/file_io.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
namespace dom = simdjson::dom;

constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15;

std::uint64_t mixed(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

std::string text_or(dom::object object, const char* key, const std::string& fallback) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? std::string(text) : fallback;
}

bool flag_of(dom::object object, const char* key) {
  bool flag = false;
  return object[key].get(flag) == simdjson::SUCCESS && flag;
}

std::vector<double> numbers_of(dom::array array) {
  std::vector<double> out;
  for (const auto value : array) out.push_back(double(value));
  return out;
}

// `scale`, `base` and `table` where they are given; a table is a list or the name of one.
void read_recipe(dom::object entry, const std::map<std::string, std::vector<double>>& tables,
                 WeightRecipe& recipe) {
  double number = 0;
  if (entry["scale"].get(number) == simdjson::SUCCESS) recipe.scale = number;
  if (entry["base"].get(number) == simdjson::SUCCESS) {
    recipe.base = number;
    recipe.table.clear();
  }
  dom::element table;
  if (entry["table"].get(table) != simdjson::SUCCESS) return;
  recipe.table =
      table.is_array() ? numbers_of(table) : tables.at(std::string(std::string_view(table)));
}

void read_checksums(dom::object entry, StateDictKey& key) {
  constexpr std::string_view kPrefix = "crc32_seed";
  for (const auto field : entry) {
    if (field.key.substr(0, kPrefix.size()) != kPrefix) continue;
    key.crc32[std::stoull(std::string(field.key.substr(kPrefix.size())))] =
        static_cast<std::uint32_t>(std::uint64_t(field.value));
  }
}

// Every object that stands under the name of a key, however deep.
void override_keys(dom::element node, StateDictTable& table) {
  if (!node.is_object()) return;
  for (const auto field : node.get_object()) {
    const auto found = table.keys.find(std::string(field.key));
    if (found == table.keys.end()) {
      override_keys(field.value, table);
    } else if (field.value.is_object()) {
      found->second.crc32.clear();
      read_recipe(field.value, {}, found->second.recipe);
      read_checksums(field.value, found->second);
    }
  }
}

}  // namespace

std::uint64_t fnv1a64(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

std::uint64_t raw_u64(const std::string& name, std::uint64_t seed, std::uint64_t index) {
  return mixed((fnv1a64(name) ^ seed) + (index + 1) * kStep);
}

double unit_r(std::uint64_t raw) {
  constexpr double kHalf = 1 << 23;
  return (static_cast<double>(raw >> 40) - kHalf) / kHalf;
}

void generate(const WeightRecipe& recipe, std::uint64_t seed, std::span<float> out) {
  const std::uint64_t key = fnv1a64(recipe.gen_name) ^ seed;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double base = recipe.table.empty() ? recipe.base : recipe.table[i % recipe.table.size()];
    out[i] = static_cast<float>(base + recipe.scale * unit_r(mixed(key + (i + 1) * kStep)));
  }
}

std::uint32_t crc32_of(std::span<const float> values) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(values.data()), values.size_bytes()));
}

StateDictTable read_state_dict_table(const fs::path& file) {
  dom::parser parser;
  const std::string text = read_file(file);
  const dom::object root = parser.parse(text).get_object();
  StateDictTable out;
  out.total = std::int64_t(root["parameter_count_total"]);
  out.trainable = std::int64_t(root["parameter_count_trainable"]);
  out.args_json = simdjson::minify(root["args"].value());
  std::map<std::string, std::vector<double>> tables;
  dom::object listed;
  if (root["tables"].get(listed) == simdjson::SUCCESS) {
    for (const auto table : listed) tables[std::string(table.key)] = numbers_of(table.value);
  }
  for (const auto field : root["keys"].get_object()) {
    const dom::object entry = field.value.get_object();
    StateDictKey key;
    for (const auto size : entry["shape"].get_array()) key.shape.push_back(std::int64_t(size));
    key.trainable = flag_of(entry, "trainable");
    key.buffer = flag_of(entry, "buffer");
    key.tied_to = text_or(entry, "tied_to", "");
    key.recipe.gen_name = text_or(entry, "gen_name", std::string(field.key));
    read_recipe(entry, tables, key.recipe);
    read_checksums(entry, key);
    out.keys.emplace(std::string(field.key), std::move(key));
  }
  return out;
}

void apply_overrides(StateDictTable& table, const fs::path& folder, const std::string& variant,
                     std::uint64_t seed) {
  if (!fs::is_directory(folder)) return;
  const std::string prefix = variant + "_seed" + std::to_string(seed) + "_";
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path file = entry.path();
    if (file.extension() != ".json" || file.filename().string().rfind(prefix, 0) != 0) continue;
    dom::parser parser;
    const std::string text = read_file(file);
    override_keys(parser.parse(text), table);
  }
}

}  // namespace saccade
