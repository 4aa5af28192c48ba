// What a restricted unpickler read: plain values in an arena, so that shared, cyclic and deeply
// nested values cost no recursion, neither while reading nor when destroyed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "saccade/checkpoint/raw_tensor.h"

namespace saccade {

using NodeId = std::uint32_t;
constexpr NodeId kNoNode = 0xFFFFFFFF;

enum class PickleKind {
  kNone,
  kBool,       // number: 0 or 1
  kInt,        // number
  kBigInt,     // text: decimal digits
  kFloat,      // real
  kString,     // text, UTF-8
  kBytes,      // text
  kList,       // items
  kTuple,      // items
  kSet,        // items
  kDict,       // items: key, value, key, value ...
  kNamespace,  // items as kDict: argparse.Namespace
  kTensor,     // number: index into PickleTree::tensors
  kStorage,    // number: index into the unpickler's storages
  kGlobal,     // text: "module name", one of the few that are allowed
};

struct PickleNode {
  PickleKind kind = PickleKind::kNone;
  std::int64_t number = 0;
  double real = 0;
  std::string text;
  std::vector<NodeId> items;
};

struct PickleTree {
  std::vector<PickleNode> nodes;
  std::vector<RawTensor> tensors;
  NodeId root = kNoNode;

  const PickleNode& at(NodeId id) const { return nodes[id]; }
  const PickleNode& top() const { return nodes[root]; }
  // The value of a text key in a dict or namespace; kNoNode where there is none.
  NodeId find(NodeId dict, std::string_view key) const;
};

}  // namespace saccade
