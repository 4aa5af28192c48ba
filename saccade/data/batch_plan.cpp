// Which images go through the network together.
#include "saccade/data/batch_plan.h"

#include <map>
#include <tuple>

namespace saccade {

std::vector<PlannedBatch> plan_batches(const std::vector<int>& images,
                                       const std::vector<ImageSize>& sizes, int batch_size,
                                       const InputSize& size) {
  using Key = std::tuple<std::int64_t, int>;  // falling pixels, then width
  std::map<Key, std::vector<int>> groups;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const ImageSize input = resized_size(sizes[i], size);
    groups[{-std::int64_t{input.width} * input.height, input.width}].push_back(images[i]);
  }
  std::vector<PlannedBatch> batches;
  for (const auto& [key, group] : groups) {
    const auto [pixels, width] = key;
    const ImageSize input{width, static_cast<int>(-pixels / width)};
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (i % batch_size == 0) batches.push_back({{}, input});
      batches.back().images.push_back(group[i]);
    }
  }
  return batches;
}

}  // namespace saccade
