// Which images the steps of a training epoch see.
#pragma once

#include <cstdint>
#include <vector>

namespace saccade {

struct SamplerShape {
  std::int64_t images = 0;  // of the data set
  int batch_size = 2;       // per process
  int rank = 0, world_size = 1;

  // Full batches of all processes together; the images that are left over wait for another epoch.
  std::int64_t steps() const { return images / (std::int64_t{batch_size} * world_size); }
};

// The images of an epoch in a random order that depends on seed and epoch alone. Step s takes the next
// batch_size * world_size of them and rank r the r-th batch_size of those: processes with batch 1 see
// together what one process with their number as batch sees (the official sampler deals out blocks
// instead, so that its steps change with the number of processes).
class TrainSampler {
 public:
  // Throws Error where the images do not fill one step, or the shape is out of range.
  TrainSampler(const SamplerShape& shape, std::uint64_t seed, std::uint64_t epoch);

  std::int64_t steps() const { return shape_.steps(); }
  // Indices of images, this rank's of step 0 to steps() - 1.
  std::vector<int> batch(std::int64_t step) const;

 private:
  SamplerShape shape_;
  std::vector<int> order_;
};

}  // namespace saccade
