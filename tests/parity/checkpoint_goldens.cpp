// Parity of checkpoint files with what torch.save wrote, and refusal of broken and hostile ones
// (goldens: checkpoints/).
#include <simdjson.h>
#include <sys/resource.h>

#include <chrono>

#include "saccade/checkpoint/pth_reader.h"
#include "saccade/checkpoint/safetensors.h"
#include "saccade/checkpoint/weights_file.h"
#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "tests/parity/golden_cases.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
namespace dom = simdjson::dom;

std::string key_text(const PickleNode& key) {
  return key.kind == PickleKind::kString ? key.text : std::to_string(key.number);
}

// Every tensor of the tree by its path, such as "model.layer.weight".
void collect_tensors(const PickleTree& tree, NodeId id, const std::string& path,
                     std::map<std::string, RawTensor>& out) {
  const PickleNode& node = tree.at(id);
  const std::string dot = path.empty() ? "" : path + ".";
  if (node.kind == PickleKind::kTensor)
    out[path] = tree.tensors[static_cast<std::size_t>(node.number)];
  if (node.kind != PickleKind::kDict) return;
  for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
    collect_tensors(tree, node.items[i + 1], dot + key_text(tree.at(node.items[i])), out);
  }
}

void expect_same(const PickleTree& tree, NodeId id, dom::element expected, const std::string& path);

void expect_same_dict(const PickleTree& tree, const PickleNode& node, dom::object expected,
                      const std::string& path) {
  EXPECT_EQ(node.items.size() / 2, expected.size()) << path;
  for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
    const std::string key = key_text(tree.at(node.items[i]));
    dom::element value;
    ASSERT_EQ(expected[key].get(value), simdjson::SUCCESS)
        << path << "." << key << " was not expected";
    expect_same(tree, node.items[i + 1], value, path + "." + key);
  }
}

void expect_same_list(const PickleTree& tree, const PickleNode& node, dom::array expected,
                      const std::string& path) {
  ASSERT_EQ(node.items.size(), expected.size()) << path;
  std::size_t i = 0;
  for (const auto item : expected) expect_same(tree, node.items[i++], item, path + "[]");
}

void expect_same(const PickleTree& tree, NodeId id, dom::element expected,
                 const std::string& path) {
  const PickleNode& node = tree.at(id);
  switch (node.kind) {
    case PickleKind::kNone:
      EXPECT_TRUE(expected.is_null()) << path;
      return;
    case PickleKind::kBool:
      EXPECT_EQ(node.number != 0, bool(expected)) << path;
      return;
    case PickleKind::kInt:
      EXPECT_EQ(node.number, std::int64_t(expected)) << path;
      return;
    case PickleKind::kBigInt:
      EXPECT_EQ(node.text, std::string_view(expected["__bigint__"])) << path;
      return;
    case PickleKind::kFloat:
      EXPECT_EQ(node.real, double(expected)) << path;
      return;
    case PickleKind::kString:
      EXPECT_EQ(node.text, std::string_view(expected)) << path;
      return;
    case PickleKind::kList:
    case PickleKind::kTuple:
      return expect_same_list(tree, node, expected.get_array(), path);
    case PickleKind::kSet:
      return expect_same_list(tree, node, expected["__set__"].get_array(), path);
    case PickleKind::kDict:
      return expect_same_dict(tree, node, expected.get_object(), path);
    case PickleKind::kNamespace:
      return expect_same_dict(tree, node, expected["__namespace__"].get_object(), path);
    case PickleKind::kTensor:
      EXPECT_EQ(name_of(tree.tensors[static_cast<std::size_t>(node.number)].dtype),
                std::string_view(expected["__tensor__"].at(1)))
          << path;
      return;
    default:
      ADD_FAILURE() << path << ": a kind of value that the expectations do not know";
  }
}

// Names in `strides` and `storage_groups` are those inside `model`.
const RawTensor& model_tensor(const std::map<std::string, RawTensor>& tensors, dom::element name) {
  return tensors.at("model." + std::string(std::string_view(name)));
}

void expect_same_strides(const std::map<std::string, RawTensor>& tensors, dom::object expected) {
  for (const auto item : expected) {
    std::vector<std::int64_t> strides;
    for (const auto stride : item.value.get_array()) strides.push_back(std::int64_t(stride));
    EXPECT_EQ(tensors.at("model." + std::string(item.key)).strides, strides) << item.key;
  }
}

void check_good(const fs::path& file, const fs::path& expected_tensors,
                const std::string& expected_json) {
  const PickleTree tree = read_pth(file);
  std::map<std::string, RawTensor> tensors;
  collect_tensors(tree, tree.root, "", tensors);
  if (fs::exists(expected_tensors)) {
    const auto expected = read_safetensors(expected_tensors).tensors;
    EXPECT_EQ(tensors.size(), expected.size());
    for (const auto& [name, want] : expected) {
      ASSERT_TRUE(tensors.contains(name)) << name;
      EXPECT_EQ(tensors.at(name).dtype, want.dtype) << name;
      EXPECT_EQ(tensors.at(name).shape, want.shape) << name;
      EXPECT_TRUE(contiguous_bytes(tensors.at(name)) == contiguous_bytes(want))
          << name << ": other bits";
    }
  }
  EXPECT_FALSE(tensors.empty());
  if (expected_json.empty()) return;
  dom::parser parser;
  const dom::element expected = parser.parse(expected_json);
  dom::element part;
  if (expected["non_tensor"].get(part) == simdjson::SUCCESS) expect_same(tree, tree.root, part, "");
  if (expected["strides"].get(part) == simdjson::SUCCESS)
    expect_same_strides(tensors, part.get_object());
  if (expected["storage_groups"].get(part) != simdjson::SUCCESS) return;
  for (const auto group : part.get_array()) {
    for (const auto name : group.get_array()) {
      EXPECT_EQ(model_tensor(tensors, name).storage, model_tensor(tensors, group.at(0)).storage)
          << name;
    }
  }
}

long peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

// One line that names file and fault; quick; in bounded memory; and nothing was executed.
void check_bad(const fs::path& file, const std::string& expect) {
  const auto start = std::chrono::steady_clock::now();
  const long before = peak_megabytes();
  std::string message;
  try {
    read_weights(file);
  } catch (const Error& error) {
    message = error.what();
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  EXPECT_LT(seconds, 5.0);
  EXPECT_LT(peak_megabytes() - before, 512);
  EXPECT_FALSE(fs::exists("saccade_pickle_marker")) << "code of the file was executed";
  if (expect == "accept") {
    EXPECT_EQ(message, "");
    return;
  }
  if (expect.rfind("reject", 0) == 0) {
    EXPECT_NE(message, "") << "the file was accepted";
  }
  if (message.empty()) return;
  EXPECT_EQ(message.rfind(file.string() + ": ", 0), 0u) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

}  // namespace

void add_checkpoint_cases(const fs::path& goldens) {
  const fs::path folder = goldens / "checkpoints";
  dom::parser parser;
  dom::element expected;
  const auto load = [&](const fs::path& path) {
    return fs::exists(path) && parser.parse(read_file(path)).get(expected) == simdjson::SUCCESS;
  };
  if (load(folder / "expected.json")) {
    for (const auto item : expected.get_object()) {
      const fs::path file = folder / std::string(item.key);
      fs::path tensors = file;
      tensors.replace_extension("expected.safetensors");
      const std::string json = simdjson::minify(item.value);
      add_golden_case("Checkpoint", file.stem().string(), [=] { check_good(file, tensors, json); });
    }
  }
  if (load(folder / "bad" / "expected.json")) {
    for (const auto item : expected.get_object()) {
      const fs::path file = folder / "bad" / std::string(item.key);
      const std::string expect(std::string_view(item.value["expect"]));
      add_golden_case("BadCheckpoint", file.stem().string(), [=] { check_bad(file, expect); });
    }
  }
}

}  // namespace saccade
