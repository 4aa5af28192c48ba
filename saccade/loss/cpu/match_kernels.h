// The inner loops of matching by instruction set: they see rows of numbers, nothing else. All sets
// give the same bits.
#pragma once

#include <cstdint>

namespace saccade {

// What all objects are compared with: cx, cy, width, height, x0, y0, x1, y1, area of each predicted box.
constexpr int kBoxRows = 9;

template <typename T>
struct PairWeights {
  T classes = 0, bbox = 0, giou = 0;
};

// The costs of one image; float or double.
template <typename T>
struct CostKernels {
  // Whether none of `count` numbers is infinite or NaN.
  bool (*all_finite)(const T* values, std::int64_t count);
  // boxes [count, 4] cxcywh to rows [kBoxRows, count].
  void (*box_rows)(const T* boxes, std::int64_t count, T* rows);
  // Logits become focal costs: 0.25 (1-p)^2 (-log(p + 1e-8)) - 0.75 p^2 (-log(1-p + 1e-8)).
  void (*focal)(T* values, std::int64_t count);
  // One object (cxcywh) against all predictions: bbox * L1 + classes * class_cost - giou * GIoU.
  void (*pair)(const T* rows, const T* class_cost, std::int64_t count, const T* object,
               const PairWeights<T>& weights, double* cost);
};

// One step of the search for the cheapest path: the ways that lead through a row of the matrix.
struct RelaxedRow {
  std::int64_t row = 0, columns = 0;
  double length = 0, price = 0;  // of the path to this row; of the row
  const double* cost = nullptr;
  const double* column_price = nullptr;  // of a column that is done: minus infinity
  double* distance = nullptr;            // of a column that is done: infinity
  std::int64_t* came_from = nullptr;
  bool is_first = false;  // whether `distance` is yet to be filled
};

struct AssignKernels {
  bool (*all_finite)(const double* values, std::int64_t count);
  // Shortens distances through the row, of which one at least is finite then. Writes the columns at the
  // least distance to `nearest`, which has room for all, and returns how many.
  std::int64_t (*relax)(const RelaxedRow& row, std::int64_t* nearest);
};

struct MatchKernels {
  CostKernels<float> cost;
  AssignKernels assign;
};

const MatchKernels& match_kernels_generic();
const MatchKernels& match_kernels_avx2();
const MatchKernels& match_kernels_avx512();
const CostKernels<double>& cost_kernels_double();

// The fastest of them that cpu_isa() allows.
const MatchKernels& match_kernels();

}  // namespace saccade
