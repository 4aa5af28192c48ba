// A detection of an image, its maps and the orders in which they remove pixels
// and points.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "saccade/explain/attribution.h"
#include "saccade/image/resize.h"
#include "saccade/study/faith_record.h"
#include "saccade/study/saliency_map.h"
#include "saccade/study/target_score.h"

namespace saccade {

// An image as the network reads it.
struct FaithImage {
  int image = 0;      // index into the data set
  ImageSize size;     // of the original, pixels
  at::Tensor pixels;  // [1, 3, h, w] normalised, on the CPU

  OriginalSize original() const;
  // [count, h, w] bool, false: nothing is padding.
  at::Tensor mask(std::int64_t count = 1) const;
  int input_width() const { return static_cast<int>(pixels.size(3)); }
  int input_height() const { return static_cast<int>(pixels.size(2)); }
};

// What is drawn at random; each has numbers of its own.
enum class FaithDraw : std::uint64_t { kNoise, kTies, kCells, kPoints };
std::uint64_t draw_seed(FaithDraw draw, std::uint64_t seed, int image, int query = 0,
                        int label = 0);

class FaithSubject {
 public:
  // Runs the model with the interventions. All of them must outlive this. Not within c10::InferenceMode.
  FaithSubject(const LoadedModel& model, const std::vector<Intervention>& interventions,
               const FaithImage& image, const FaithTarget& target, std::uint64_t seed);

  const FaithImage& image() const { return image_; }
  const FaithTarget& target() const { return target_; }
  const ScoreTarget& score() const { return score_target_; }
  const AttributionTarget& wanted() const { return wanted_; }
  AttributionOptions options() const;  // of its maps

  // Of a method or control, on the original image.
  SaliencyMap map(const std::string& name) const;
  // The pixels of the network's input, the most salient of this map first.
  std::vector<std::int32_t> pixel_order(const std::string& name, const SaliencyMap& map) const;
  // The query's points [layers, M, L, P], the most salient first; those of a layer that an intervention skips have nothing.
  std::vector<std::int32_t> point_order(const std::string& name, int layers,
                                        std::int64_t points) const;

 private:
  std::uint64_t seed(FaithDraw draw) const;
  // Cells in random order, on the network's input.
  SaliencyMap random_map() const;

  const FaithImage& image_;
  const FaithTarget& target_;
  const std::uint64_t seed_;
  const Attributor attributor_;
  const AttributionTarget wanted_;
  const ScoreTarget score_target_;
};

}  // namespace saccade
