// How two files of weights differ.
#pragma once

#include <string>
#include <vector>

#include "saccade/checkpoint/weights_file.h"

namespace saccade {

// A tensor that both files hold.
struct TensorDifference {
  std::string name;
  DType dtype_a = DType::kFloat32, dtype_b = DType::kFloat32;
  std::vector<std::int64_t> shape_a, shape_b;
  // Largest |a - b|; infinite where one is NaN and the other is not, 0 where the shapes differ.
  double max_abs = 0;
};

struct WeightsDifference {
  std::vector<std::string> only_a, only_b;  // names, sorted
  std::vector<TensorDifference> different;  // in the order of the first file
  std::size_t equal = 0;                    // same dtype, shape and values
  double max_abs = 0;                       // over all common tensors of equal shape

  bool any() const { return !only_a.empty() || !only_b.empty() || !different.empty(); }
};

// Names are compared after translation to official ones; two NaNs count as equal, as do 0 and -0.
WeightsDifference diff_weights(const WeightsFile& a, const WeightsFile& b);

// One line per difference, then a summary.
std::string diff_text(const WeightsDifference& difference);
// {"only_a": [..], "only_b": [..], "different": [{"name", "dtype_a", "dtype_b", "shape_a",
//  "shape_b", "max_abs"}], "equal": n, "max_abs": x}; an infinite max_abs is null.
std::string diff_json(const WeightsDifference& difference);

}  // namespace saccade
