// Parity of targets and of the whole augmentation (goldens: data_pipeline/).
#include <simdjson.h>

#include <numeric>

#include "saccade/checkpoint/tensors.h"
#include "saccade/core/file_io.h"
#include "saccade/data/augment.h"
#include "saccade/data/target_ops.h"
#include "saccade/image/decode.h"
#include "saccade/image/pixel_ops.h"
#include "tests/parity/golden_cases.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using Tensors = std::map<std::string, at::Tensor>;
using Json = simdjson::dom::element;

constexpr double kBoxTolerance = 1e-6;  // of the number itself, where it is above 1

at::Tensor sizes_of(ImageSize size) { return at::tensor({size.height, size.width}, at::kLong); }

template <typename Number, typename Field>
at::Tensor column(const Target& target, at::ScalarType type, const Field& field) {
  std::vector<Number> values;
  for (const TargetObject& object : target.objects) values.push_back(field(object));
  return at::tensor(values, type);
}

// [n, 4]: corners in pixels, or the shares a network is trained on.
at::Tensor boxes_of(const Target& target, bool normalised) {
  std::vector<float> values;
  for (const TargetObject& object : target.objects) {
    const TargetBox& b = object.box;
    const BoxCxcywh share = normalised_box(b, target.size);
    if (normalised) {
      values.insert(values.end(), {share.cx, share.cy, share.width, share.height});
    } else {
      values.insert(values.end(), {b.x0, b.y0, b.x1, b.y1});
    }
  }
  return at::tensor(values, at::kFloat).view({static_cast<std::int64_t>(target.objects.size()), 4});
}

// What one image of the folder should become.
class SampleGoldens {
 public:
  SampleGoldens(const Tensors& expected, std::string stem, Json json)
      : expected_(expected), stem_(std::move(stem)), json_(json) {}

  void check(const fs::path& path, ImageSize rule) {
    const Image image = read_image(path, false);
    const ImageSize source{image.width, image.height};
    const Target prepared = prepared_target(source);
    check_target("prepared", prepared, false);
    check_target("eval",
                 augmented_target(prepared, evaluation_resize(source, {rule.height, rule.width})),
                 true);
    check_flip(image, prepared);
    check_crop(prepared);
    check_chain(image, prepared);
    EXPECT_GT(compared_, 0);
  }

 private:
  bool has(const std::string& key) const { return expected_.contains(stem_ + "." + key); }
  const at::Tensor& at(const std::string& key) const { return expected_.at(stem_ + "." + key); }

  void exact(const std::string& key, const at::Tensor& ours) {
    if (!has(key)) return;
    ++compared_;
    ASSERT_EQ(ours.sizes(), at(key).sizes()) << key;
    EXPECT_TRUE(ours.equal(at(key))) << key << ": " << ours << ", not " << at(key);
  }
  void close(const std::string& key, const at::Tensor& ours) {
    if (!has(key)) return;
    ++compared_;
    ASSERT_EQ(ours.sizes(), at(key).sizes()) << key;
    const at::Tensor share = (ours - at(key)).abs() / at(key).abs().clamp_min(1);
    EXPECT_TRUE(share.numel() == 0 || share.max().item<double>() <= kBoxTolerance)
        << key << ": " << ours << ", not " << at(key);
  }
  void pixels(const std::string& key, const Image& image, int rows) {
    const auto ours = at::from_blob(const_cast<std::uint8_t*>(image.rgb.data()),
                                    {rows, image.width, 3}, at::kByte);
    exact(key, has(key) && at(key).dim() == 2 ? ours[0] : ours);
  }

  void check_target(const std::string& part, const Target& target, bool normalised) {
    close(part + ".boxes", boxes_of(target, normalised));
    close(part + ".area", column<float>(target, at::kFloat, [](const auto& o) { return o.area; }));
    exact(part + ".labels",
          column<std::int64_t>(target, at::kLong, [](const auto& o) { return o.label; }));
    exact(part + ".iscrowd", column<std::int64_t>(target, at::kLong, [](const auto& o) {
            return std::int64_t{o.is_crowd};
          }));
    exact(part + ".size", sizes_of(target.size));
    exact(part + ".orig_size", sizes_of(target.orig_size));
  }

  Target prepared_target(ImageSize source) {
    std::vector<CocoAnnotation> annotations;
    std::int32_t most = 0;
    for (const Json record : json_["annotations"].get_array()) {
      CocoAnnotation annotation;
      annotation.id.number = record["id"].get_int64();
      annotation.category = static_cast<std::int32_t>(record["category_id"].get_int64());
      annotation.is_crowd = record["iscrowd"].get_int64() != 0;
      annotation.area = record["area"].get_double();
      const auto box = record["bbox"];
      annotation.box = {box.at(0).get_double(), box.at(1).get_double(), box.at(2).get_double(),
                        box.at(3).get_double()};
      most = std::max(most, annotation.category);
      annotations.push_back(annotation);
    }
    std::vector<std::int64_t> class_of_category(most + 1);  // official: the id itself
    std::iota(class_of_category.begin(), class_of_category.end(), 0);
    return prepare_target(annotations, class_of_category, {.number = 7}, source);
  }

  // (row, column, height, width)
  bool rectangle(const char* key, PixelRect& rect) const {
    simdjson::dom::array numbers;
    if (json_[key].get_array().get(numbers) != simdjson::SUCCESS) return false;
    const auto number = [&](int i) { return static_cast<int>(numbers.at(i).get_int64().value()); };
    rect = {number(1), number(0), number(3), number(2)};
    return true;
  }

  void check_flip(const Image& image, Target target) {
    flip_target(target);
    check_target("hflip", target, false);
    pixels("hflip_row0", flip_horizontal(image), 1);
  }

  void check_crop(Target target) {
    PixelRect rect;
    if (!rectangle("crop_ijhw", rect)) return;
    crop_target(target, rect);
    check_target("crop", target, false);
  }

  // Flip, resize to 180, crop, resize to 160 and at most 233: the crop branch of training.
  void check_chain(const Image& image, const Target& target) {
    AppliedAugmentation applied{
        .source = {image.width, image.height}, .flipped = true, .cropped = true};
    if (!rectangle("chain_crop_ijhw", applied.crop)) return;
    applied.before_crop = resized_size(applied.source, 180, 0);
    applied.size = resized_size({applied.crop.width, applied.crop.height}, 160, 233);
    check_target("chain", augmented_target(target, applied), true);
    const Image picture = augmented_image(image, applied);
    pixels("chain_hwc", picture, picture.height);
  }

  const Tensors& expected_;
  std::string stem_;
  Json json_;
  int compared_ = 0;
};

void check_sample(const fs::path& json, const Tensors& expected, const fs::path& path,
                  ImageSize rule) {
  simdjson::dom::parser parser;
  const std::string text = read_file(json);
  Json record;
  if (parser.parse(text)["images"][path.filename().string()].get(record) != simdjson::SUCCESS)
    GTEST_SKIP() << "no annotations recorded";
  SampleGoldens(expected, path.stem().string(), record).check(path, rule);
}

}  // namespace

void add_sample_cases(const fs::path& goldens) {
  const fs::path folder = goldens / "data_pipeline";
  const fs::path json = folder / "expected.json";
  const fs::path tensors = folder / "expected.safetensors";
  if (!fs::exists(json) || !fs::exists(tensors) || !fs::is_directory(folder / "images")) return;
  const auto expected = std::make_shared<Tensors>(load_safetensors(tensors));
  const auto metadata = read_safetensors(tensors).metadata;
  const ImageSize rule{std::stoi(metadata.at("resize_max")),
                       std::stoi(metadata.at("resize_short"))};
  for (const auto& entry : fs::directory_iterator(folder / "images")) {
    add_golden_case("Sample", entry.path().stem().string(),
                    [=, path = entry.path()] { check_sample(json, *expected, path, rule); });
  }
}

}  // namespace saccade
