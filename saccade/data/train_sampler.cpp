// Which images the steps of a training epoch see.
#include "saccade/data/train_sampler.h"

#include <numeric>
#include <utility>

#include "saccade/core/error.h"
#include "saccade/core/random.h"

namespace saccade {
namespace {

constexpr std::uint64_t kSamplerStream = 0x73616d706c6572;  // apart from the augmentations' streams

}  // namespace

TrainSampler::TrainSampler(const SamplerShape& shape, std::uint64_t seed, std::uint64_t epoch)
    : shape_(shape) {
  if (shape.batch_size < 1 || shape.world_size < 1 || shape.rank < 0 ||
      shape.rank >= shape.world_size) {
    throw Error(text_of("batch size ", shape.batch_size, ", rank ", shape.rank, " of ",
                        shape.world_size, ": expected a batch of 1 at least and a rank below the ",
                        "number of processes"));
  }
  if (shape.steps() < 1) {
    throw Error(text_of("the training set has ", shape.images, " images, one step takes ",
                        shape.batch_size * shape.world_size, " (batch size ", shape.batch_size,
                        " in ", shape.world_size, " processes); choose a smaller --batch_size"));
  }
  order_.resize(static_cast<std::size_t>(shape.images));
  std::iota(order_.begin(), order_.end(), 0);
  Random random{kSamplerStream, seed, epoch};
  for (std::size_t i = order_.size() - 1; i > 0; --i)
    std::swap(order_[i], order_[random.below(i + 1)]);
}

std::vector<int> TrainSampler::batch(std::int64_t step) const {
  if (step < 0 || step >= steps())
    throw Error(text_of("step ", step, " of an epoch with ", steps(), " steps"));
  const std::int64_t first = (step * shape_.world_size + shape_.rank) * shape_.batch_size;
  return {order_.begin() + first, order_.begin() + first + shape_.batch_size};
}

}  // namespace saccade
