// Draws flips, sizes and crops.
#include "saccade/data/augmentation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "saccade/core/error.h"
#include "saccade/image/decode.h"

namespace saccade {
namespace {

constexpr double kOfficialShortSide = 800;
constexpr int kMaxShortSide = 100'000;

void check_probability(double probability, const char* name) {
  if (probability >= 0 && probability <= 1) return;
  throw Error(text_of("augmentation: ", name, " is ", probability, ", expected 0 to 1"));
}

std::vector<int> whole_numbers(int from, int to) {
  if (from < 1 || to < from || to > kMaxShortSide) {
    throw Error(text_of("augmentation: short sides from ", from, " to ", to,
                        ", expected 1 <= from <= to <= ", kMaxShortSide));
  }
  std::vector<int> numbers(static_cast<std::size_t>(to - from) + 1);
  std::iota(numbers.begin(), numbers.end(), from);
  return numbers;
}

void check_sides(const std::vector<int>& sides, const char* name) {
  if (sides.empty())
    throw Error(text_of("augmentation: ", name, " is empty, expected short sides"));
  for (const int side : sides) {
    if (side < 1)
      throw Error(text_of("augmentation: ", name, " holds ", side, ", expected 1 or more"));
  }
}

int pick(const std::vector<int>& sides, Random& random) {
  return sides[static_cast<std::size_t>(
      random.between(0, static_cast<std::int64_t>(sides.size()) - 1))];
}

int draw(int low, int high, Random& random) { return static_cast<int>(random.between(low, high)); }

ImageSize draw_crop_size(const AugmentationOptions& options, ImageSize size, Random& random) {
  if (options.min_crop_part > 0) {
    const double part = options.min_crop_part + (1 - options.min_crop_part) * random.uniform();
    const auto side = [part](int length) {
      return std::clamp(static_cast<int>(std::lround(part * length)), 1, length);
    };
    return {side(size.width), side(size.height)};
  }
  const auto side = [&](int length) {
    return draw(std::min(options.min_crop, length), std::min(options.max_crop, length), random);
  };
  const int width = side(size.width);
  return {width, side(size.height)};
}

PixelRect draw_crop(const AugmentationOptions& options, ImageSize size, Random& random) {
  const ImageSize taken = draw_crop_size(options, size, random);
  PixelRect crop{.width = taken.width, .height = taken.height};
  crop.y = draw(0, size.height - crop.height, random);
  crop.x = draw(0, size.width - crop.width, random);
  return crop;
}

void write_size(JsonWriter& json, std::string_view name, ImageSize size) {
  json.key(name).begin_array().value(size.width).value(size.height).end_array();
}

}  // namespace

AugmentationOptions AugmentationOptions::scaled_to(const InputSize& size,
                                                   const AugmentationChange& change) {
  if (size.short_side < 1)
    throw Error(text_of("augmentation: short side is ", size.short_side, ", expected 1 or more"));
  AugmentationOptions options;
  const auto scale = [short_side = size.short_side](int& length) {
    length = std::max(1, static_cast<int>(std::lround(length * (short_side / kOfficialShortSide))));
  };
  std::for_each(options.short_sides.begin(), options.short_sides.end(), scale);
  std::for_each(options.short_sides_before_crop.begin(), options.short_sides_before_crop.end(),
                scale);
  scale(options.min_crop);
  scale(options.max_crop);
  options.max_side = size.max_side;
  options.multiple = size.multiple;
  if (change.min_side != 0 || change.max_side != 0)
    options.short_sides = whole_numbers(change.min_side, change.max_side);
  options.min_crop_part = change.crop_part;
  options.check();
  return options;
}

void AugmentationOptions::check() const {
  check_probability(flip_probability, "flip_probability");
  check_probability(crop_probability, "crop_probability");
  check_probability(min_crop_part, "min_crop_part");
  check_sides(short_sides, "short_sides");
  check_sides(short_sides_before_crop, "short_sides_before_crop");
  if (max_side < 0)
    throw Error(text_of("augmentation: max_side is ", max_side, ", expected 0 (none) or more"));
  if (min_crop < 1 || max_crop < min_crop) {
    throw Error(text_of("augmentation: min_crop is ", min_crop, " and max_crop ", max_crop,
                        ", expected 1 <= min_crop <= max_crop"));
  }
}

BoxXyxy AppliedAugmentation::seen() const {
  const double width = source.width;
  const double height = source.height;
  BoxXyxy box{0, 0, width, height};
  if (cropped) {
    const double across = width / before_crop.width;
    const double down = height / before_crop.height;
    box = {crop.x * across, crop.y * down, (crop.x + crop.width) * across,
           (crop.y + crop.height) * down};
  }
  if (flipped) box = {width - box.x1, box.y0, width - box.x0, box.y1};
  return box;
}

std::string AppliedAugmentation::caption() const {
  std::string text = flipped ? "flipped, " : "";
  if (cropped) {
    if (before_crop != source)
      text += text_of("resized to ", before_crop.width, " x ", before_crop.height, ", ");
    text += text_of("cropped to ", crop.width, " x ", crop.height, " at (", crop.x, ", ", crop.y,
                    "), ");
  }
  return text + text_of("resized to ", size.width, " x ", size.height);
}

void AppliedAugmentation::write(JsonWriter& json) const {
  json.begin_object();
  write_size(json, "source", source);
  json.member("flipped", flipped).member("cropped", cropped);
  if (cropped) {
    write_size(json, "before_crop", before_crop);
    json.key("crop").begin_array();
    json.value(crop.x).value(crop.y).value(crop.width).value(crop.height).end_array();
  }
  write_size(json, "size", size);
  const BoxXyxy box = seen();
  json.key("seen").begin_array();
  json.value(box.x0).value(box.y0).value(box.x1).value(box.y1).end_array();
  json.end_object();
}

Random augmentation_random(std::uint64_t seed, std::uint64_t epoch, std::uint64_t image) {
  return Random{seed, epoch, image};
}

AppliedAugmentation draw_augmentation(const AugmentationOptions& options, ImageSize source,
                                      Random& random) {
  options.check();
  check_image_size(source.width, source.height, "augmentation");
  AppliedAugmentation applied{.source = source};
  applied.flipped = random.chance(options.flip_probability);
  applied.cropped = random.chance(options.crop_probability);
  ImageSize before = source;
  if (applied.cropped) {
    applied.before_crop =
        options.min_crop_part > 0
            ? source
            : resized_size(source, pick(options.short_sides_before_crop, random), 0);
    applied.crop = draw_crop(options, applied.before_crop, random);
    before = {applied.crop.width, applied.crop.height};
  }
  applied.size =
      resized_size(before, {pick(options.short_sides, random), options.max_side, options.multiple});
  return applied;
}

AppliedAugmentation evaluation_resize(ImageSize source, const InputSize& size) {
  check_image_size(source.width, source.height, "evaluation");
  return {.source = source, .size = resized_size(source, size)};
}

}  // namespace saccade
