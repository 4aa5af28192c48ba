// A file of weights, whatever wrote it: official .pth (zip or legacy), Hugging Face's or our
// .safetensors. The kind is found by content, not by suffix.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <variant>

#include "saccade/checkpoint/pickle_tree.h"
#include "saccade/checkpoint/safetensors.h"
#include "saccade/core/class_map.h"

namespace saccade {

// One option of the run that made the file (argparse); monostate is None.
using ArgValue = std::variant<std::monostate, bool, std::int64_t, double, std::string>;
using Args = std::map<std::string, ArgValue>;

struct WeightsFile {
  std::filesystem::path path;
  NamedRawTensors tensors;  // official names, in the file's order; no optimizer state
  Args args;                // empty where the file has none
  // "class_names": {"1": "vehicle"} as JSON; "size": "247,1333"; what else a file brings.
  std::map<std::string, std::string> metadata;
};

// Throws Error that names the file and the fault.
WeightsFile read_weights(const std::filesystem::path& path);

// The tensors and args of a checkpoint's pickle: its `model` (or `state_dict`, or the dict itself).
WeightsFile weights_from_pickle(const PickleTree& tree, const std::filesystem::path& path);

// Class names of the file; COCO's for a file without names and `num_classes` 91 or 92; else empty.
ClassMap class_names_of(const WeightsFile& file, int num_classes);

// An option as whole number, number, flag or text; `fallback` where it is missing or None.
std::int64_t arg_int(const Args& args, const std::string& name, std::int64_t fallback);
double arg_double(const Args& args, const std::string& name, double fallback);
bool arg_flag(const Args& args, const std::string& name, bool fallback);
std::string arg_text(const Args& args, const std::string& name, const std::string& fallback);

// The options as a JSON object and back; nested values are dropped.
std::string args_to_json(const Args& args);
Args args_from_json(const std::string& json);

// SHA-256 of a file's bytes, in hex.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace saccade
