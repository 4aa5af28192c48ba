// The restricted unpickler: a stack machine over an arena of plain values.
#include "saccade/checkpoint/unpickler.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <unordered_map>

#include "saccade/checkpoint/pickle_globals.h"
#include "saccade/core/error.h"

namespace saccade {
namespace {

constexpr std::size_t kMaxNodes = 4'000'000;  // a training checkpoint of R101 has about 50,000
constexpr std::size_t kMaxItems =
    16'000'000;  // entries of all lists, tuples, sets and dicts together
constexpr std::size_t kMaxStorages = 1'000'000;
constexpr std::size_t kMaxArguments = 16;
constexpr std::size_t kMaxDimensions = 64;

class Unpickler {
 public:
  Unpickler(std::span<const std::byte> bytes, const std::string& name)
      : bytes_(bytes), name_(name) {}

  Unpickled read() {
    for (;;) {
      const auto opcode = static_cast<unsigned char>(take_byte());
      if (opcode == '.') break;
      run(opcode);
    }
    result_.tree.root = pop();
    result_.bytes_read = at_;
    return std::move(result_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(text_of(name_, ": broken or hostile pickle at byte ", at_, ": ", what));
  }

  // --- bytes
  std::span<const std::byte> take(std::uint64_t size) {
    if (size > bytes_.size() - at_) fail(text_of("it ends early, ", size, " more bytes expected"));
    const auto taken = bytes_.subspan(at_, size);
    at_ += size;
    return taken;
  }
  int take_byte() { return std::to_integer<int>(take(1)[0]); }
  template <typename T>
  T take_number() {
    T number;
    std::memcpy(&number, take(sizeof(T)).data(), sizeof(T));
    return number;
  }
  std::string take_text(std::uint64_t size) {
    const auto taken = take(size);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }
  std::string take_line() {
    const auto rest = bytes_.subspan(at_);
    const auto end = std::find(rest.begin(), rest.end(), std::byte{'\n'});
    if (end == rest.end()) fail("a name without an end");
    std::string line = take_text(static_cast<std::uint64_t>(end - rest.begin()));
    ++at_;
    return line;
  }

  // --- nodes and stack
  NodeId make(PickleNode node) {
    if (result_.tree.nodes.size() >= kMaxNodes) fail(text_of("more than ", kMaxNodes, " values"));
    count_items(node.items.size());
    result_.tree.nodes.push_back(std::move(node));
    return static_cast<NodeId>(result_.tree.nodes.size() - 1);
  }
  // Lists can be copied from short pickles again and again; this bounds what comes of it.
  void count_items(std::size_t count) {
    items_ += count;
    if (items_ > kMaxItems) fail(text_of("containers of more than ", kMaxItems, " entries"));
  }
  void push(NodeId id) {
    if (stack_.size() >= kMaxItems) fail("too many values on the stack");
    stack_.push_back(id);
  }
  void push(PickleNode node) { push(make(std::move(node))); }
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  NodeId top() const {
    if (stack_.size() <= floor()) fail("a value is missing on the stack");
    return stack_.back();
  }
  NodeId pop() {
    const NodeId id = top();
    stack_.pop_back();
    return id;
  }
  std::vector<NodeId> pop_to_mark() {
    if (marks_.empty()) fail("a mark is missing on the stack");
    const std::vector<NodeId> items(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()),
                                    stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return items;
  }
  PickleNode& node(NodeId id) { return result_.tree.nodes[id]; }
  const PickleNode& expect(NodeId id, PickleKind kind, const char* what) {
    if (node(id).kind != kind) fail(text_of(what, " expected"));
    return node(id);
  }
  // Texts that are copied are names or single numbers; long ones could be multiplied without end.
  const std::string& short_text(NodeId id) {
    if (node(id).text.size() > 256) fail("a long text where a name is expected");
    return node(id).text;
  }
  std::int64_t expect_int(NodeId id, const char* what) {
    return expect(id, PickleKind::kInt, what).number;
  }

  void push_tuple(std::size_t count) {
    PickleNode tuple{.kind = PickleKind::kTuple, .items = std::vector<NodeId>(count)};
    for (std::size_t i = count; i-- > 0;) tuple.items[i] = pop();
    push(std::move(tuple));
  }
  void push_marked(PickleKind kind) {
    std::vector<NodeId> items = pop_to_mark();
    push({.kind = kind, .items = std::move(items)});
  }
  void push_text(PickleKind kind, std::uint64_t size) {
    push({.kind = kind, .text = take_text(size)});
  }
  void push_int(std::int64_t number) { push({.kind = PickleKind::kInt, .number = number}); }

  void append(NodeId target, const std::vector<NodeId>& items, PickleKind kind, const char* what) {
    auto& container = node(target);
    const bool fits = container.kind == kind ||
                      (kind == PickleKind::kDict && container.kind == PickleKind::kNamespace);
    if (!fits) fail(text_of(what, " on something else than that"));
    if (kind == PickleKind::kDict && items.size() % 2 != 0) fail("a key without a value");
    count_items(items.size());
    container.items.insert(container.items.end(), items.begin(), items.end());
  }

  // --- memo
  void remember(std::uint64_t index) { memo_[index] = top(); }
  void recall(std::uint64_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) fail(text_of("memo entry ", index, " was never set"));
    push(found->second);
  }

  void run(unsigned char opcode);
  void run_value(unsigned char opcode);
  void run_container(unsigned char opcode);
  void run_object(unsigned char opcode);
  void push_long(std::uint64_t size);
  void push_global(const std::string& module, const std::string& name);
  void push_storage(NodeId id);
  void reduce(NodeId callable, NodeId arguments);
  void push_new_object(NodeId type, NodeId arguments);
  void build(NodeId state);
  void push_tensor(const std::vector<NodeId>& arguments);
  void push_numpy_scalar(const std::vector<NodeId>& arguments);
  std::vector<std::int64_t> integers(NodeId tuple, const char* what);

  std::span<const std::byte> bytes_;
  std::string name_;
  std::size_t at_ = 0;
  std::size_t items_ = 0;
  std::vector<NodeId> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, NodeId> memo_;
  std::unordered_map<std::string, std::size_t> storage_by_key_;
  Unpickled result_;
};

void Unpickler::run(unsigned char opcode) {
  switch (opcode) {
    case 0x80:  // PROTO
      if (const int protocol = take_byte(); protocol > 5)
        fail(text_of("pickle protocol ", protocol, " is unknown"));
      return;
    case 0x95:  // FRAME: only a hint for readers of streams
      take(8);
      return;
    case '(':
      marks_.push_back(stack_.size());
      return;
    case 'q':
      return remember(static_cast<std::uint64_t>(take_byte()));
    case 'r':
      return remember(take_number<std::uint32_t>());
    case 0x94:
      return remember(memo_.size());
    case 'h':
      return recall(static_cast<std::uint64_t>(take_byte()));
    case 'j':
      return recall(take_number<std::uint32_t>());
    case '0':
      pop();
      return;
    case '1':
      pop_to_mark();
      return;
    case '2':
      return push(top());
    default:
      return run_value(opcode);
  }
}

void Unpickler::run_value(unsigned char opcode) {
  switch (opcode) {
    case 'N':
      return push(PickleNode{});
    case 0x88:
    case 0x89:
      return push({.kind = PickleKind::kBool, .number = opcode == 0x88});
    case 'J':
      return push_int(take_number<std::int32_t>());
    case 'K':
      return push_int(take_byte());
    case 'M':
      return push_int(take_number<std::uint16_t>());
    case 0x8a:
      return push_long(static_cast<std::uint64_t>(take_byte()));
    case 0x8b: {
      const auto size = take_number<std::int32_t>();
      if (size < 0) fail("an integer of negative length");
      return push_long(static_cast<std::uint64_t>(size));
    }
    case 'G': {
      const auto big_endian = take_number<std::uint64_t>();
      return push({.kind = PickleKind::kFloat,
                   .real = std::bit_cast<double>(__builtin_bswap64(big_endian))});
    }
    case 'X':
      return push_text(PickleKind::kString, take_number<std::uint32_t>());
    case 0x8c:
      return push_text(PickleKind::kString, static_cast<std::uint64_t>(take_byte()));
    case 0x8d:
      return push_text(PickleKind::kString, take_number<std::uint64_t>());
    case 'U':
      return push_text(PickleKind::kString, static_cast<std::uint64_t>(take_byte()));
    case 'T':
      return push_text(PickleKind::kString, take_number<std::uint32_t>());
    case 'C':
      return push_text(PickleKind::kBytes, static_cast<std::uint64_t>(take_byte()));
    case 'B':
      return push_text(PickleKind::kBytes, take_number<std::uint32_t>());
    default:
      return run_container(opcode);
  }
}

void Unpickler::run_container(unsigned char opcode) {
  switch (opcode) {
    case '}':
      return push({.kind = PickleKind::kDict});
    case ']':
      return push({.kind = PickleKind::kList});
    case ')':
      return push({.kind = PickleKind::kTuple});
    case 0x8f:
      return push({.kind = PickleKind::kSet});
    case 't':
      return push_marked(PickleKind::kTuple);
    case 'l':
      return push_marked(PickleKind::kList);
    case 0x91:
      return push_marked(PickleKind::kSet);
    case 0x85:
    case 0x86:
    case 0x87:
      return push_tuple(opcode - 0x84u);
    case 'a': {
      const NodeId item = pop();
      return append(top(), {item}, PickleKind::kList, "APPEND");
    }
    case 'e': {
      const auto items = pop_to_mark();
      return append(top(), items, PickleKind::kList, "APPENDS");
    }
    case 's': {
      const NodeId value = pop();
      const NodeId key = pop();
      return append(top(), {key, value}, PickleKind::kDict, "SETITEM");
    }
    case 'u': {
      const auto items = pop_to_mark();
      return append(top(), items, PickleKind::kDict, "SETITEMS");
    }
    case 0x90: {
      const auto items = pop_to_mark();
      return append(top(), items, PickleKind::kSet, "ADDITEMS");
    }
    case 'd': {
      const auto items = pop_to_mark();
      push({.kind = PickleKind::kDict});
      return append(top(), items, PickleKind::kDict, "DICT");
    }
    default:
      return run_object(opcode);
  }
}

void Unpickler::run_object(unsigned char opcode) {
  switch (opcode) {
    case 'c': {
      const std::string module = take_line();
      return push_global(module, take_line());
    }
    case 0x93: {
      const NodeId name = pop();
      const NodeId module = pop();
      const std::string module_text = expect(module, PickleKind::kString, "a module name").text;
      return push_global(module_text, expect(name, PickleKind::kString, "a name").text);
    }
    case 'R': {
      const NodeId arguments = pop();
      return reduce(pop(), arguments);
    }
    case 0x81: {
      const NodeId arguments = pop();
      return push_new_object(pop(), arguments);
    }
    case 'b':
      return build(pop());
    case 'Q':
      return push_storage(pop());
    default:
      fail(text_of("opcode ", static_cast<int>(opcode), " is not one that checkpoints use"));
  }
}

// Little-endian two's complement of any length; beyond 64 bits kept as decimal text.
void Unpickler::push_long(std::uint64_t size) {
  const auto digits = take(size);
  if (size <= 8) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < size; ++i)
      number |= std::to_integer<std::uint64_t>(digits[i]) << (8 * i);
    const bool negative = size > 0 && size < 8 && std::to_integer<int>(digits[size - 1]) >= 128;
    if (negative) number |= ~std::uint64_t{0} << (8 * size);
    return push_int(static_cast<std::int64_t>(number));
  }
  if (size > 64) fail(text_of("an integer of ", size, " bytes"));
  push({.kind = PickleKind::kBigInt, .text = decimal_text(digits)});
}

void Unpickler::push_global(const std::string& module, const std::string& name) {
  if (!is_allowed_global(module, name)) {
    throw Error(text_of(name_, ": refused: it asks to run ", module, ".", name,
                        ", which no checkpoint needs; nothing was executed"));
  }
  push({.kind = PickleKind::kGlobal, .text = module + " " + name});
}

// ('storage', type, key, location, numel[, view metadata])
void Unpickler::push_storage(NodeId id) {
  const auto& given = expect(id, PickleKind::kTuple, "a storage tuple as persistent id").items;
  if (given.size() < 5 || given.size() > 6 || node(given[0]).text != "storage") {
    fail("a persistent id that is no storage");
  }
  const auto items = given;
  const std::string& type = expect(items[1], PickleKind::kGlobal, "a storage type").text;
  const auto dtype = dtype_of_storage(type);
  if (!dtype) fail(text_of("storages of type ", type, " are not supported"));
  const std::string& key = expect(items[2], PickleKind::kString, "a storage key").text;
  const std::int64_t numel = expect_int(items[4], "a storage size");
  if (items.size() == 6 && node(items[5]).kind != PickleKind::kNone) {
    fail("views of storages (files of torch 0.3 and older) are not supported");
  }
  if (numel < 0) fail("a storage of negative size");
  const auto [found, is_new] = storage_by_key_.try_emplace(key, result_.storages.size());
  if (is_new) {
    if (result_.storages.size() >= kMaxStorages)
      fail(text_of("more than ", kMaxStorages, " storages"));
    result_.storages.push_back({key, *dtype, numel, std::make_shared<Storage>()});
  }
  const PickledStorage& storage = result_.storages[found->second];
  if (storage.dtype != *dtype || storage.numel != numel)
    fail(text_of("storage ", key, " is described in two ways"));
  push({.kind = PickleKind::kStorage, .number = static_cast<std::int64_t>(found->second)});
}

void Unpickler::reduce(NodeId callable, NodeId arguments) {
  const std::string name = expect(callable, PickleKind::kGlobal, "an allowed name to call").text;
  const auto& given = expect(arguments, PickleKind::kTuple, "a tuple of arguments").items;
  if (given.size() > kMaxArguments) fail(text_of("a call with ", given.size(), " arguments"));
  const auto items = given;
  const auto collect = [&](PickleKind kind) {
    PickleNode made{.kind = kind};
    if (!items.empty()) {
      if (node(items[0]).items.size() > kMaxItems - items_) count_items(kMaxItems);
      made.items = node(items[0]).items;
    }
    push(std::move(made));
  };
  if (name == "torch._utils _rebuild_tensor_v2" || name == "torch._utils _rebuild_tensor")
    return push_tensor(items);
  if (name == "torch._utils _rebuild_parameter") {
    if (items.empty()) fail("a parameter without a tensor");
    expect(items[0], PickleKind::kTensor, "a tensor");
    return push(items[0]);
  }
  if (name == "collections OrderedDict") {
    push({.kind = PickleKind::kDict});
    if (items.empty()) return;
    count_items(node(items[0]).items.size());
    for (const NodeId pair : std::vector<NodeId>(node(items[0]).items)) {
      if (node(pair).items.size() != 2) fail("an OrderedDict of something else than pairs");
      append(top(), std::vector<NodeId>(node(pair).items), PickleKind::kDict, "OrderedDict");
    }
    return;
  }
  if (name == "torch Size") return collect(PickleKind::kTuple);
  if (name == "builtins set" || name == "__builtin__ set" || name == "builtins frozenset" ||
      name == "__builtin__ frozenset") {
    return collect(PickleKind::kSet);
  }
  if (name == "torch device") {
    std::string text = items.empty() ? "" : short_text(items[0]);
    if (items.size() > 1) text += ":" + std::to_string(node(items[1]).number);
    return push({.kind = PickleKind::kString, .text = std::move(text)});
  }
  if (name == "_codecs encode") {
    if (items.empty()) fail("nothing to encode");
    const std::string& text = node(items[0]).text;
    count_items(text.size());  // one text can be encoded again and again
    return push({.kind = PickleKind::kBytes, .text = latin1_bytes(text)});
  }
  if (name == "numpy dtype") {
    if (items.empty()) fail("a numpy dtype without a name");
    return push({.kind = PickleKind::kGlobal, .text = "numpy dtype " + short_text(items[0])});
  }
  if (is_numpy_scalar(name)) return push_numpy_scalar(items);
  fail(text_of(name, " cannot be called here"));
}

void Unpickler::push_new_object(NodeId type, NodeId arguments) {
  const std::string name = expect(type, PickleKind::kGlobal, "a type").text;
  expect(arguments, PickleKind::kTuple, "a tuple of arguments");
  if (name == "argparse Namespace") return push({.kind = PickleKind::kNamespace});
  reduce(type, arguments);
}

void Unpickler::build(NodeId state) {
  const PickleNode& target = node(top());
  const bool is_namespace = target.kind == PickleKind::kNamespace;
  if (is_namespace && node(state).kind == PickleKind::kDict) {
    count_items(node(state).items.size());
    return append(top(), std::vector<NodeId>(node(state).items), PickleKind::kDict, "BUILD");
  }
  // Attributes of a state dict (_metadata) and the byte order of a numpy dtype: nothing we keep.
  const bool harmless =
      target.kind == PickleKind::kDict || target.text.rfind("numpy dtype ", 0) == 0;
  if (is_namespace || !harmless) fail("a state for something that has none");
}

std::vector<std::int64_t> Unpickler::integers(NodeId tuple, const char* what) {
  std::vector<std::int64_t> out;
  if (node(tuple).items.size() > kMaxDimensions)
    fail(text_of("a tensor of ", node(tuple).items.size(), " dimensions"));
  for (const NodeId item : expect(tuple, PickleKind::kTuple, what).items)
    out.push_back(expect_int(item, what));
  return out;
}

// (storage, offset, size, stride, ...)
void Unpickler::push_tensor(const std::vector<NodeId>& arguments) {
  if (arguments.size() < 4) fail("a tensor needs storage, offset, size and stride");
  const auto index =
      static_cast<std::size_t>(expect(arguments[0], PickleKind::kStorage, "a storage").number);
  const PickledStorage& storage = result_.storages[index];
  RawTensor tensor{.dtype = storage.dtype,
                   .shape = integers(arguments[2], "a tensor size"),
                   .strides = integers(arguments[3], "a tensor stride"),
                   .offset = expect_int(arguments[1], "a tensor offset"),
                   .storage = storage.storage};
  result_.tree.tensors.push_back(std::move(tensor));
  push({.kind = PickleKind::kTensor,
        .number = static_cast<std::int64_t>(result_.tree.tensors.size() - 1)});
}

void Unpickler::push_numpy_scalar(const std::vector<NodeId>& arguments) {
  if (arguments.size() != 2) fail("a numpy number needs dtype and bytes");
  const auto number = numpy_number(node(arguments[0]).text, node(arguments[1]).text);
  if (!number) fail(text_of("a numpy number of ", node(arguments[0]).text));
  push(*number);
}

}  // namespace

NodeId PickleTree::find(NodeId dict, std::string_view key) const {
  const auto& items = nodes[dict].items;
  const bool has_keys =
      nodes[dict].kind == PickleKind::kDict || nodes[dict].kind == PickleKind::kNamespace;
  NodeId found = kNoNode;  // of equal keys the last one counts
  for (std::size_t i = 0; has_keys && i + 1 < items.size(); i += 2) {
    if (nodes[items[i]].kind == PickleKind::kString && nodes[items[i]].text == key)
      found = items[i + 1];
  }
  return found;
}

Unpickled unpickle(std::span<const std::byte> bytes, const std::string& name) {
  return Unpickler(bytes, name).read();
}

void check_tensors(const Unpickled& unpickled, const std::string& name) {
  constexpr std::int64_t kManyBytes = std::int64_t{1} << 30;
  for (const RawTensor& tensor : unpickled.tree.tensors) {
    const auto fail = [&](const char* what) {
      throw Error(text_of(name, ": a tensor of shape ", shape_text(tensor.shape), " ", what));
    };
    const auto size = static_cast<std::int64_t>(size_of(tensor.dtype));
    const auto room = static_cast<std::int64_t>(tensor.storage->bytes.size()) / size;
    const auto count = checked_numel(tensor.shape);
    if (tensor.shape.size() != tensor.strides.size() || tensor.shape.size() > 64)
      fail("has another number of strides");
    if (!count || tensor.offset < 0) fail("has a negative or impossible size or offset");
    std::int64_t last = tensor.offset;
    for (std::size_t d = 0; d < tensor.shape.size(); ++d) {
      std::int64_t step = 0;
      if (tensor.strides[d] < 0) fail("has a negative stride");
      if (*count > 0 && (__builtin_mul_overflow(tensor.shape[d] - 1, tensor.strides[d], &step) ||
                         __builtin_add_overflow(last, step, &last))) {
        fail("has strides that leave 64 bits");
      }
    }
    if (*count > 0 && last >= room) fail("reads past the end of its storage");
    if (*count > kManyBytes / size && *count / 64 > room)
      fail("is expanded from a far smaller storage");
  }
}

}  // namespace saccade
