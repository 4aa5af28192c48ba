// Recorded evaluations of pycocotools and ours side by side.
#include "tests/parity/coco_eval_check.h"

#include <gtest/gtest.h>
#include <simdjson.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "saccade/checkpoint/safetensors.h"
#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/eval/coco_eval.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
constexpr double kTolerance = 1e-12;

std::string gunzipped(const fs::path& path) {
  const gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) throw Error(text_of(path.string(), ": cannot be opened"));
  std::string text;
  std::vector<char> block(1 << 16);
  int got = 0;
  while ((got = gzread(file, block.data(), static_cast<unsigned>(block.size()))) > 0) {
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  gzclose(file);
  if (got < 0) throw Error(text_of(path.string(), ": no gzip file"));
  return text;
}

// The file itself, or its content without compression in a file that lives as long as the object.
class PlainFile {
 public:
  explicit PlainFile(const fs::path& path) : path_(path) {
    if (path.extension() != ".gz") return;
    path_ = fs::temp_directory_path() / text_of("saccade_", ::getpid(), "_", path.stem().string());
    write_file(path_, gunzipped(path));
    is_temporary_ = true;
  }
  ~PlainFile() {
    std::error_code ignored;
    if (is_temporary_) fs::remove(path_, ignored);
  }
  PlainFile(const PlainFile&) = delete;
  PlainFile& operator=(const PlainFile&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool is_temporary_ = false;
};

void read_expected(simdjson::dom::element record, const char* stats_key, CocoEvalCase& out) {
  for (const auto value : record[stats_key].get_array()) out.stats.push_back(double(value));
  for (const auto [id, ap] : record["per_category_AP"].get_object()) {
    out.per_category.emplace_back(std::string(id), double(ap));
  }
}

void find_compressed(const fs::path& folder, std::vector<CocoEvalCase>& cases) {
  if (!fs::is_directory(folder)) return;
  simdjson::dom::parser parser;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string file = entry.path().filename().string(), end = "_gt.json.gz";
    if (!file.ends_with(end)) continue;
    CocoEvalCase found{.name = file.substr(0, file.size() - end.size()), .truths = entry.path()};
    found.detections = folder / (found.name + "_dt.json.gz");
    const fs::path expected = folder / (found.name + "_expected.json");
    if (!fs::exists(found.detections) || !fs::exists(expected)) continue;
    const std::string text = read_file(expected);
    read_expected(parser.parse(text), "stats12", found);
    const fs::path arrays = folder / (found.name + "_arrays.safetensors");
    if (fs::exists(arrays)) found.arrays = arrays;
    cases.push_back(std::move(found));
  }
}

void find_listed(const fs::path& folder, std::vector<CocoEvalCase>& cases) {
  const fs::path list = folder / "expected.json";
  if (!fs::exists(list)) return;
  simdjson::dom::parser parser;
  const std::string text = read_file(list);
  for (const auto [name, record] : parser.parse(text).get_object()) {
    std::string_view truths, detections, type;
    if (record["gt"].get(truths) != 0 || record["dt"].get(detections) != 0) continue;
    CocoEvalCase found{.name = std::string(name),
                       .truths = folder.parent_path() / truths,
                       .detections = folder.parent_path() / detections};
    if (record["iou_type"].get(type) == 0) found.iou_type = type;
    if (!fs::exists(found.truths) || !fs::exists(found.detections)) continue;
    read_expected(record, "stats", found);
    cases.push_back(std::move(found));
  }
}

void check_array(const SafetensorsFile& file, const std::string& name,
                 const std::vector<double>& ours) {
  for (const auto& [key, tensor] : file.tensors) {
    if (key != name) continue;
    ASSERT_EQ(tensor.dtype, DType::kFloat64);
    const std::string bytes = contiguous_bytes(tensor);
    ASSERT_EQ(bytes.size(), ours.size() * sizeof(double)) << name;
    std::vector<double> theirs(ours.size());
    std::memcpy(theirs.data(), bytes.data(), bytes.size());
    double worst = 0;
    for (std::size_t i = 0; i < ours.size(); ++i) {
      worst = std::max(worst, std::abs(ours[i] - theirs[i]));
    }
    EXPECT_LE(worst, kTolerance) << name;
    return;
  }
  ADD_FAILURE() << "the recorded file has no " << name;
}

void check_numbers(const CocoEvalCase& recorded, const CocoDataSet& data,
                   const CocoEvaluation& ours) {
  ASSERT_EQ(recorded.stats.size(), std::size_t{kNumCocoStats});
  for (int i = 0; i < kNumCocoStats; ++i) {
    EXPECT_NEAR(ours.stats[i], recorded.stats[i], kTolerance) << kCocoStatNames[i];
  }
  // The record may leave out classes without truths.
  std::map<int, double> expected;
  for (const auto& [id, ap] : recorded.per_category) {
    const int category = data.find_category({.number = std::stoll(id)});
    ASSERT_GE(category, 0) << "category " << id;
    expected[category] = ap;
  }
  for (int category = 0; category < static_cast<int>(data.categories().size()); ++category) {
    const double ap = expected.contains(category) ? expected[category] : -1;
    EXPECT_NEAR(ours.classes[category].ap, ap, kTolerance) << data.categories()[category].name;
  }
}

}  // namespace

std::vector<CocoEvalCase> find_coco_eval_cases(const fs::path& folder) {
  std::vector<CocoEvalCase> cases;
  find_compressed(folder / "coco_eval", cases);
  for (const fs::path& place : {folder, folder / "coco-eval", folder / "data" / "coco-eval"}) {
    find_listed(place, cases);
  }
  std::sort(cases.begin(), cases.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return cases;
}

void check_coco_eval_case(const CocoEvalCase& recorded) {
  const PlainFile truths(recorded.truths), detections(recorded.detections);
  const CocoDataSet data = load_whole_coco(truths.path());
  const CocoResults results = read_coco_results(detections.path(), data);
  CocoEvalOptions options;
  if (recorded.iou_type == "segm") options.iou_type = IouType::kMask;
  const CocoEvaluation ours = evaluate_coco(data, results, options);
  check_numbers(recorded, data, ours);
  if (recorded.arrays.empty()) return;
  const SafetensorsFile arrays = read_safetensors(recorded.arrays);
  check_array(arrays, "precision", ours.arrays.precision_trkam());
  check_array(arrays, "recall", ours.arrays.recall_tkam());
  check_array(arrays, "scores", ours.arrays.scores_trkam());
}

}  // namespace saccade
