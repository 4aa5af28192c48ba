// Parity of pixels: decoding, resizing, normalising, padding (goldens: data_pipeline/).
#include <simdjson.h>

#include "saccade/checkpoint/tensors.h"
#include "saccade/core/file_io.h"
#include "saccade/image/decode.h"
#include "saccade/image/preprocess.h"
#include "saccade/image/resize.h"
#include "tests/parity/golden_cases.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using Tensors = std::map<std::string, at::Tensor>;

at::Tensor as_tensor(const Image& image) {
  return at::from_blob(const_cast<std::uint8_t*>(image.rgb.data()), {image.height, image.width, 3},
                       at::kByte)
      .clone();
}

// Levels by which two uint8 pictures differ at most.
int largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kInt) - b.to(at::kInt)).abs().max().item<int>();
}

// Short and long side the recorded evaluation pictures were made with.
ImageSize eval_rule(const fs::path& file) {
  const auto metadata = read_safetensors(file).metadata;
  return {std::stoi(metadata.at("resize_max")), std::stoi(metadata.at("resize_short"))};
}

void check_image(const fs::path& path, const Tensors& expected, const std::string& stem,
                 ImageSize rule) {
  const Image image = read_image(path, false);
  if (const auto found = expected.find(stem + ".decoded_hwc"); found != expected.end()) {
    ASSERT_EQ(as_tensor(image).sizes(), found->second.sizes());
    EXPECT_EQ(largest_difference(as_tensor(image), found->second), 0) << "decoded";
  }
  const Image resized =
      resize_bilinear(image, resized_size({image.width, image.height}, rule.height, rule.width));
  if (const auto found = expected.find(stem + ".eval.size"); found != expected.end()) {
    EXPECT_EQ(found->second[0].item<int>(), resized.height);
    EXPECT_EQ(found->second[1].item<int>(), resized.width);
  }
  if (const auto found = expected.find(stem + ".resized_hwc"); found != expected.end()) {
    ASSERT_EQ(as_tensor(resized).sizes(), found->second.sizes());
    EXPECT_EQ(largest_difference(as_tensor(resized), found->second), 0) << "resized";
  }
  if (const auto found = expected.find(stem + ".eval.normalised_strided");
      found != expected.end()) {
    const at::Tensor ours =
        to_normalised(resized).slice(1, 0, std::nullopt, 7).slice(2, 0, std::nullopt, 7);
    ASSERT_EQ(ours.sizes(), found->second.sizes());
    EXPECT_LE((ours - found->second).abs().max().item<double>(), 1e-6) << "normalised";
  }
}

void check_size_rule(const fs::path& json) {
  simdjson::dom::parser parser;
  const std::string text = read_file(json);
  for (const auto row : parser.parse(text)["size_rule_table"]["rows"]) {
    const auto number = [&](int i) { return static_cast<int>(std::int64_t(row.at(i))); };
    const ImageSize size = resized_size({number(0), number(1)}, number(2), number(3));
    EXPECT_EQ(size.height, number(4)) << number(0) << " x " << number(1) << " to " << number(2);
    EXPECT_EQ(size.width, number(5)) << number(0) << " x " << number(1) << " to " << number(2);
  }
}

void check_collate(const Tensors& expected) {
  std::vector<at::Tensor> images;
  for (int i = 0; expected.contains("collate.in" + std::to_string(i)); ++i) {
    images.push_back(expected.at("collate.in" + std::to_string(i)));
  }
  const ImageBatch batch = collate(images);
  if (expected.contains("collate.tensor")) {
    EXPECT_TRUE(batch.pixels.equal(expected.at("collate.tensor")));
  }
  if (expected.contains("collate.mask")) {
    EXPECT_TRUE(batch.mask.equal(expected.at("collate.mask")));
  }
}

}  // namespace

void add_data_pipeline_cases(const fs::path& goldens) {
  const fs::path folder = goldens / "data_pipeline";
  if (!fs::is_directory(folder)) return;
  const fs::path tensors = folder / "expected.safetensors";
  if (fs::exists(tensors)) {
    const auto expected = std::make_shared<Tensors>(load_safetensors(tensors));
    for (const auto& entry : fs::directory_iterator(folder / "images")) {
      const std::string stem = entry.path().stem().string();
      add_golden_case("DataPipeline", stem, [=, path = entry.path()] {
        check_image(path, *expected, stem, eval_rule(tensors));
      });
    }
    if (expected->contains("collate.in0"))
      add_golden_case("DataPipeline", "collate", [=] { check_collate(*expected); });
  }
  if (fs::exists(folder / "expected.json")) {
    add_golden_case("DataPipeline", "size_rule_table",
                    [=] { check_size_rule(folder / "expected.json"); });
  }
}

}  // namespace saccade
