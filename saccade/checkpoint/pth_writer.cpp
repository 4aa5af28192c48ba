// The zip layout of torch.save.
#include "saccade/checkpoint/pth_writer.h"

#include <fstream>

#include "saccade/checkpoint/pickle_builder.h"
#include "saccade/checkpoint/pickle_writer.h"
#include "saccade/checkpoint/zip_writer.h"
#include "saccade/core/error.h"
#include "saccade/core/file_io.h"

namespace saccade {
namespace {

NodeId arg_node(PickleBuilder& make, const ArgValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return make.boolean(*flag);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return make.integer(*number);
  if (const auto* number = std::get_if<double>(&value)) return make.real(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return make.text(*text);
  return make.none();
}

}  // namespace

NodeId tensors_node(PickleBuilder& make, const NamedRawTensors& tensors) {
  std::vector<std::pair<std::string, NodeId>> entries;
  for (const auto& [name, tensor] : tensors) entries.emplace_back(name, make.tensor(tensor));
  return make.dict(entries);
}

NodeId args_node(PickleBuilder& make, const Args& args) {
  std::vector<std::pair<std::string, NodeId>> entries;
  for (const auto& [name, value] : args) entries.emplace_back(name, arg_node(make, value));
  return make.dict(entries);
}

NodeId texts_node(PickleBuilder& make, const std::map<std::string, std::string>& texts) {
  std::vector<std::pair<std::string, NodeId>> entries;
  for (const auto& [name, text] : texts) entries.emplace_back(name, make.text(text));
  return make.dict(entries);
}

void write_pth(const std::filesystem::path& path, const PickleTree& tree, Durability durability) {
  const Pickled pickled = pickle_of(tree);
  const std::string root = path.stem().string() + "/";
  const auto write = [&](const std::filesystem::path& temporary) {
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    ZipWriter zip(out);
    zip.add(root + "data.pkl", pickled.pickle);
    zip.add(root + ".format_version", "1");
    zip.add(root + ".storage_alignment", "64");
    zip.add(root + "byteorder", "little");
    for (std::size_t i = 0; i < pickled.storages.size(); ++i) {
      zip.add(root + "data/" + std::to_string(i), pickled.storages[i].storage.bytes);
    }
    zip.add(root + "version", "3\n");
    zip.finish();
    out.close();
    if (!out) throw Error(text_of(path.string(), ": cannot write; is the disk full?"));
  };
  write_file_with(path, write, durability);
}

void write_weights_pth(const std::filesystem::path& path, const WeightsFile& weights) {
  PickleBuilder make;
  const NodeId root = make.dict({{"model", tensors_node(make, weights.tensors)},
                                 {"args", args_node(make, weights.args)},
                                 {"saccade", texts_node(make, weights.metadata)}});
  write_pth(path, std::move(make).tree(root));
}

}  // namespace saccade
