// An ONNX model being put together.
#include "saccade/export/onnx_graph.h"

#include <fstream>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/export/proto_writer.h"

namespace saccade {
namespace {

// Numbers of onnx.proto3.
constexpr std::int64_t kIrVersion = 8, kOpset = 17;
enum DataType { kFloat = 1, kInt32 = 6, kInt64 = 7 };
enum GraphField { kNode = 1, kGraphName = 2, kInitializer = 5, kInput = 11, kOutput = 12 };
enum ModelField {
  kModelIrVersion = 1,
  kProducer = 2,
  kProducerVersion = 3,
  kGraph = 7,
  kOpsetImport = 8,
  kMetadata = 14
};

std::string as_field(int field, const ProtoWriter& message) {
  return ProtoWriter().message(field, message).bytes();
}

struct AttributeWriter {
  ProtoWriter& out;
  // Each kind of value has a field of its own, and says its type in field 20.
  void operator()(std::int64_t value) const { out.integer(3, value).integer(20, 2); }
  void operator()(double value) const { out.float32(2, static_cast<float>(value)).integer(20, 1); }
  void operator()(const std::string& value) const { out.text(4, value).integer(20, 3); }
  void operator()(const std::vector<std::int64_t>& values) const {
    for (const std::int64_t value : values) out.integer(8, value);
    out.integer(20, 7);
  }
};

ProtoWriter value_info(const std::string& name, const OnnxShape& shape) {
  ProtoWriter dims;
  for (const std::int64_t size : shape) dims.message(1, ProtoWriter().integer(1, size));
  const ProtoWriter tensor = ProtoWriter().integer(1, kFloat).message(2, dims);
  return ProtoWriter().text(1, name).message(2, ProtoWriter().message(1, tensor));
}

ProtoWriter opset(const std::string& domain, std::int64_t version) {
  return ProtoWriter().text(1, domain).integer(2, version);
}

}  // namespace

std::string OnnxGraph::unique(const std::string& name) {
  const std::string whole = scope_.empty() ? name : scope_ + "/" + name;
  const int before = used_[whole]++;
  return before == 0 ? whole : text_of(whole, "_", before);
}

OnnxValue OnnxGraph::input(const std::string& name, const OnnxShape& shape) {
  fields_.push_back(as_field(kInput, value_info(name, shape)));
  return name;
}

void OnnxGraph::output(const OnnxValue& value, const std::string& name, const OnnxShape& shape) {
  fields_.push_back(
      as_field(kNode, ProtoWriter().text(1, value).text(2, name).text(4, "Identity")));
  fields_.push_back(as_field(kOutput, value_info(name, shape)));
}

OnnxValue OnnxGraph::constant(const std::string& name, int type, const OnnxShape& shape,
                              std::span<const std::byte> bytes) {
  const OnnxValue value = unique(name);
  ProtoWriter tensor;
  for (const std::int64_t size : shape) tensor.integer(1, size);
  tensor.integer(2, type).text(8, value).raw(9, bytes);
  fields_.push_back(as_field(kInitializer, tensor));
  return value;
}

OnnxValue OnnxGraph::floats(const std::string& name, const OnnxShape& shape,
                            std::span<const float> values) {
  return constant(name, kFloat, shape, std::as_bytes(values));
}

OnnxValue OnnxGraph::int64s(const std::string& name, std::span<const std::int64_t> values) {
  return constant(name, kInt64, {static_cast<std::int64_t>(values.size())}, std::as_bytes(values));
}

OnnxValue OnnxGraph::int32s(const std::string& name, const OnnxShape& shape,
                            std::span<const std::int32_t> values) {
  return constant(name, kInt32, shape, std::as_bytes(values));
}

OnnxValue OnnxGraph::node(const std::string& op, const std::vector<OnnxValue>& inputs,
                          const OnnxAttributes& attributes, const std::string& domain) {
  return nodes(op, inputs, 1, attributes, domain).front();
}

std::vector<OnnxValue> OnnxGraph::nodes(const std::string& op, const std::vector<OnnxValue>& inputs,
                                        std::size_t outputs, const OnnxAttributes& attributes,
                                        const std::string& domain) {
  ProtoWriter out;
  for (const OnnxValue& input : inputs) out.text(1, input);
  const std::string name = unique(op);
  std::vector<OnnxValue> values;
  for (std::size_t i = 0; i < outputs; ++i)
    values.push_back(outputs == 1 ? name : text_of(name, ":", i));
  for (const OnnxValue& value : values) out.text(2, value);
  out.text(3, name).text(4, op);
  for (const auto& [key, value] : attributes) {
    ProtoWriter attribute;
    attribute.text(1, key);
    std::visit(AttributeWriter{attribute}, value);
    out.message(5, attribute);
  }
  if (!domain.empty()) out.text(7, domain);
  fields_.push_back(as_field(kNode, out));
  return values;
}

void OnnxGraph::write(const std::filesystem::path& path, const ModelWords& words) const {
  constexpr std::uint64_t kMost = (std::uint64_t{1} << 31) - 1;
  const std::string name = ProtoWriter().text(kGraphName, "saccade").bytes();
  std::uint64_t size = name.size();
  for (const std::string& field : fields_) size += field.size();
  ProtoWriter model;
  model.integer(kModelIrVersion, kIrVersion).text(kProducer, "saccade");
  model.text(kProducerVersion, words.producer_version).message(kOpsetImport, opset("", kOpset));
  for (const std::string& domain : words.domains) model.message(kOpsetImport, opset(domain, 1));
  for (const auto& [key, value] : words.metadata)
    model.message(kMetadata, ProtoWriter().text(1, key).text(2, value));
  model.message_head(kGraph, size);
  if (model.bytes().size() + size > kMost)
    throw Error(text_of(path.string(), ": the model has ", size,
                        " bytes; an ONNX file holds less than 2 GB"));
  write_file_with(path, [&](const std::filesystem::path& file) {
    std::ofstream out(file, std::ios::binary);
    out << model.bytes() << name;
    for (const std::string& field : fields_) out << field;
    out.flush();
    if (!out) throw Error(path.string() + ": cannot be written; is the disk full?");
  });
}

}  // namespace saccade
