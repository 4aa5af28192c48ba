// An ONNX model being put together: values, nodes and constants, written as the protocol buffers of onnx.proto3
// (https://github.com/onnx/onnx). The format is small; libonnx would bring a second protobuf beside LibTorch's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace saccade {

using OnnxValue = std::string;  // the name of a value
using OnnxShape = std::vector<std::int64_t>;
using OnnxAttribute = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>>;
using OnnxAttributes = std::vector<std::pair<std::string, OnnxAttribute>>;

class OnnxGraph {
 public:
  // float32 values that the caller gives and gets.
  OnnxValue input(const std::string& name, const OnnxShape& shape);
  void output(const OnnxValue& value, const std::string& name, const OnnxShape& shape);

  // Constants. Names are made unique; the same name twice gets a number.
  OnnxValue floats(const std::string& name, const OnnxShape& shape, std::span<const float> values);
  OnnxValue int64s(const std::string& name, std::span<const std::int64_t> values);
  OnnxValue int32s(const std::string& name, const OnnxShape& shape,
                   std::span<const std::int32_t> values);

  // One node; `domain` is empty for ONNX's own operators. Returns its output, or its outputs.
  OnnxValue node(const std::string& op, const std::vector<OnnxValue>& inputs,
                 const OnnxAttributes& attributes = {}, const std::string& domain = "");
  std::vector<OnnxValue> nodes(const std::string& op, const std::vector<OnnxValue>& inputs,
                               std::size_t outputs, const OnnxAttributes& attributes = {},
                               const std::string& domain = "");

  // Names of nodes and values begin with it from here on.
  void set_scope(const std::string& scope) { scope_ = scope; }

  struct ModelWords {
    std::string producer_version;
    std::vector<std::pair<std::string, std::string>> metadata;
    std::vector<std::string> domains;  // of nodes that are not ONNX's own
  };
  // The file, opset 17. Throws Error (the file cannot be written; more than 2 GB, which protobuf does not hold).
  void write(const std::filesystem::path& path, const ModelWords& words) const;

 private:
  std::string unique(const std::string& name);
  OnnxValue constant(const std::string& name, int type, const OnnxShape& shape,
                     std::span<const std::byte> bytes);

  std::string scope_;
  std::vector<std::string> fields_;  // of GraphProto, each with its key and length
  std::map<std::string, int> used_;  // names, and how often
};

}  // namespace saccade
