// Builds the tree of plain values that a .pth file holds, from the leaves up.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "saccade/checkpoint/pickle_tree.h"

namespace saccade {

// Usage:
//   PickleBuilder make;
//   const NodeId epoch = make.integer(3);
//   write_pth(path, std::move(make).tree(make.dict({{"epoch", epoch}})));
// A node may stand in several places: it is written once and stays one object in Python.
class PickleBuilder {
 public:
  NodeId none() { return add({}); }
  NodeId boolean(bool flag) { return add({.kind = PickleKind::kBool, .number = flag}); }
  NodeId integer(std::int64_t number) { return add({.kind = PickleKind::kInt, .number = number}); }
  NodeId real(double number) { return add({.kind = PickleKind::kFloat, .real = number}); }
  NodeId text(std::string utf8) {
    return add({.kind = PickleKind::kString, .text = std::move(utf8)});
  }
  NodeId list(std::vector<NodeId> items) {
    return add({.kind = PickleKind::kList, .items = std::move(items)});
  }
  NodeId tuple(std::vector<NodeId> items) {
    return add({.kind = PickleKind::kTuple, .items = std::move(items)});
  }
  // Keys of any kind: an optimizer's state is keyed by integers.
  NodeId dict(const std::vector<std::pair<NodeId, NodeId>>& entries) {
    PickleNode node{.kind = PickleKind::kDict};
    for (const auto& [key, value] : entries) node.items.insert(node.items.end(), {key, value});
    return add(std::move(node));
  }
  NodeId dict(const std::vector<std::pair<std::string, NodeId>>& entries) {
    PickleNode node{.kind = PickleKind::kDict};
    for (const auto& [key, value] : entries) {
      node.items.push_back(text(key));
      node.items.push_back(value);
    }
    return add(std::move(node));
  }
  // Tensors over the same bytes share one storage in the file.
  NodeId tensor(RawTensor raw) {
    tree_.tensors.push_back(std::move(raw));
    return add({.kind = PickleKind::kTensor,
                .number = static_cast<std::int64_t>(tree_.tensors.size() - 1)});
  }

  // Ends the building.
  PickleTree tree(NodeId root) && {
    tree_.root = root;
    return std::move(tree_);
  }

 private:
  NodeId add(PickleNode node) {
    tree_.nodes.push_back(std::move(node));
    return static_cast<NodeId>(tree_.nodes.size() - 1);
  }

  PickleTree tree_;
};

}  // namespace saccade
