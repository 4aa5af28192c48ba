// Reads, changes and writes files of weights.
#include "saccade/checkpoint/weights_convert.h"

#include <simdjson.h>

#include <map>
#include <optional>

#include "saccade/checkpoint/cast_tensor.h"
#include "saccade/checkpoint/hf_names.h"
#include "saccade/checkpoint/pth_writer.h"
#include "saccade/checkpoint/safetensors.h"
#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/core/json_writer.h"
#include "saccade/core/parse_number.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
namespace dom = simdjson::dom;

constexpr std::int64_t kMaxClasses = 1'000'000;

std::optional<DType> float_type(const std::string& name) {
  for (const DType dtype : {DType::kFloat16, DType::kBFloat16, DType::kFloat32, DType::kFloat64}) {
    if (name == name_of(dtype)) return dtype;
  }
  return std::nullopt;
}

bool is_size(const std::string& text) {
  const auto comma = text.find(',');
  if (comma == std::string::npos) return false;
  const auto shorter = parse_number<std::int64_t>(std::string_view(text).substr(0, comma));
  const auto longer = parse_number<std::int64_t>(std::string_view(text).substr(comma + 1));
  return shorter && longer && *shorter > 0 && *shorter <= *longer && *longer <= 100'000;
}

// Class names found in JSON; `from` stands in errors.
class NameReader {
 public:
  explicit NameReader(std::string from) : from_(std::move(from)) {}

  std::map<std::int64_t, std::string> read(dom::element root) {
    dom::element inner;
    if (!root.is_object()) fail("is no JSON object");
    if (root["categories"].get(inner) == simdjson::SUCCESS) {
      read_categories(inner);
    } else {
      read_ids(root["class_names"].get(inner) == simdjson::SUCCESS ? inner : root);
    }
    if (names_.empty()) fail("holds no class names");
    return std::move(names_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(text_of(from_, ": ", what, R"(; expected {"1": "vehicle", ...})"));
  }
  void add(std::optional<std::int64_t> id, dom::element value) {
    std::string_view name;
    if (!id || *id < 0 || *id > kMaxClasses || value.get(name) != simdjson::SUCCESS)
      fail("a class needs a number from 0 and a name");
    names_[*id] = name;
  }
  void read_ids(dom::element element) {
    dom::object object;
    if (element.get(object) != simdjson::SUCCESS) fail("class_names is no JSON object");
    for (const auto item : object) add(parse_number<std::int64_t>(item.key), item.value);
  }
  void read_categories(dom::element element) {
    dom::array array;
    if (element.get(array) != simdjson::SUCCESS) fail("categories is no list");
    for (const auto item : array) {
      std::int64_t id = 0;
      dom::element name;
      if (item["id"].get(id) != simdjson::SUCCESS || item["name"].get(name) != simdjson::SUCCESS)
        fail("a category lacks id or name");
      add(id, name);
    }
  }

  std::string from_;
  std::map<std::int64_t, std::string> names_;
};

void write_weights_safetensors(const fs::path& path, const WeightsFile& weights) {
  auto metadata = weights.metadata;
  metadata["format"] = "pt";  // Hugging Face's loader asks for it
  if (!weights.args.empty()) metadata["args"] = args_to_json(weights.args);
  write_safetensors(path, weights.tensors, metadata);
}

}  // namespace

void ConvertOptions::check() const {
  if (!dtype.empty() && !float_type(dtype)) {
    throw UsageError(
        text_of("--dtype ", dtype, ": expected float16, bfloat16, float32 or float64"));
  }
  if (!names.empty() && names != "official" && names != "huggingface")
    throw UsageError(text_of("--names ", names, ": expected official or huggingface"));
  if (!size.empty() && !is_size(size)) {
    throw UsageError(
        text_of("--size ", size, ": expected the short side and the longest, such as 800,1333"));
  }
}

std::string class_names_json(const std::string& text) {
  const bool is_json = text.find_first_not_of(" \t\r\n") != std::string::npos &&
                       text[text.find_first_not_of(" \t\r\n")] == '{';
  const std::string from = is_json ? "--class_names" : text;
  dom::parser parser;
  dom::element root;
  if (parser.parse(is_json ? text : read_file(text)).get(root) != simdjson::SUCCESS)
    throw Error(text_of(from, ": is no JSON"));
  JsonWriter json;
  json.begin_object();
  for (const auto& [id, name] : NameReader(from).read(root)) json.member(std::to_string(id), name);
  return json.end_object().text();
}

WeightsFile convert_weights(const fs::path& in, const fs::path& out,
                            const ConvertOptions& options) {
  options.check();
  const std::string suffix = out.extension().string();
  const bool is_pth = suffix == ".pth" || suffix == ".pt";
  if (!is_pth && suffix != ".safetensors") {
    throw UsageError(
        text_of(out.string(), ": unknown suffix; weights are written as .pth or .safetensors"));
  }
  if (fs::exists(out) && !options.overwrite)
    throw Error(text_of(out.string(), ": exists; add --overwrite to replace it"));
  WeightsFile weights = read_weights(in);
  if (!options.size.empty()) weights.metadata["size"] = options.size;
  if (!options.class_names.empty())
    weights.metadata["class_names"] = class_names_json(options.class_names);
  weights.metadata["converted_from"] = in.filename().string();
  weights.metadata["converted_from_sha256"] = sha256_of_file(in);
  if (!options.command.empty()) weights.metadata["command"] = options.command;
  if (!options.dtype.empty())
    weights.tensors = cast_floats(weights.tensors, *float_type(options.dtype));
  if (options.names == "huggingface") weights.tensors = hf_names_from_official(weights.tensors);
  if (is_pth) {
    write_weights_pth(out, weights);
  } else {
    write_weights_safetensors(out, weights);
  }
  weights.path = out;
  return weights;
}

}  // namespace saccade
