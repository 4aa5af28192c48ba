// Compares tensors with those of a golden file and remembers how close they came.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <set>
#include <string>

#include "saccade/model/postprocess.h"

namespace saccade {

using Tensors = std::map<std::string, at::Tensor>;

class GoldenCheck {
 public:
  // Largest difference allowed for a key whose largest finite entry is `largest`.
  using Tolerance = std::function<double(const std::string& key, double largest)>;

  GoldenCheck(const Tensors& golden, Tolerance tolerance);

  bool has(const std::string& key) const { return golden_.contains(key); }
  const at::Tensor& at(const std::string& key) const { return golden_.at(key); }

  // Each skips a key that the file lacks. `valid` (bool, broadcast over the tensor) says where to
  // compare; undefined is everywhere. Infinite entries must lie in the same places.
  void close(const std::string& key, const at::Tensor& ours, const at::Tensor& valid = {});
  void equal(const std::string& key, const at::Tensor& ours);
  // Rows `prefix`scores, `prefix`labels, `prefix`boxes. In order of queries for plain DETR; else as
  // a set, where rows within the tolerance of the last score may be others.
  void rows(const std::string& prefix, ModelFamily family, const ImageResults& ours);

  const std::set<std::string>& compared() const { return compared_; }
  double worst() const { return worst_; }  // as a share of its tolerance
  const std::string& worst_key() const { return worst_key_; }

 private:
  double note(const std::string& key, double difference, double tolerance);

  const Tensors& golden_;
  Tolerance tolerance_;
  std::set<std::string> compared_;
  double worst_ = 0;
  std::string worst_key_;
};

}  // namespace saccade
