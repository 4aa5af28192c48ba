// The stack machine behind unpickle(): opcodes work on an arena of plain values.
#pragma once

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "saccade/checkpoint/unpickler.h"
#include "saccade/core/error.h"

namespace saccade {

// Reads one pickle. Bounds every container by the bytes that are there and by totals, because short
// pickles can copy long lists again and again.
class PickleMachine {
 public:
  PickleMachine(std::span<const std::byte> bytes, const std::string& name)
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
  static constexpr std::size_t kMaxNodes = 4'000'000;  // a training checkpoint of R101 has 50,000
  static constexpr std::size_t kMaxItems =
      16'000'000;  // of all lists, tuples, sets, dicts together
  static constexpr std::size_t kMaxStorages = 1'000'000;
  static constexpr std::size_t kMaxArguments = 16;
  static constexpr std::size_t kMaxDimensions = 64;

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

  void append_marked(PickleKind kind, const char* what) {
    const auto items = pop_to_mark();
    append(top(), items, kind, what);
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
  void run_append(unsigned char opcode);
  void run_object(unsigned char opcode);
  void push_long(std::uint64_t size);
  void push_global(const std::string& module, const std::string& name);
  void push_storage(NodeId id);
  void reduce(NodeId callable, NodeId arguments);
  void push_new_object(NodeId type, NodeId arguments);
  void build(NodeId state);
  void push_ordered_dict(const std::vector<NodeId>& arguments);
  void push_copy(PickleKind kind, const std::vector<NodeId>& arguments);
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

}  // namespace saccade
