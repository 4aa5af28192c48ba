// A detection of an image, its maps and orders.
#include "saccade/study/faith_subject.h"

#include <ATen/ATen.h>

#include "saccade/core/random.h"
#include "saccade/study/tensor_map.h"

namespace saccade {
namespace {

// Pixels of the network's input: a cell of the finest level of most models.
constexpr int kRandomCell = 8;

}  // namespace

OriginalSize FaithImage::original() const {
  return {static_cast<double>(size.width), static_cast<double>(size.height)};
}

at::Tensor FaithImage::mask(std::int64_t count) const {
  return at::zeros({count, pixels.size(2), pixels.size(3)}, at::kBool);
}

std::uint64_t draw_seed(FaithDraw draw, std::uint64_t seed, int image, int query, int label) {
  return Random({static_cast<std::uint64_t>(draw), seed, static_cast<std::uint64_t>(image),
                 static_cast<std::uint64_t>(query), static_cast<std::uint64_t>(label)})
      .next();
}

FaithSubject::FaithSubject(const LoadedModel& model, const std::vector<Intervention>& interventions,
                           const FaithImage& image, const FaithTarget& target, std::uint64_t seed)
    : image_(image),
      target_(target),
      seed_(seed),
      attributor_(model, image.pixels, image.mask(), image.original(), interventions),
      wanted_{.query = target.query, .label = target.label},
      score_target_{target.label, detection_vector(model.detector->config().family,
                                                   attributor_.output(), target.query)} {}

std::uint64_t FaithSubject::seed(FaithDraw draw) const {
  return draw_seed(draw, seed_, target_.image, target_.query, target_.label);
}

AttributionOptions FaithSubject::options() const {
  AttributionOptions options;
  options.seed = seed_;
  return options;
}

SaliencyMap FaithSubject::random_map() const {
  return random_cells(image_.input_width(), image_.input_height(), kRandomCell,
                      seed(FaithDraw::kCells));
}

SaliencyMap FaithSubject::map(const std::string& name) const {
  const auto [width, height] = image_.size;
  if (name == kBoxMap) return box_gaussian(width, height, target_.box);
  if (name == kRandomMap) return resized_map(random_map(), width, height);
  return plain_map(attributor_.map(attribution_method(name), wanted_, options()).map);
}

std::vector<std::int32_t> FaithSubject::pixel_order(const std::string& name,
                                                    const SaliencyMap& map) const {
  return falling_order(name == kRandomMap
                           ? random_map()
                           : resized_map(map, image_.input_width(), image_.input_height()),
                       seed(FaithDraw::kTies));
}

std::vector<std::int32_t> FaithSubject::point_order(const std::string& name, int layers,
                                                    std::int64_t points) const {
  if (name == kRandomMap)
    return falling_order(random_cells(static_cast<int>(points), 1, 1, seed(FaithDraw::kPoints)),
                         seed(FaithDraw::kTies));
  at::Tensor scores = at::zeros({layers, points / layers}, at::kDouble);
  for (const PointScores& layer : attributor_.points(attribution_method(name), wanted_))
    scores[layer.layer].copy_(layer.scores.flatten());
  return falling_order(plain_map(scores), seed(FaithDraw::kTies));
}

}  // namespace saccade
