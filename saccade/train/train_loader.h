// The batches of an epoch, loaded ahead on their own threads and sent to the device that trains.
#pragma once

#include <vector>

#include "saccade/core/prefetch.h"
#include "saccade/data/train_batch.h"
#include "saccade/data/train_sampler.h"
#include "saccade/op/transfer.h"

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
    const Shipper* shipper = nullptr;  // to the device; null: batches stay on the CPU
  };

  // Steps of one epoch from `first_step` on, in order. `source` must outlive it. num_workers 0: loaded
  // when asked for. num_workers + 1 steps at most are ahead, on the device too.
  TrainLoader(const Source& source, std::uint64_t epoch, std::int64_t first_step, int num_workers)
      : steps_(source.sampler->steps() - first_step, num_workers, num_workers + 1,
               [source, epoch, first_step](std::int64_t i) {
                 return load(source, epoch, first_step + i);
               }) {}

  // The next step's batches; nothing after the last. Throws Error: an image that cannot be read.
  std::optional<StepBatches> next() {
    auto step = steps_.next();
    if (!step) return std::nullopt;
    for (std::size_t i = 0; i < step->on_their_way.size(); ++i) {
      const auto tensors = Shipper::receive(std::move(step->on_their_way[i]));
      step->batches[i].pixels = tensors[0];
      step->batches[i].mask = tensors[1];
    }
    return std::move(step->batches);
  }

 private:
  struct LoadedStep {
    StepBatches batches;
    std::vector<Shipper::Shipment> on_their_way;  // pixels and mask of each batch; empty on the CPU
  };

  static LoadedStep load(const Source& source, std::uint64_t epoch, std::int64_t step) {
    std::vector<int> images;
    for (const int position : source.sampler->batch(step))
      images.push_back((*source.images)[static_cast<std::size_t>(position)]);
    const std::size_t size = images.size() / static_cast<std::size_t>(source.parts);
    LoadedStep loaded;
    for (std::size_t first = 0; first < images.size(); first += size) {
      TrainBatch batch = source.set->load(std::span(images).subspan(first, size), epoch);
      if (source.shipper != nullptr)
        loaded.on_their_way.push_back(source.shipper->send({batch.pixels, batch.mask}));
      loaded.batches.push_back(std::move(batch));
    }
    return loaded;
  }

  Prefetcher<LoadedStep> steps_;
};

}  // namespace saccade
