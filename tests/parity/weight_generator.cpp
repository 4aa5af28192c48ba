// The generator behind the goldens' weights.
#include "tests/parity/weight_generator.h"

#include <ATen/ATen.h>
#include <simdjson.h>
#include <zlib.h>

#include "saccade/core/file_io.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
namespace dom = simdjson::dom;

std::vector<double> numbers(dom::array array) {
  std::vector<double> out;
  for (const auto item : array) out.push_back(double(item));
  return out;
}

GeneratedTensor read_tensor(const std::string& name, dom::element entry, dom::element tables,
                            const std::string& crc_key) {
  GeneratedTensor t{.generator_name = name};
  std::string_view text;
  double number = 0;
  if (entry["gen_name"].get(text) == simdjson::SUCCESS) t.generator_name = text;
  if (entry["tied_to"].get(text) == simdjson::SUCCESS) t.tied_to = text;
  for (const auto size : entry["shape"].get_array()) t.shape.push_back(std::int64_t(size));
  if (entry["base"].get(number) == simdjson::SUCCESS) t.base = {number};
  if (entry["table"].get(text) == simdjson::SUCCESS) t.base = numbers(tables[text].get_array());
  if (entry["scale"].get(number) == simdjson::SUCCESS) t.scale = number;
  std::uint64_t crc = 0;
  t.has_crc = entry[crc_key].get(crc) == simdjson::SUCCESS;
  t.crc32 = static_cast<std::uint32_t>(crc);
  bool flag = false;
  t.trainable = entry["trainable"].get(flag) == simdjson::SUCCESS && flag;
  t.buffer = entry["buffer"].get(flag) == simdjson::SUCCESS && flag;
  return t;
}

// Replaces scale or table of the keys a file names; their CRC no longer holds.
void apply_overrides(const fs::path& file, GeneratedStateDict& dict) {
  dom::parser parser;
  dom::element root = parser.parse(read_file(file));
  dom::element keys;
  if (root["keys"].get(keys) == simdjson::SUCCESS) root = keys;
  for (const auto item : root.get_object()) {
    const auto found = dict.tensors.find(std::string(item.key));
    if (found == dict.tensors.end() || !item.value.is_object()) continue;
    double scale = 0;
    dom::array table;
    if (item.value["scale"].get(scale) == simdjson::SUCCESS) found->second.scale = scale;
    if (item.value["table"].get(table) == simdjson::SUCCESS) found->second.base = numbers(table);
    found->second.has_crc = false;
  }
}

}  // namespace

std::uint64_t fnv1a64(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

std::uint64_t generated_raw(const std::string& name, std::uint64_t seed, std::uint64_t i) {
  std::uint64_t z = (fnv1a64(name) ^ seed) + (i + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

double generated_unit(const std::string& name, std::uint64_t seed, std::uint64_t i) {
  constexpr double kHalf = 8388608;  // 2^23
  return (static_cast<double>(generated_raw(name, seed, i) >> 40) - kHalf) / kHalf;
}

at::Tensor generate(const GeneratedTensor& t, std::uint64_t seed) {
  at::Tensor out = at::empty(t.shape, at::kFloat);
  float* to = out.data_ptr<float>();
  const std::uint64_t key = fnv1a64(t.generator_name) ^ seed;
  for (std::int64_t i = 0; i < out.numel(); ++i) {
    std::uint64_t z = key + (static_cast<std::uint64_t>(i) + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    const double unit = (static_cast<double>(z >> 40) - 8388608.0) / 8388608.0;
    to[i] =
        static_cast<float>(t.base[static_cast<std::size_t>(i) % t.base.size()] + t.scale * unit);
  }
  return out;
}

std::uint32_t crc32_of(const at::Tensor& tensor) {
  return static_cast<std::uint32_t>(crc32_z(0, static_cast<const Bytef*>(tensor.const_data_ptr()),
                                            static_cast<std::size_t>(tensor.nbytes())));
}

GeneratedStateDict read_state_dict(const fs::path& goldens, const fs::path& fallback,
                                   const std::string& variant, std::uint64_t seed) {
  const std::string file = variant + ".json";
  const fs::path here = goldens / "state_dicts" / file;
  dom::parser parser;
  const dom::element root =
      parser.parse(read_file(fs::exists(here) ? here : fallback / "state_dicts" / file));
  GeneratedStateDict dict;
  dom::element tables;
  if (root["tables"].get(tables) != simdjson::SUCCESS) tables = root;
  for (const auto item : root["keys"].get_object()) {
    const std::string name(item.key);
    dict.tensors[name] = read_tensor(name, item.value, tables, "crc32_seed" + std::to_string(seed));
  }
  dict.args = args_from_json(simdjson::minify(root["args"].value()));
  dict.parameters = std::int64_t(root["parameter_count_total"]);
  dict.trainable_parameters = std::int64_t(root["parameter_count_trainable"]);
  if (!fs::is_directory(goldens / "state_dicts")) return dict;
  for (const auto& entry : fs::directory_iterator(goldens / "state_dicts")) {
    const std::string prefix = variant + "_seed" + std::to_string(seed) + "_";
    if (entry.path().filename().string().rfind(prefix, 0) == 0) apply_overrides(entry.path(), dict);
  }
  return dict;
}

}  // namespace saccade
