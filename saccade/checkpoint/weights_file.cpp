// Finds the weights, the options and the class names in any file of weights.
#include "saccade/checkpoint/weights_file.h"

#include <openssl/evp.h>
#include <simdjson.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <memory>

#include "saccade/checkpoint/hf_names.h"
#include "saccade/checkpoint/pth_reader.h"
#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/core/hex_text.h"
#include "saccade/core/json_writer.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

bool is_safetensors(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  char head[9] = {};
  in.read(head, sizeof(head));
  return in.gcount() == sizeof(head) && head[8] == '{';
}

// The dict that holds the tensors.
NodeId model_dict(const PickleTree& tree, const fs::path& path) {
  const auto is_dict = [&](NodeId id) {
    return id != kNoNode && tree.at(id).kind == PickleKind::kDict;
  };
  if (!is_dict(tree.root)) throw Error(text_of(path.string(), ": holds no dict of tensors"));
  for (const char* key : {"model", "state_dict"}) {
    if (const NodeId id = tree.find(tree.root, key); is_dict(id)) return id;
  }
  return tree.root;
}

ArgValue arg_of(const PickleNode& node) {
  switch (node.kind) {
    case PickleKind::kBool:
      return node.number != 0;
    case PickleKind::kInt:
      return node.number;
    case PickleKind::kFloat:
      return node.real;
    case PickleKind::kString:
      return node.text;
    default:
      return std::monostate{};
  }
}

Args args_of(const PickleTree& tree, NodeId id) {
  Args args;
  if (id == kNoNode) return args;
  const PickleNode& node = tree.at(id);
  if (node.kind != PickleKind::kNamespace && node.kind != PickleKind::kDict) return args;
  for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
    if (tree.at(node.items[i]).kind == PickleKind::kString) {
      args[tree.at(node.items[i]).text] = arg_of(tree.at(node.items[i + 1]));
    }
  }
  return args;
}

// "module." is what DistributedDataParallel puts before every name.
std::string without_module_prefix(const std::string& name) {
  return name.rfind("module.", 0) == 0 ? name.substr(7) : name;
}

WeightsFile tidied(WeightsFile file) {
  if (has_hf_names(file.tensors)) file.tensors = official_names_from_hf(file.tensors);
  std::erase_if(file.tensors,
                [](const auto& item) { return item.first.ends_with(".num_batches_tracked"); });
  if (file.tensors.empty()) throw Error(text_of(file.path.string(), ": holds no tensors"));
  return file;
}

// 5.0 is written with its point; as "5" it would be read back as an integer.
void write_real(JsonWriter& json, double number) {
  const bool is_whole = std::abs(number) < 1e15 && number == std::trunc(number);
  if (is_whole) {
    json.raw(std::to_string(static_cast<std::int64_t>(number)) + ".0");
  } else {
    json.value(number);
  }
}

const ArgValue* find_arg(const Args& args, const std::string& name) {
  const auto found = args.find(name);
  return found == args.end() || std::holds_alternative<std::monostate>(found->second)
             ? nullptr
             : &found->second;
}

}  // namespace

WeightsFile weights_from_pickle(const PickleTree& tree, const fs::path& path) {
  WeightsFile file{.path = path};
  const PickleNode& model = tree.at(model_dict(tree, path));
  for (std::size_t i = 0; i + 1 < model.items.size(); i += 2) {
    const PickleNode& key = tree.at(model.items[i]);
    const PickleNode& value = tree.at(model.items[i + 1]);
    if (key.kind != PickleKind::kString || value.kind != PickleKind::kTensor) continue;
    file.tensors.emplace_back(without_module_prefix(key.text),
                              tree.tensors[static_cast<std::size_t>(value.number)]);
  }
  file.args = args_of(tree, tree.find(tree.root, "args"));
  for (const auto& [name, value] : args_of(tree, tree.find(tree.root, "saccade"))) {
    if (const auto* text = std::get_if<std::string>(&value)) file.metadata[name] = *text;
  }
  return tidied(std::move(file));
}

WeightsFile read_weights(const fs::path& path) {
  if (!is_safetensors(path)) return weights_from_pickle(read_pth(path), path);
  SafetensorsFile read = read_safetensors(path);
  WeightsFile file{
      .path = path, .tensors = std::move(read.tensors), .metadata = std::move(read.metadata)};
  if (const auto found = file.metadata.find("args"); found != file.metadata.end()) {
    file.args = args_from_json(found->second);
    file.metadata.erase(found);
  }
  return tidied(std::move(file));
}

ClassMap class_names_of(const WeightsFile& file, int num_classes) {
  const auto found = file.metadata.find("class_names");
  if (found == file.metadata.end()) {
    return num_classes == 91 || num_classes == 92 ? ClassMap::coco() : ClassMap();
  }
  std::map<std::int64_t, std::string> names;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(found->second).get(object) != simdjson::SUCCESS) {
    throw Error(text_of(file.path.string(), ": its class_names are no JSON object"));
  }
  for (const auto item : object) {
    std::string_view name;
    const std::string key(item.key);
    const bool is_id =
        !key.empty() && key.size() < 10 && key.find_first_not_of("0123456789") == std::string::npos;
    if (!is_id || item.value.get(name) != simdjson::SUCCESS) {
      throw Error(text_of(file.path.string(), ": class_names maps ids to names, not ", key));
    }
    names[std::stoll(key)] = name;
  }
  return ClassMap(std::move(names));
}

std::int64_t arg_int(const Args& args, const std::string& name, std::int64_t fallback) {
  const ArgValue* value = find_arg(args, name);
  const auto* number = value != nullptr ? std::get_if<std::int64_t>(value) : nullptr;
  return number != nullptr ? *number : fallback;
}

double arg_double(const Args& args, const std::string& name, double fallback) {
  const ArgValue* value = find_arg(args, name);
  if (value == nullptr) return fallback;
  if (const auto* number = std::get_if<double>(value)) return *number;
  return static_cast<double>(arg_int(args, name, static_cast<std::int64_t>(fallback)));
}

bool arg_flag(const Args& args, const std::string& name, bool fallback) {
  const ArgValue* value = find_arg(args, name);
  const auto* flag = value != nullptr ? std::get_if<bool>(value) : nullptr;
  return flag != nullptr ? *flag : fallback;
}

std::string arg_text(const Args& args, const std::string& name, const std::string& fallback) {
  const ArgValue* value = find_arg(args, name);
  const auto* text = value != nullptr ? std::get_if<std::string>(value) : nullptr;
  return text != nullptr ? *text : fallback;
}

std::string args_to_json(const Args& args) {
  JsonWriter json;
  json.begin_object();
  for (const auto& [name, value] : args) {
    json.key(name);
    std::visit(
        [&](const auto& v) {
          if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::monostate>) {
            json.null();
          } else if constexpr (std::is_same_v<std::decay_t<decltype(v)>, double>) {
            write_real(json, v);
          } else {
            json.value(v);
          }
        },
        value);
  }
  return json.end_object().text();
}

Args args_from_json(const std::string& json) {
  Args args;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(json).get(object) != simdjson::SUCCESS)
    throw Error("the args of a weights file are no JSON object");
  for (const auto item : object) {
    ArgValue& value = args[std::string(item.key)];
    if (item.value.is_bool()) {
      value = bool(item.value);
    } else if (item.value.is_int64()) {
      value = std::int64_t(item.value);
    } else if (item.value.is_double()) {
      value = double(item.value);
    } else if (item.value.is_string()) {
      value = std::string(std::string_view(item.value));
    }
  }
  return args;
}

std::string sha256_of_file(const fs::path& path) {
  const MappedFile file(path);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(file.bytes().data(), file.bytes().size(), digest, &size, EVP_sha256(), nullptr) !=
      1) {
    throw Error("SHA-256 is not available in this OpenSSL");
  }
  return hex_text(std::as_bytes(std::span(digest)).first(size));
}

}  // namespace saccade
