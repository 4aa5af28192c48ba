// The arrays written come back as they are in memory.
#include "saccade/eval/eval_arrays.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstring>

#include "saccade/checkpoint/safetensors.h"
#include "tests/eval/tiny_sets.h"

namespace saccade {
namespace {

TEST(EvalArrays, AreReadBackWithTheirParameters) {
  const RandomSet set = random_set(10, 2, 20, 50, 4);
  const auto data = tiny_set(10, 2, set.truths);
  const auto evaluation = evaluate_coco(data, detections(set.found));
  const std::filesystem::path path = testing::TempDir() + "eval_arrays_test.safetensors";
  write_eval_arrays(path, data, evaluation, {{"command", "saccade eval"}});
  const SafetensorsFile file = read_safetensors(path);
  ASSERT_EQ(file.tensors.size(), 3u);
  EXPECT_EQ(file.tensors[0].first, "precision");
  EXPECT_EQ(file.tensors[0].second.shape, (std::vector<std::int64_t>{10, 101, 2, 4, 3}));
  EXPECT_EQ(file.tensors[1].second.shape, (std::vector<std::int64_t>{10, 2, 4, 3}));
  const std::string bytes = contiguous_bytes(file.tensors[0].second);
  std::vector<double> precision(bytes.size() / sizeof(double));
  std::memcpy(precision.data(), bytes.data(), bytes.size());
  EXPECT_EQ(precision, evaluation.arrays.precision_trkam());
  // Element (t, r, k, a, m) of the file is precision(t, r, k, a, m).
  const EvalIndex i{.t = 3, .r = 20, .k = 1, .a = 2, .m = 1};
  EXPECT_EQ(precision[(((3 * 101 + 20) * 2 + 1) * 4 + 2) * 3 + 1], evaluation.arrays.precision(i));
  EXPECT_EQ(file.metadata.at("command"), "saccade eval");
  EXPECT_EQ(file.metadata.at("counts"), "[10,101,2,4,3]");
  EXPECT_EQ(file.metadata.at("images"), "10");
  simdjson::dom::parser parser;
  const simdjson::padded_string params(file.metadata.at("params"));
  const auto json = parser.parse(params);
  EXPECT_EQ(double(json["iouThrs"].at(5)), 0.75);
  EXPECT_EQ(std::int64_t(json["catIds"].at(1)), 2);
  EXPECT_EQ(std::int64_t(json["maxDets"].at(2)), 100);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace saccade
