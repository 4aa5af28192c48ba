// Opcodes for names, storages, tensors and the few objects that checkpoints hold.
#include "saccade/checkpoint/pickle_globals.h"
#include "saccade/checkpoint/pickle_machine.h"

namespace saccade {

void PickleMachine::run_object(unsigned char opcode) {
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

void PickleMachine::push_global(const std::string& module, const std::string& name) {
  if (!is_allowed_global(module, name)) {
    throw Error(text_of(name_, ": refused: it asks to run ", module, ".", name,
                        ", which no checkpoint needs; nothing was executed"));
  }
  push({.kind = PickleKind::kGlobal, .text = module + " " + name});
}

// ('storage', type, key, location, numel[, view metadata])
void PickleMachine::push_storage(NodeId id) {
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

// A copy of the first argument's entries: Size, set, frozenset.
void PickleMachine::push_copy(PickleKind kind, const std::vector<NodeId>& arguments) {
  PickleNode made{.kind = kind};
  if (!arguments.empty()) {
    if (node(arguments[0]).items.size() > kMaxItems - items_) count_items(kMaxItems);
    made.items = node(arguments[0]).items;
  }
  push(std::move(made));
}

void PickleMachine::push_ordered_dict(const std::vector<NodeId>& arguments) {
  push({.kind = PickleKind::kDict});
  if (arguments.empty()) return;
  count_items(node(arguments[0]).items.size());
  for (const NodeId pair : std::vector<NodeId>(node(arguments[0]).items)) {
    if (node(pair).items.size() != 2) fail("an OrderedDict of something else than pairs");
    append(top(), std::vector<NodeId>(node(pair).items), PickleKind::kDict, "OrderedDict");
  }
}

void PickleMachine::reduce(NodeId callable, NodeId arguments) {
  const std::string name = expect(callable, PickleKind::kGlobal, "an allowed name to call").text;
  const auto& given = expect(arguments, PickleKind::kTuple, "a tuple of arguments").items;
  if (given.size() > kMaxArguments) fail(text_of("a call with ", given.size(), " arguments"));
  const auto items = given;
  const bool is_set = name.ends_with(" set") || name.ends_with(" frozenset");
  if (is_set) return push_copy(PickleKind::kSet, items);
  if (name == "torch Size") return push_copy(PickleKind::kTuple, items);
  if (name == "collections OrderedDict") return push_ordered_dict(items);
  if (name.starts_with("torch._utils _rebuild_tensor")) return push_tensor(items);
  if (is_numpy_scalar(name)) return push_numpy_scalar(items);
  if (items.empty()) fail(text_of(name, " without arguments"));
  const NodeId first = items[0];
  if (name == "torch._utils _rebuild_parameter") {
    expect(first, PickleKind::kTensor, "a tensor");
    return push(first);
  }
  if (name == "torch device") {
    std::string text = short_text(first);
    if (items.size() > 1) text += ":" + std::to_string(node(items[1]).number);
    return push({.kind = PickleKind::kString, .text = std::move(text)});
  }
  if (name == "_codecs encode") {
    count_items(node(first).text.size());  // one text can be encoded again and again
    return push({.kind = PickleKind::kBytes, .text = latin1_bytes(node(first).text)});
  }
  if (name == "numpy dtype") {
    return push({.kind = PickleKind::kGlobal, .text = "numpy dtype " + short_text(first)});
  }
  fail(text_of(name, " cannot be called here"));
}

void PickleMachine::push_new_object(NodeId type, NodeId arguments) {
  const std::string name = expect(type, PickleKind::kGlobal, "a type").text;
  expect(arguments, PickleKind::kTuple, "a tuple of arguments");
  if (name == "argparse Namespace") return push({.kind = PickleKind::kNamespace});
  reduce(type, arguments);
}

void PickleMachine::build(NodeId state) {
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

std::vector<std::int64_t> PickleMachine::integers(NodeId tuple, const char* what) {
  std::vector<std::int64_t> out;
  if (node(tuple).items.size() > kMaxDimensions)
    fail(text_of("a tensor of ", node(tuple).items.size(), " dimensions"));
  for (const NodeId item : expect(tuple, PickleKind::kTuple, what).items)
    out.push_back(expect_int(item, what));
  return out;
}

// (storage, offset, size, stride, ...)
void PickleMachine::push_tensor(const std::vector<NodeId>& arguments) {
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

void PickleMachine::push_numpy_scalar(const std::vector<NodeId>& arguments) {
  if (arguments.size() != 2) fail("a numpy number needs dtype and bytes");
  const auto number = numpy_number(node(arguments[0]).text, node(arguments[1]).text);
  if (!number) fail(text_of("a numpy number of ", node(arguments[0]).text));
  push(*number);
}

}  // namespace saccade
