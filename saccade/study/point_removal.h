// Deletion and insertion of the sampling points of one decoder query, over a memory that is computed once. explain.md 4.2.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "saccade/explain/intervention.h"
#include "saccade/model/attention_hook.h"
#include "saccade/model/load_model.h"
#include "saccade/study/target_score.h"

namespace saccade {

class PointRemover {
 public:
  // `interventions` hold in all runs; they copy nothing from other images. pixels and mask as Detector::encode takes
  // them. Model and interventions must outlive this. Throws Error for plain DETR, which has no points.
  PointRemover(const LoadedModel& model, const at::Tensor& pixels, const at::Tensor& mask,
               OriginalSize original, const std::vector<Intervention>& interventions);

  // All points of a query: decoder layers * M * L * P.
  std::int64_t points() const;

  // The output of a batch: of variant n the query keeps the points of `kept` [n, layers, M, L, P] bool.
  ModelOutput run(int query, const at::Tensor& kept, bool renormalise) const;

  // Scores of the query's own output at each share of its points (0 first, 1 last), where points are removed or inserted in
  // this order (indices into layers * M * L * P).
  RemovalScores scores(int query, const ScoreTarget& target, std::span<const std::int32_t> order,
                       std::span<const double> shares) const;

 private:
  ModelOutput run_some(int query, const at::Tensor& kept, bool renormalise) const;

  const LoadedModel& model_;
  const OriginalSize original_;
  const std::vector<Intervention>& interventions_;
  Memory memory_;
  DecoderState start_;
  ModelOutput before_;         // what precedes the layers
  std::int64_t together_ = 1;  // variants of a batch
};

}  // namespace saccade
