// Writes pickles of protocol 2 with a work list in place of recursion, so that depth costs no stack.
#include "saccade/checkpoint/pickle_writer.h"

#include <bit>
#include <cstring>
#include <map>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "saccade/checkpoint/pickle_globals.h"
#include "saccade/core/error.h"

namespace saccade {
namespace {

constexpr std::int64_t kMinInt32 = -2147483648LL;
constexpr std::int64_t kMaxInt32 = 2147483647LL;

// Decimal digits as little-endian two's complement, as short as LONG1 wants it.
std::string two_complement(const std::string& decimal) {
  const bool negative = !decimal.empty() && decimal[0] == '-';
  std::string bytes;
  for (std::size_t i = negative ? 1 : 0; i < decimal.size(); ++i) {
    int carry = decimal[i] - '0';  // multiply by ten and add the digit
    for (char& byte : bytes) {
      carry += static_cast<unsigned char>(byte) * 10;
      byte = static_cast<char>(carry & 0xFF);
      carry >>= 8;
    }
    if (carry > 0) bytes += static_cast<char>(carry);
  }
  bytes += '\0';  // room for the sign
  int carry = 1;
  for (char& byte : bytes) {
    if (!negative) break;
    carry += ~static_cast<unsigned char>(byte) & 0xFF;
    byte = static_cast<char>(carry & 0xFF);
    carry >>= 8;
  }
  const auto repeats_sign = [&](std::size_t i) {
    const bool sign = static_cast<unsigned char>(bytes[i - 1]) >= 128;
    return static_cast<unsigned char>(bytes[i]) == (sign ? 0xFF : 0);
  };
  while (bytes.size() > 1 && repeats_sign(bytes.size() - 1)) bytes.pop_back();
  return bytes;
}

class PickleWriter {
 public:
  explicit PickleWriter(const PickleTree& tree) : tree_(tree), uses_(tree.nodes.size(), 0) {}

  Pickled write() {
    count_uses();
    put("\x80\x02");
    todo_.push_back({tree_.root, {}});
    while (!todo_.empty()) {
      const Step step = std::move(todo_.back());
      todo_.pop_back();
      if (step.node == kNoNode) {
        put(step.bytes);
        if (step.finished != kNoNode) finish(step.finished);
      } else {
        write_node(step.node);
      }
    }
    put(".");
    return std::move(result_);
  }

 private:
  // Either a node to write, or bytes to put and a node that is complete with them.
  struct Step {
    NodeId node = kNoNode;
    std::string bytes;
    NodeId finished = kNoNode;
  };

  void put(std::string_view bytes) { result_.pickle += bytes; }
  template <typename T>
  void put_number(T number) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &number, sizeof(T));
    put({bytes, sizeof(T)});
  }

  // Only values that are met twice need a place in the memo.
  void count_uses() {
    std::vector<NodeId> open{tree_.root};
    while (!open.empty()) {
      const NodeId id = open.back();
      open.pop_back();
      if (uses_[id]++ > 0) continue;
      const auto& items = tree_.at(id).items;
      open.insert(open.end(), items.begin(), items.end());
    }
  }

  // The value of `id` lies complete on the stack: remember it if it is needed again.
  void finish(NodeId id) {
    if (uses_[id] < 2) return;
    const auto index = static_cast<std::uint32_t>(memo_.size());
    memo_[id] = index;
    put("r");
    put_number(index);
  }

  void write_node(NodeId id) {
    if (const auto known = memo_.find(id); known != memo_.end()) {
      put("j");
      put_number(known->second);
      return;
    }
    const PickleNode& node = tree_.at(id);
    switch (node.kind) {
      case PickleKind::kList:
        return write_items(id, "]", "(", "e", true);
      case PickleKind::kDict:
      case PickleKind::kNamespace:
        return write_items(id, "}", "(", "u", true);
      case PickleKind::kTuple:
        return write_items(id, "", "(", "t", false);
      case PickleKind::kSet:
        return write_items(id, "c__builtin__\nset\n", "](", "e\x85R", false);
      default:
        write_leaf(node);
        return finish(id);
    }
  }

  // A list or dict exists before its items, so these may point back to it; a tuple does not.
  void write_items(NodeId id, std::string_view make, std::string_view open, std::string_view close,
                   bool exists_first) {
    const auto& items = tree_.at(id).items;
    if (!exists_first && !begun_.insert(id).second)
      throw Error("a tuple or set that contains itself cannot be written to a .pth file");
    put(make);
    if (exists_first) finish(id);
    if (exists_first && items.empty()) return;
    put(open);
    todo_.push_back({kNoNode, std::string(close), exists_first ? kNoNode : id});
    for (std::size_t i = items.size(); i-- > 0;) todo_.push_back({items[i], {}});
  }

  void write_leaf(const PickleNode& node) {
    switch (node.kind) {
      case PickleKind::kNone:
        return put("N");
      case PickleKind::kBool:
        return put(node.number != 0 ? "\x88" : "\x89");
      case PickleKind::kInt:
        return write_int(node.number);
      case PickleKind::kBigInt:
        return write_long(two_complement(node.text));
      case PickleKind::kFloat:
        put("G");
        return put_number(__builtin_bswap64(std::bit_cast<std::uint64_t>(node.real)));
      case PickleKind::kString:
        return write_text(node.text);
      case PickleKind::kBytes:
        return write_bytes(node.text);
      case PickleKind::kTensor:
        return write_tensor(tree_.tensors[static_cast<std::size_t>(node.number)]);
      case PickleKind::kGlobal:
        return write_global(node.text);
      default:
        throw Error("a storage without a tensor cannot be written to a .pth file");
    }
  }

  void write_int(std::int64_t number) {
    if (number >= 0 && number < 256) {
      put("K");
      put_number(static_cast<std::uint8_t>(number));
    } else if (number >= kMinInt32 && number <= kMaxInt32) {
      put("J");
      put_number(static_cast<std::int32_t>(number));
    } else {
      write_long(two_complement(std::to_string(number)));
    }
  }
  void write_long(const std::string& bytes) {
    if (bytes.size() > 255) throw Error("an integer of more than 255 bytes cannot be written");
    put("\x8a");
    put_number(static_cast<std::uint8_t>(bytes.size()));
    put(bytes);
  }
  void write_text(std::string_view text) {
    if (text.size() > 0xFFFFFFFFull) throw Error("a text of more than 4 GB cannot be written");
    put("X");
    put_number(static_cast<std::uint32_t>(text.size()));
    put(text);
  }
  // Protocol 2 has no opcode for bytes: Python writes them as text to be encoded.
  void write_bytes(std::string_view bytes) {
    std::string utf8;
    for (const char byte : bytes) {
      const auto code = static_cast<unsigned char>(byte);
      if (code >= 0x80) utf8 += static_cast<char>(0xC0 | code >> 6);
      utf8 += static_cast<char>(code < 0x80 ? code : 0x80 | (code & 0x3F));
    }
    put("c_codecs\nencode\n");
    write_text(utf8);
    write_text("latin1");
    put("\x86R");
  }
  void write_global(const std::string& text) {
    const auto space = text.find(' ');
    if (text.substr(0, space) != "torch" || !is_allowed_global("torch", text.substr(space + 1)))
      throw Error(text_of("the name ", text, " cannot be written to a .pth file"));
    put(text_of("ctorch\n", text.substr(space + 1), "\n"));
  }

  void write_integers(const std::vector<std::int64_t>& numbers) {
    put("(");
    for (const std::int64_t number : numbers) write_int(number);
    put("t");
  }

  // _rebuild_tensor_v2(storage, offset, size, stride, requires_grad=False, hooks={})
  void write_tensor(const RawTensor& tensor) {
    const std::size_t key = storage_key(tensor);
    put("ctorch._utils\n_rebuild_tensor_v2\n((");
    write_text("storage");
    write_global(std::string(storage_of_dtype(tensor.dtype)));
    write_text(std::to_string(key));
    write_text("cpu");
    const auto bytes = result_.storages[key].storage.bytes.size();
    write_int(static_cast<std::int64_t>(bytes / size_of(tensor.dtype)));
    put("tQ");
    write_int(tensor.offset);
    write_integers(tensor.shape);
    write_integers(tensor.strides);
    put("\x89"
        "ccollections\nOrderedDict\n)RtR");
  }

  std::size_t storage_key(const RawTensor& tensor) {
    const auto bytes = tensor.storage->bytes;
    // What does not fill an element cannot be seen by any tensor.
    const std::size_t size = bytes.size() / size_of(tensor.dtype) * size_of(tensor.dtype);
    const auto [found, is_new] =
        storages_.try_emplace({bytes.data(), size, tensor.dtype}, result_.storages.size());
    if (is_new)
      result_.storages.push_back({tensor.dtype, {bytes.first(size), tensor.storage->owner}});
    return found->second;
  }

  const PickleTree& tree_;
  std::vector<std::uint32_t> uses_;
  std::vector<Step> todo_;
  std::unordered_set<NodeId> begun_;
  std::unordered_map<NodeId, std::uint32_t> memo_;
  std::map<std::tuple<const std::byte*, std::size_t, DType>, std::size_t> storages_;
  Pickled result_;
};

}  // namespace

Pickled pickle_of(const PickleTree& tree) {
  if (tree.root >= tree.nodes.size()) throw Error("an empty tree cannot be written to a .pth file");
  return PickleWriter(tree).write();
}

}  // namespace saccade
