// Annotation and result files changed at random: whatever comes, only Error may be thrown, and slices
// and threads change nothing. SACCADE_MUTATIONS sets how many.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "saccade/data/coco_loader.h"
#include "saccade/data/coco_results.h"
#include "tests/data/data_files.h"
#include "tests/support/tell_fault.h"

namespace saccade {
namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t bound) { return random() % bound; }

// One to four changes: a flipped bit, a telling byte or word, a cut, a copied stretch.
std::string mutated(std::string text, Random& random) {
  static const char* const kWords[] = {"{",    "}",    "[",    "]",    ",",     ":",      "\"",
                                       "\\",   "},{",  "null", "NaN",  "1e999", "-",      "0",
                                       "true", "\xFF", "\n",   "[[[[", "]]",    "\\u0000"};
  for (std::size_t changes = 1 + below(random, 4); changes > 0 && !text.empty(); --changes) {
    const std::size_t at = below(random, text.size());
    const std::size_t length = 1 + below(random, 30);
    switch (below(random, 6)) {
      case 0:
        text[at] = static_cast<char>(text[at] ^ (1 << below(random, 8)));
        break;
      case 1:
        text.insert(at, kWords[below(random, std::size(kWords))]);
        break;
      case 2:
        text.replace(at, 1, kWords[below(random, std::size(kWords))]);
        break;
      case 3:
        text.erase(at, length);
        break;
      case 4:
        text.insert(at, text.substr(below(random, text.size()), length));
        break;
      default:
        if (below(random, 6) == 0) text.resize(at);
    }
  }
  return text;
}

int mutations() {
  const char* wanted = std::getenv("SACCADE_MUTATIONS");
  return wanted != nullptr ? std::atoi(wanted) : 1500;
}

// All that a loaded file says, or why it could not be loaded.
std::string account_of(const std::filesystem::path& path, SliceOptions options) {
  std::string text;
  const std::string error = error_of([&] {
    const CocoFile file = CocoLoader(path, options).load();
    for (const DataProblem& problem : file.problems) text += problem.line() + "\n";
    for (const CocoImage& image : file.data.images())
      text += text_of(id_text(image.id), image.file_name, image.width, "\n");
    for (const CocoAnnotation& a : file.data.annotations()) {
      text += text_of(id_text(a.id), a.image, a.category, a.box.x, a.box.width, a.area,
                      a.segmentation.offset, "\n");
      text += error_of([&] { file.data.segmentation(a); });
    }
  });
  return error.empty() ? text : "error";
}

std::string account_of_results(const std::filesystem::path& path, const CocoDataSet& data,
                               int threads) {
  std::string text;
  const std::string error = error_of([&] {
    const CocoResults results = read_coco_results(path, data, threads);
    for (std::size_t i = 0; i < results.detections.size(); ++i) {
      const CocoDetection& d = results.detections[i];
      text += text_of(d.image, d.category, d.score, d.box.x, "\n");
      text += error_of([&] { segmentation_of(results, i); });
    }
  });
  return error.empty() ? text : error;
}

constexpr char kSet[] =
    R"({"info": {"a": [1, {"b": "}, {"}]}, "images": [
{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}, {"id": "b", "file_name": "b\u00e9.jpg"}],
"annotations": [{"id": 1, "image_id": 1, "category_id": 7, "bbox": [1, 2.5, 3e0, 4], "area": 12, "iscrowd": 0,
"segmentation": [[1, 2, 3, 4, 5, 6]]}, {"id": 2, "image_id": "b", "category_id": 7,
"segmentation": {"size": [2, 2], "counts": [1, 3]}, "bbox": [0, 0, 1, 1], "x": [{"y": "},{"}, {"z": 1}]},
{"id": 3, "image_id": 1, "category_id": "7", "segmentation": [[1, 2, 3, 4, 5, 6], [0, 0, 9, 9, 9, 0]]}],
"categories": [{"id": 7, "name": "car", "supercategory": "vehicle"}, {"id": 8}]})";

constexpr char kResults[] =
    R"([{"image_id": 1, "category_id": 7, "bbox": [1, 2.5, 3e0, 4], "score": 0.75},
{"image_id": "1", "category_id": 9, "bbox": [0, 0, 0, 0], "score": 1, "x": {"y": "},{"}},
{"image_id": 1, "category_id": 7, "score": 1e-3, "segmentation": {"size": [2, 2], "counts": "04"}}])";

// What stands in fields that are passed over is not looked into: broken JSON there may be met or not.
TEST(CocoMutation, AnnotationFilesNeverCrashAndSlicesChangeNothing) {
  Random random(11);
  int sound = 0;
  for (int i = 0; i < mutations(); ++i) {
    const std::string text = mutated(kSet, random);
    const auto path = write_test_file("set.json", text);
    const std::string whole = account_of(path, {1, 1 << 20});
    const auto bytes = static_cast<std::int64_t>(16 + below(random, 200));
    const std::string sliced = account_of(path, {1, bytes});
    ASSERT_EQ(account_of(path, {4, bytes}), sliced) << text << "\nin slices of " << bytes;
    if (whole == "error" || sliced == "error") continue;
    ASSERT_EQ(sliced, whole) << text << "\nin slices of " << bytes;
    ++sound;
  }
  EXPECT_GT(sound, mutations() / 10);
}

TEST(CocoMutation, ResultFilesNeverCrash) {
  Random random(12);
  const CocoFile set = load_coco(write_test_file("set.json", kSet), 1);
  for (int i = 0; i < mutations(); ++i) {
    const auto path = write_test_file("dt.json", mutated(kResults, random));
    ASSERT_EQ(account_of_results(path, set.data, 1), account_of_results(path, set.data, 4));
  }
}

// COCO's own spelling: every byte of a real file may be the last.
TEST(CocoMutation, ARealFileCutOffAnywhereIsAnError) {
  const std::string whole = read_file(SACCADE_SOURCE_DIR "/tests/assets/coco_part.json");
  Random random(13);
  EXPECT_EQ(error_of([&] { load_coco(write_test_file("set.json", whole), 1); }), "");
  for (int i = 0; i < 300; ++i) {
    const auto path = write_test_file("set.json", whole.substr(0, below(random, whole.size() - 1)));
    EXPECT_NE(error_of([&] { load_coco(path, 1); }), "");
  }
  tell_fault("a part of COCO's own annotations cut off anywhere", 300, "each an error");
}

}  // namespace
}  // namespace saccade
