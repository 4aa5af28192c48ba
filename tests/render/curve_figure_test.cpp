// Curves of training as files: lines where the values are, gaps, marks, what is refused.
#include "saccade/render/curve_figure.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/image/decode.h"
#include "saccade/render/curve_panel.h"
#include "saccade/render/text_layout.h"
#include "tests/render/curve_figures.h"
#include "tests/render/figure_gallery.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

class CurveFigures : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  Image drawn(const CurveFigure& figure) const {
    draw_curve_figure(figure, folder_ / "a.png", gallery::kRecord);
    return read_image(folder_ / "a.png", false);
  }

  fs::path folder_ = fs::path(::testing::TempDir()) / "saccade_curve_figure_test";
};

// One run, one panel of training.
CurveFigure one_curve(std::vector<CurvePoint> points) {
  CurveFigure f;
  f.runs = {"one"};
  f.panels = {{"loss", "", true, {{0, false, std::move(points)}}}};
  return f;
}

// Pixels of the lines and marks of this run in columns `first` to `last` of a panel: above row 110 there
// may be a legend, right of column 895 there are values.
struct Painted {
  int count = 0, top = 1 << 20, bottom = -1, left = 1 << 20, right = -1;
};
Painted painted(const Image& image, std::size_t run, int first = 0, int last = 895) {
  const Color c = run_style(run).color;
  Painted p;
  for (int y = 110; y < image.height; ++y)
    for (int x = first; x < std::min(last, image.width); ++x) {
      const std::uint8_t* at = image.row(y) + 3 * x;
      if (std::abs(at[0] - c.r) + std::abs(at[1] - c.g) + std::abs(at[2] - c.b) > 30) continue;
      ++p.count;
      p.top = std::min(p.top, y), p.bottom = std::max(p.bottom, y);
      p.left = std::min(p.left, x), p.right = std::max(p.right, x);
    }
  return p;
}

TEST_F(CurveFigures, ALineGoesFromItsFirstToItsLastValue) {
  const Image page = drawn(one_curve({{0, 1}, {10, 0.25}}));
  // The panel begins at (6, 16.2) pt; the area 15 pt below it is 73 pt high; 300 dpi.
  const double top = (16.2 + 15) * 300 / 72, bottom = top + 0.75 * 73 * 300 / 72;
  const Painted all = painted(page, 0);
  EXPECT_NEAR((all.top + all.bottom) / 2.0, (top + bottom) / 2, 2);
  const Painted start = painted(page, 0, 0, all.left + 14);
  EXPECT_NEAR((start.top + start.bottom) / 2.0, top, 4);
  const int middle = (all.left + all.right) / 2;
  const Painted half = painted(page, 0, middle - 2, middle + 2);
  EXPECT_NEAR((half.top + half.bottom) / 2.0, (top + bottom) / 2, 4);
}

TEST_F(CurveFigures, AValueThatIsNotFiniteIsAGapAndOneThatIsMissingIsNot) {
  const double nan = std::nan("");
  std::vector<CurvePoint> points;
  for (int i = 0; i <= 400; ++i) points.push_back({double(i), 1});
  const Painted whole = painted(drawn(one_curve(points)), 0);
  const int middle = (whole.left + whole.right) / 2, wide = (whole.right - whole.left) / 8;
  const auto in_the_middle = [&](const Image& page) {
    return painted(page, 0, middle - wide, middle + wide).count;
  };
  std::vector<CurvePoint> missing, broken = points;
  for (const CurvePoint& point : points)
    if (point.epoch < 140 || point.epoch > 260) missing.push_back(point);
  for (int i = 140; i <= 260; ++i) broken[static_cast<std::size_t>(i)].value = nan;
  EXPECT_GT(in_the_middle(drawn(one_curve(missing))), wide);
  EXPECT_EQ(in_the_middle(drawn(one_curve(broken))), 0);
  // A value between gaps, which no line reaches, is a point.
  broken[200].value = 1;
  const int point = in_the_middle(drawn(one_curve(broken)));
  EXPECT_GT(point, 4);
  EXPECT_LT(point, 120);
}

TEST_F(CurveFigures, OneEpochIsAPointOfEachRun) {
  const CurveFigure f = [] {
    CurveFigure figure = one_curve({{7, 3}});
    figure.runs.push_back("two");
    figure.panels[0].curves.push_back({1, true, {{7, 2}}});
    return figure;
  }();
  const Image page = drawn(f);
  for (const std::size_t run : {0u, 1u}) {
    const Painted mark = painted(page, run);
    EXPECT_GT(mark.count, 30) << run;
    EXPECT_LT(mark.right - mark.left, 24) << run;
  }
  // Training is filled, validation hollow.
  const Painted filled = painted(page, 0), hollow = painted(page, 1);
  EXPECT_GT(filled.count, 1.2 * hollow.count);
}

TEST_F(CurveFigures, FiveHundredEpochsHaveThinLinesAndTwelveThickOnes) {
  const auto share = [&](int epochs) {
    std::vector<CurvePoint> points;
    for (int i = 0; i < epochs; ++i) points.push_back({double(i), 1 + 0.01 * (i % 2)});
    const Painted line = painted(drawn(one_curve(points)), 0);
    return double(line.count) / (line.right - line.left);
  };
  EXPECT_GT(share(12), 3.5);
  EXPECT_LT(share(500), 2.5);
}

// Runs that differ at one end of a long name can still be told apart.
TEST(ShortenedNames, KeepTheirBeginningAndTheirEnd) {
  const std::string name = "a/r50_deformable_detr_plus_iterative_bbox_refinement_seed_42";
  EXPECT_EQ(shorten_middle(name, 500, 6), name);
  for (const double width : {120.0, 60.0, 40.0}) {
    const std::string shorter = shorten_middle(name, width, 6, true);
    EXPECT_LE(text_width(shorter, 6, true), width);
    EXPECT_TRUE(shorter.starts_with("a/") && shorter.ends_with("_42")) << shorter;
  }
}

TEST_F(CurveFigures, TwoRunsWriteTheSameBytes) {
  for (const char* suffix : {"png", "svg", "pdf"}) {
    const fs::path a = folder_ / text_of("a.", suffix), b = folder_ / text_of("b.", suffix);
    for (const fs::path& out : {a, b})
      draw_curve_figure(gallery::made_up_curves(5, 12), out, gallery::kRecord);
    EXPECT_TRUE(read_file(a) == read_file(b)) << suffix;
  }
}

TEST(CurvePanels, EpochsHaveTicksAtWholeNumbers) {
  const auto axis_of = [](double first, double last) {
    return epoch_axis({{"", "", false, {{0, false, {{first, 1}, {last, 1}}}}}});
  };
  for (const double last : {1.0, 2.0, 11.0, 49.0, 499.0, 1e9}) {
    const Axis axis = axis_of(0, last);
    EXPECT_DOUBLE_EQ(axis.min, 0);
    EXPECT_DOUBLE_EQ(axis.max, last);
    EXPECT_GE(axis.ticks.size(), 2u);
    EXPECT_LE(axis.ticks.size(), 7u);
    for (const AxisTick& tick : axis.ticks) EXPECT_EQ(tick.value, std::floor(tick.value));
  }
  const Axis one = axis_of(37, 37);
  ASSERT_EQ(one.ticks.size(), 1u);
  EXPECT_EQ(one.ticks[0].label, "37");
  EXPECT_DOUBLE_EQ(one.place(37), 0.5);
}

TEST(CurvePanels, LastValuesHaveThreeDigitsOrSo) {
  EXPECT_EQ(curve_value_text(0.4453), "0.445");
  EXPECT_EQ(curve_value_text(9.914), "9.91");
  EXPECT_EQ(curve_value_text(-21.34), "\u221221.3");
  EXPECT_EQ(curve_value_text(0), "0");
  EXPECT_EQ(curve_value_text(2e-4), "2e\u22124");
  EXPECT_EQ(curve_value_text(2.5e-5), "2.5e\u22125");
  EXPECT_EQ(curve_value_text(39847265), "4e7");
}

TEST(CurvePanels, EachRunHasItsOwnLook) {
  std::set<std::string> looks;
  for (std::size_t run = 0; run < kMaxCurveRuns; ++run) {
    const RunStyle s = run_style(run);
    looks.insert(text_of(int(s.color.r), ",", int(s.color.g), ",", int(s.color.b), ",",
                         static_cast<int>(s.shape)));
  }
  EXPECT_EQ(looks.size(), kMaxCurveRuns);
}

// A log may hold any number; none may stop the axes from ending.
TEST_F(CurveFigures, AnyValuesAreDrawn) {
  for (const auto& [a, b] : std::vector<std::pair<double, double>>{{-1e308, 1e308},
                                                                   {1e17, 1e17 + 16},
                                                                   {-1e17, -1e17},
                                                                   {1e-300, 2e-300},
                                                                   {5e-324, 0},
                                                                   {0, 0},
                                                                   {5e29, 1e30},
                                                                   {-3, -1},
                                                                   {1, 1 + 1e-12}})
    EXPECT_EQ(drawn(one_curve({{0, a}, {1, b}})).width, 1004) << a << " " << b;
  EXPECT_EQ(drawn(one_curve({{0, std::nan("")}})).width, 1004);
  EXPECT_EQ(drawn(one_curve({})).width, 1004);
}

TEST_F(CurveFigures, FiguresWithoutPanelsAndOfUnknownRunsAreRefused) {
  CurveFigure f = one_curve({{0, 1}});
  f.panels[0].curves[0].run = 1;
  EXPECT_THROW(drawn(f), Error);
  f = one_curve({{0, 1}});
  f.runs.resize(kMaxCurveRuns + 1);
  EXPECT_THROW(drawn(f), Error);
  f.runs.resize(1), f.panels.clear();
  EXPECT_THROW(drawn(f), Error);
  EXPECT_THROW(draw_curve_figure(one_curve({}), folder_ / "a.gif", gallery::kRecord), UsageError);
  EXPECT_TRUE(fs::is_empty(folder_));
}

}  // namespace
}  // namespace saccade
