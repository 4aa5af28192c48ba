// The batches of an epoch, loaded ahead on their own threads.
#pragma once

#include <vector>

#include "saccade/core/prefetch.h"
#include "saccade/data/train_batch.h"
#include "saccade/data/train_sampler.h"

namespace saccade {

// What an optimizer step of this rank is made of: `accumulate` batches, one after another.
using StepBatches = std::vector<TrainBatch>;

class TrainLoader {
 public:
  struct Source {
    TrainSet* set = nullptr;
    const std::vector<int>* images =
        nullptr;                            // what the sampler numbers: indices into the data set
    const TrainSampler* sampler = nullptr;  // its batch holds all parts of a step
    int parts = 1;
  };

  // Steps of one epoch from `first_step` on, in order. `source` must outlive it. num_workers 0: loaded
  // when asked for.
  TrainLoader(const Source& source, std::uint64_t epoch, std::int64_t first_step, int num_workers)
      : steps_(source.sampler->steps() - first_step, num_workers, num_workers + 1,
               [source, epoch, first_step](std::int64_t i) {
                 return load(source, epoch, first_step + i);
               }) {}

  // The next step's batches; nothing after the last. Throws Error: an image that cannot be read.
  std::optional<StepBatches> next() { return steps_.next(); }

 private:
  static StepBatches load(const Source& source, std::uint64_t epoch, std::int64_t step) {
    std::vector<int> images;
    for (const int position : source.sampler->batch(step))
      images.push_back((*source.images)[static_cast<std::size_t>(position)]);
    const std::size_t size = images.size() / static_cast<std::size_t>(source.parts);
    StepBatches batches;
    for (std::size_t first = 0; first < images.size(); first += size)
      batches.push_back(source.set->load(std::span(images).subspan(first, size), epoch));
    return batches;
  }

  Prefetcher<StepBatches> steps_;
};

}  // namespace saccade
