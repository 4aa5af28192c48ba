// Which images of a data set an evaluation can use.
#include "saccade/eval/eval_images.h"

#include <cstring>
#include <type_traits>

#include "saccade/core/error.h"
#include "saccade/core/parallel.h"
#include "saccade/data/data_check.h"

namespace saccade {
namespace {

static_assert(std::is_trivially_copyable_v<ImageSize>);

std::string to_bytes(const std::vector<ImageSize>& sizes) {
  return {reinterpret_cast<const char*>(sizes.data()), sizes.size() * sizeof(ImageSize)};
}

// Sizes of the images rank, rank + ranks, ... of all; 0 x 0: not usable.
void place_sizes(const std::string& bytes, std::size_t rank, std::size_t ranks,
                 std::vector<ImageSize>& sizes) {
  std::size_t count = 0;
  for (std::size_t i = rank; i < sizes.size(); i += ranks, ++count) {
    if ((count + 1) * sizeof(ImageSize) > bytes.size())
      throw Error("a rank sent too few image sizes");
    std::memcpy(&sizes[i], bytes.data() + count * sizeof(ImageSize), sizeof(ImageSize));
  }
}

}  // namespace

EvalImages find_eval_images(const CocoDataSet& data, const std::filesystem::path& folder,
                            const std::vector<int>& chosen, int threads, RankGroup& ranks,
                            const std::string& name) {
  const auto rank = static_cast<std::size_t>(ranks.rank()),
             size = static_cast<std::size_t>(ranks.size());
  const std::size_t own = chosen.size() > rank ? (chosen.size() - rank - 1) / size + 1 : 0;
  std::vector<CheckedImage> checked(own);
  parallel_for(static_cast<std::int64_t>(own), threads, [&](std::int64_t i) {
    checked[i] = check_image(data, chosen[rank + i * size], folder, ImageCheck::kQuick);
  });
  std::vector<ImageSize> own_sizes;
  std::vector<ImageProblem> own_problems;
  for (std::size_t i = 0; i < own; ++i) {
    own_sizes.push_back(checked[i].is_usable() ? checked[i].size : ImageSize{});
    for (DataProblem& problem : checked[i].problems) {
      if (problem.breaks) own_problems.push_back({chosen[rank + i * size], std::move(problem)});
    }
  }
  std::vector<ImageSize> sizes(chosen.size());
  const auto all_sizes = ranks.all_gather(name + " sizes", to_bytes(own_sizes));
  for (std::size_t r = 0; r < size; ++r) place_sizes(all_sizes[r], r, size, sizes);
  EvalImages images;
  for (const std::string& bytes : ranks.all_gather(name + " problems", to_bytes(own_problems)))
    append_problems(images.problems, bytes, data);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (sizes[i].width > 0 && sizes[i].height > 0) images.usable.push_back({chosen[i], sizes[i]});
  }
  return images;
}

ImageProblem left_out_image(const BrokenImage& image, const CocoDataSet& data, bool skip_broken) {
  if (!skip_broken)
    throw Error(image.message + "; mend the data set, or add --skip-broken to leave it out");
  return {image.image, {data.path().filename().string(), image.message, true}};
}

}  // namespace saccade
