// Pictures of before and after: the order of the rows, the caption's counts, what is drawn where.
#include "saccade/render/before_after_figure.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/image/decode.h"
#include "tests/render/figure_gallery.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

class BeforeAfter : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  static NamedDetection detection(int query, double score, double x) {
    return {{query, 1, 1, score, {x, 20, x + 40, 60}}, "vehicle"};
  }

  // On a bright photo: one kept box, one lost, two gained; the second kept one lost most.
  BeforeAfterFigure figure() const {
    BeforeAfterFigure f;
    f.photo = {&photo_, "a.png", 100, 50, "tiny"};
    f.interventions = {"dec.0.cross=off"};
    f.before = {detection(1, 0.9, 0), detection(2, 0.8, 100), detection(3, 0.7, 200)};
    f.after = {detection(1, 0.85, 2), detection(9, 0.6, 50), detection(3, 0.55, 200),
               detection(8, 0.52, 150)};
    return f;
  }

  Image photo_ = [] {
    Image image(300, 150);
    std::fill(image.rgb.begin(), image.rgb.end(), std::uint8_t{200});
    return image;
  }();
  fs::path folder_ = fs::path(::testing::TempDir()) / "saccade_before_after_test";
};

TEST_F(BeforeAfter, RowsAreLostThenGainedThenKeptEachByTheirChange) {
  const auto rows = before_after_rows(figure());
  ASSERT_EQ(rows.size(), 5u);
  const auto expect_row = [&](std::size_t i, DetectionChange::Kind kind, int before, int after) {
    EXPECT_EQ(rows[i].kind, kind) << i;
    EXPECT_EQ(rows[i].before, before) << i;
    EXPECT_EQ(rows[i].after, after) << i;
  };
  expect_row(0, DetectionChange::kLost, 1, -1);
  expect_row(1, DetectionChange::kGained, -1, 1);
  expect_row(2, DetectionChange::kGained, -1, 3);
  expect_row(3, DetectionChange::kKept, 2, 2);
  expect_row(4, DetectionChange::kKept, 0, 0);
}

TEST_F(BeforeAfter, TheCaptionSaysWhatWasChangedAndCounts) {
  EXPECT_EQ(
      before_after_caption(figure()),
      "Left: baseline. Right: the same image under dec.0.cross=off. Dashed white: baseline "
      "boxes repeated. Numbers: rows of the table. Score > 0.5. Matched greedily by baseline "
      "score, same class, IoU "
      "\u2265 0.5: 2 kept (mean change of score \u22120.100), 1 lost, 2 gained. a.png. Model: "
      "tiny.");
  BeforeAfterFigure none = figure();
  none.before.clear(), none.after.clear();
  none.meaning = "attention of layer 0 adds nothing";
  EXPECT_NE(before_after_caption(none).find(
                "i.e. attention of layer 0 adds nothing; nothing else was changed."),
            std::string::npos);
  EXPECT_NE(before_after_caption(none).find(": 0 kept, 0 lost, 0 gained."), std::string::npos);
}

TEST_F(BeforeAfter, ManyInterventionsAreCountedWhereTheyDoNotFit) {
  BeforeAfterFigure f = figure();
  f.interventions.assign(100, "dec.0.cross.head5=off(mean)");
  const std::string caption = before_after_caption(f);
  EXPECT_NE(caption.find("head5=off(mean) and 9"), std::string::npos) << caption;
  EXPECT_LT(caption.size(), 560u);
}

// A gained box is solid on the right only, a lost one solid on the left only.
TEST_F(BeforeAfter, BoxesAreSolidWhereTheyWereDetected) {
  draw_before_after_figure(figure(), folder_ / "a.png", gallery::kRecord);
  const Image page = read_image(folder_ / "a.png", false);
  const auto has_color = [&](double panel_x, double x) {
    // A panel is 243.3 pt wide and begins at 25.2 pt; the box's left edge at half its height.
    const int column = static_cast<int>(std::lround((panel_x + x * 243.3 / 300) * 300 / 72));
    const int row = static_cast<int>(std::lround((25.2 + 40 * 243.3 / 300) * 300 / 72));
    const std::uint8_t* p = page.row(row) + 3 * column;
    const Color c = class_color(1);
    return std::abs(p[0] - c.r) + std::abs(p[1] - c.g) + std::abs(p[2] - c.b) < 30;
  };
  const double left = 6, right = 6 + 243.3 + 6;
  EXPECT_TRUE(has_color(left, 100));
  EXPECT_FALSE(has_color(right, 100));
  EXPECT_TRUE(has_color(right, 50));
  EXPECT_FALSE(has_color(left, 50));
}

TEST_F(BeforeAfter, TwoRunsWriteTheSameBytesAndASuffixOfNoPictureIsRefused) {
  for (const char* suffix : {"png", "svg", "pdf"}) {
    const fs::path a = folder_ / text_of("a.", suffix), b = folder_ / text_of("b.", suffix);
    for (const fs::path& out : {a, b}) draw_before_after_figure(figure(), out, gallery::kRecord);
    EXPECT_TRUE(read_file(a) == read_file(b)) << suffix;
  }
  EXPECT_THROW(draw_before_after_figure(figure(), folder_ / "a.gif", gallery::kRecord), UsageError);
}

}  // namespace
}  // namespace saccade
