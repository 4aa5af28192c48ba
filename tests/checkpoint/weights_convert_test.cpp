// Converting, listing and comparing files of weights.
#include "saccade/checkpoint/weights_convert.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "saccade/checkpoint/hf_names.h"
#include "saccade/checkpoint/pth_writer.h"
#include "saccade/checkpoint/weights_diff.h"
#include "saccade/checkpoint/weights_report.h"
#include "saccade/core/error.h"
#include "saccade/core/file_io.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

RawTensor floats(std::vector<std::int64_t> shape, float first) {
  const auto count = static_cast<std::size_t>(*checked_numel(shape));
  auto kept = std::make_shared<std::vector<float>>(count);
  for (std::size_t i = 0; i < count; ++i) (*kept)[i] = first + static_cast<float>(i);
  const auto bytes = std::as_bytes(std::span<const float>(*kept));
  return {.shape = shape,
          .strides = contiguous_strides(shape),
          .storage = std::make_shared<Storage>(Storage{bytes, kept})};
}

// A few tensors with names of a deformable detector.
WeightsFile small_detector() {
  WeightsFile weights;
  const std::string layer = "transformer.decoder.layers.0.";
  weights.tensors = {{layer + "cross_attn.sampling_offsets.weight", floats({4, 2}, 0)},
                     {layer + "self_attn.in_proj_weight", floats({6, 2}, 10)},
                     {layer + "self_attn.in_proj_bias", floats({6}, 30)},
                     {layer + "norm1.weight", floats({2}, 40)},
                     {"backbone.0.body.layer1.0.conv1.weight", floats({1, 2, 1, 1}, 50)},
                     {"class_embed.0.weight", floats({3, 2}, 60)}};
  weights.args = {{"num_queries", std::int64_t{100}},
                  {"two_stage", true},
                  {"dropout", 0.0},
                  {"lr", 2e-4},
                  {"masks", std::monostate{}}};
  return weights;
}

class WeightsConvert : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_);
    write_weights_pth(in_, small_detector());
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string usage_error(const std::function<void()>& call) {
    try {
      call();
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  }

  fs::path folder_ = fs::path(testing::TempDir()) / ("convert_" + std::to_string(::getpid()));
  fs::path in_ = folder_ / "in.pth";
};

TEST_F(WeightsConvert, ThereAndBackThroughEveryContainerAndNamingChangesNothing) {
  fs::path from = in_;
  int step = 0;
  for (const char* suffix : {".safetensors", ".pth"}) {
    for (const char* names : {"huggingface", "official"}) {
      const fs::path to = folder_ / (std::to_string(step++) + suffix);
      convert_weights(from, to, {.names = names});
      const WeightsDifference difference = diff_weights(read_weights(in_), read_weights(to));
      EXPECT_FALSE(difference.any()) << diff_text(difference);
      EXPECT_EQ(difference.equal, 6u);
      EXPECT_EQ(read_weights(to).args, small_detector().args);
      from = to;
    }
  }
}

TEST_F(WeightsConvert, HuggingFaceNamesHoldTheProjectionsApart) {
  const fs::path out = folder_ / "hf.safetensors";
  convert_weights(in_, out, {.names = "huggingface"});
  const auto tensors = read_safetensors(out).tensors;
  const auto found = std::find_if(tensors.begin(), tensors.end(), [](const auto& item) {
    return item.first == "model.decoder.layers.0.self_attn.k_proj.weight";
  });
  ASSERT_NE(found, tensors.end());
  EXPECT_EQ(contiguous_bytes(found->second), contiguous_bytes(floats({2, 2}, 14)));  // rows 2, 3
}

TEST_F(WeightsConvert, AHalfNoLongerEqualsItsFloatButLiesNear) {
  const fs::path out = folder_ / "half.safetensors";
  convert_weights(in_, out, {.dtype = "float16"});
  const WeightsDifference difference = diff_weights(read_weights(in_), read_weights(out));
  EXPECT_EQ(difference.different.size(), 6u);  // another dtype
  EXPECT_EQ(difference.max_abs, 0);            // small whole numbers are exact
}

TEST_F(WeightsConvert, SizeAndClassNamesGoIntoTheFile) {
  const fs::path names = folder_ / "names.json";
  write_file(names, R"({"size": [9, 9], "class_names": {"2": "bike", "1": "vehicle"}})");
  for (const char* file : {"named.safetensors", "named.pth"}) {
    const fs::path out = folder_ / file;
    convert_weights(in_, out, {.size = "247,1333", .class_names = names.string()});
    const WeightsFile read = read_weights(out);
    EXPECT_EQ(read.metadata.at("size"), "247,1333");
    EXPECT_EQ(read.metadata.at("class_names"), R"({"1":"vehicle","2":"bike"})");
    EXPECT_EQ(read.metadata.at("converted_from_sha256"), sha256_of_file(in_));
    EXPECT_EQ(class_names_of(read, 6).name(2), "bike");
  }
}

TEST_F(WeightsConvert, ClassNamesAreFoundInCocoAnnotationsAndBareObjects) {
  EXPECT_EQ(class_names_json(R"({"categories": [{"id": 3, "name": "car"}]})"), R"({"3":"car"})");
  EXPECT_EQ(class_names_json(R"( {"0": "x"})"), R"({"0":"x"})");
  for (const char* wrong : {R"({"a": "x"})", R"({"-1": "x"})", R"({"1": 2})", "{}", "{", "{]",
                            R"({"class_names": 1})", R"({"categories": [{"id": 1}]})"}) {
    EXPECT_THROW(class_names_json(wrong), Error) << wrong;
  }
}

TEST_F(WeightsConvert, WrongOptionsAreNamedAndNothingIsWritten) {
  const fs::path out = folder_ / "out.pth";
  const auto convert = [&](const ConvertOptions& options, const fs::path& to) {
    return usage_error([&] { convert_weights(in_, to, options); });
  };
  EXPECT_NE(convert({.dtype = "int8"}, out).find("--dtype int8"), std::string::npos);
  EXPECT_NE(convert({.names = "mine"}, out).find("--names mine"), std::string::npos);
  for (const char* size : {"800", "0,5", "900,800", "a,b", "8,9,10", "-1,5"})
    EXPECT_NE(convert({.size = size}, out).find("--size"), std::string::npos) << size;
  EXPECT_NE(convert({}, folder_ / "out.onnx").find(".safetensors"), std::string::npos);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(WeightsConvert, AnExistingFileIsKeptUnlessToldOtherwise) {
  const std::string before = read_file(in_);
  EXPECT_THROW(convert_weights(in_, in_, {.dtype = "float16"}), Error);
  EXPECT_EQ(read_file(in_), before);
  convert_weights(in_, in_, {.dtype = "float16", .overwrite = true});
  EXPECT_EQ(read_weights(in_).tensors[0].second.dtype, DType::kFloat16);
}

TEST_F(WeightsConvert, AProjectionThatCannotBeSplitIsAnError) {
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{}, std::vector<std::int64_t>{4, 2}}) {
    EXPECT_THROW(hf_names_from_official(
                     {{"transformer.decoder.layers.0.self_attn.in_proj_weight", floats(shape, 0)}}),
                 Error);
  }
}

TEST(WeightsDiff, SaysWhatIsMissingWhatHasAnotherShapeAndHowFarValuesLie) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  WeightsFile a, b;
  a.tensors = {{"same", floats({2}, 1)},
               {"gone", floats({1}, 0)},
               {"shape", floats({2}, 0)},
               {"near", floats({2}, 1)},
               {"nan", floats({1}, nan)}};
  b.tensors = {{"new", floats({1}, 0)},
               {"shape", floats({2, 1}, 0)},
               {"near", floats({2}, 1.5f)},
               {"nan", floats({1}, nan)},
               {"same", floats({2}, 1)}};
  const WeightsDifference difference = diff_weights(a, b);
  EXPECT_EQ(difference.only_a, std::vector<std::string>{"gone"});
  EXPECT_EQ(difference.only_b, std::vector<std::string>{"new"});
  ASSERT_EQ(difference.different.size(), 2u);
  EXPECT_EQ(difference.different[0].name, "shape");
  EXPECT_EQ(difference.different[1].max_abs, 0.5);
  EXPECT_EQ(difference.equal, 2u);
  EXPECT_TRUE(std::isinf(
      diff_weights({.tensors = {{"x", floats({1}, nan)}}}, {.tensors = {{"x", floats({1}, 0)}}})
          .max_abs));
}

TEST(WeightsReport, CountsSharedTensorsOnce) {
  const RawTensor shared = floats({3}, 0);
  EXPECT_EQ(count_numbers({{"a", shared}, {"b", shared}, {"c", floats({2}, 0)}}), 5);
}

}  // namespace
}  // namespace saccade
