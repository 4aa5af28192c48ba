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

void write_pth(const std::filesystem::path& path, const PickleTree& tree) {
  const Pickled pickled = pickle_of(tree);
  const std::string root = path.stem().string() + "/";
  write_file_with(path, [&](const std::filesystem::path& temporary) {
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
    out.flush();
    if (!out) throw Error(text_of(path.string(), ": cannot write; is the disk full?"));
  });
}

void write_weights_pth(const std::filesystem::path& path, const WeightsFile& weights) {
  PickleBuilder make;
  std::vector<std::pair<std::string, NodeId>> model, args, metadata;
  for (const auto& [name, tensor] : weights.tensors) model.emplace_back(name, make.tensor(tensor));
  for (const auto& [name, value] : weights.args) args.emplace_back(name, arg_node(make, value));
  for (const auto& [name, text] : weights.metadata) metadata.emplace_back(name, make.text(text));
  const NodeId root = make.dict(
      {{"model", make.dict(model)}, {"args", make.dict(args)}, {"saccade", make.dict(metadata)}});
  write_pth(path, std::move(make).tree(root));
}

}  // namespace saccade
