// Pictures of data sets as files: what is drawn where, what captions say, what is refused.
#include "tests/render/dataset_figures.h"

#include <gtest/gtest.h>

#include <cmath>

#include "saccade/core/file_io.h"
#include "saccade/render/augmentation_figure.h"
#include "saccade/render/truth_page_figure.h"
#include "tests/render/synthetic_attention.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

class DatasetFigures : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  // A black image with a box of class 0 from 20 to 60 px.
  static ContactSheetFigure one_box() {
    ContactSheetFigure figure;
    figure.title = "black";
    figure.selection = "Image 1 of black (1 image)";
    figure.classes = gallery::made_up_classes(5);
    TruthPicture picture;
    picture.file = "black.png", picture.width = picture.height = 100;
    picture.pixels = Image(100, 100);
    picture.objects = {{{20, 20, 60, 60}, 0, 1600, false, nullptr}};
    figure.pictures = {picture};
    gallery::count_classes(figure);
    return figure;
  }

  fs::path folder_ = fs::path(::testing::TempDir()) / "saccade_dataset_figures_test";
};

bool is_color(const Image& image, int x, int y, Color c) {
  const std::uint8_t* p = image.row(y) + 3 * x;
  return std::abs(p[0] - c.r) + std::abs(p[1] - c.g) + std::abs(p[2] - c.b) < 30;
}

// Also where the photo has fewer pixels than the frame its boxes are given in.
TEST_F(DatasetFigures, ABoxIsDrawnWhereItIsInTheColourOfItsClass) {
  for (const int pixels : {100, 50}) {
    ContactSheetFigure figure = one_box();
    figure.labels = BoxLabels::kOff;
    figure.pictures[0].pixels = Image(pixels, pixels);
    draw_truth_page(figure, folder_ / "a.png", gallery::kRecord);
    const Image page = read_image(folder_ / "a.png", false);
    // The panel begins at (6, 16.2) pt and is 229 pt wide; 300 dpi.
    const auto pixel = [](double at, double image) {
      return static_cast<int>(std::lround((at + image / 100 * 229) * 300 / 72));
    };
    EXPECT_TRUE(is_color(page, pixel(6, 20), pixel(16.2, 40), class_color(1)));
    EXPECT_TRUE(is_color(page, pixel(6, 40), pixel(16.2, 60), class_color(1)));
    EXPECT_TRUE(is_color(page, pixel(6, 40), pixel(16.2, 40), {0, 0, 0}));
    EXPECT_TRUE(is_color(page, pixel(6, 75), pixel(16.2, 75), {0, 0, 0}));
  }
}

TEST_F(DatasetFigures, TwoRunsWriteTheSameBytes) {
  const gallery::Photos photos;
  const ContactSheetFigure sheet = gallery::made_up_sheet(photos, 5, 20, 80);
  for (const char* suffix : {"png", "svg", "pdf"}) {
    const fs::path a = folder_ / text_of("a.", suffix), b = folder_ / text_of("b.", suffix);
    const auto compare = [&](const auto& draw) {
      draw(a), draw(b);
      EXPECT_TRUE(read_file(a) == read_file(b)) << suffix;
    };
    compare([&](const fs::path& out) { draw_contact_sheet(sheet, out, gallery::kRecord); });
    compare([&](const fs::path& out) {
      draw_dataset_stats_figure(gallery::made_up_stats(80), PageWidth::kDouble, out,
                                gallery::kRecord);
    });
    compare([&](const fs::path& out) {
      draw_precision_recall_figure(gallery::made_up_precision(8), out, gallery::kRecord);
    });
  }
}

TEST_F(DatasetFigures, CaptionsCountWhatIsShown) {
  ContactSheetFigure figure = one_box();
  EXPECT_EQ(truth_caption(figure),
            "Image 1 of black (1 image), 100 x 100 px, with ground truth: 1 box. No augmentation.");
  figure.pictures[0].objects = {{{1, 1, 4, 30}, 0, 87, false, nullptr},
                                {{20, 20, 90, 90}, 1, 4900, false, nullptr},
                                {{0, 0, 99, 99}, 1, 5000, true, nullptr}};
  figure.pictures.push_back({"gone.jpg", 320, 100, {}, "no such file", {}});
  EXPECT_EQ(
      truth_caption(figure),
      "Image 1 of black (1 image), 100-320 x 100 px, with ground truth: 2 boxes, 1 of them "
      "small (area under 32 x 32 px), and 1 crowd region (hatched). The box with a side under "
      "8 px gets a dot above it. 1 image could not be read. No augmentation.");
}

TEST_F(DatasetFigures, ImpossibleSheetsAreRefused) {
  ContactSheetFigure figure = one_box();
  EXPECT_THROW(draw_contact_sheet(figure, folder_ / "a.gif", gallery::kRecord), UsageError);
  for (const int columns : {0, 9}) {
    figure.columns = columns;
    EXPECT_THROW(draw_contact_sheet(figure, folder_ / "a.png", gallery::kRecord), UsageError);
  }
  EXPECT_THROW(draw_contact_sheet({}, folder_ / "a.png", gallery::kRecord), Error);
  EXPECT_THROW(draw_truth_page({}, folder_ / "a.png", gallery::kRecord), Error);
  EXPECT_THROW(draw_augmentation_figure({}, folder_ / "a.png", gallery::kRecord), Error);
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(DatasetFigures, BoxesThatAreNoNumbersDoNotSpoilThePicture) {
  ContactSheetFigure figure = one_box();
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  figure.pictures[0].objects.push_back({{nan, 0, nan, 5}, 1, nan, false, nullptr});
  figure.pictures[0].objects.push_back({{-infinity, 0, infinity, 5}, 1, 1, true, nullptr});
  figure.pictures[0].objects.push_back({{-1e30, -1e30, 1e30, 1e30}, 1, 1, true, nullptr});
  draw_contact_sheet(figure, folder_ / "a.png", gallery::kRecord);
  EXPECT_GT(read_image(folder_ / "a.png", false).height, 100);
}

TEST(DrawPlaces, DrawsKeepTheirRelativeSizesAndNeverOverlap) {
  synthetic::Numbers numbers(6);
  for (int run = 0; run < 60; ++run) {
    std::vector<ImageSize> sizes;
    std::vector<double> words;
    for (int i = 0; i <= run % 12; ++i) {
      sizes.push_back({static_cast<int>(numbers.between(200, 1333)),
                       static_cast<int>(numbers.between(200, 1333))});
      words.push_back(numbers.between(6, 30));
    }
    const double scale = draw_scale({sizes}, 350, 5, 130);
    ASSERT_GT(scale, 0);
    const DrawPlaces places = place_draws(sizes, scale, 350, 5, words);
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const PageRect& p = places.pictures[i];
      EXPECT_NEAR(p.width / sizes[i].width, p.height / sizes[i].height, 1e-9);
      EXPECT_NEAR(p.width / sizes[i].width, scale, 1e-9);
      EXPECT_LE(p.right(), 350 + 1e-6);
      EXPECT_LE(p.bottom() + words[i], places.height + 1e-6);
      const PageRect used{p.x, p.y, places.cell_widths[i], p.height + words[i]};
      for (std::size_t j = 0; j < i; ++j)
        EXPECT_FALSE(used.grown(-1e-6).overlaps(places.pictures[j]));
    }
    // At most four side by side, in lines of equal length.
    const std::size_t lines = (sizes.size() + 3) / 4;
    EXPECT_DOUBLE_EQ(places.pictures[(sizes.size() + lines - 1) / lines - 1].y, 0);
  }
}

// Class a: precision 1 at IoU 0.5, 0.5 at 0.75; class b 0.2 at both; class c has no true box.
TEST(PrecisionRecall, MeansAreOverTheClassesWithTrueBoxes) {
  PrecisionRecallFigure f;
  f.iou_thresholds = {0.5, 0.75};
  f.recall_thresholds = {0, 0.5, 1};
  f.classes = {{"a", {1, 1, 1, 0.5, 0.5, 0.5}},
               {"b", {0.6, 0, 0, 0.6, 0, 0}},
               {"c", {-1, -1, -1, -1, -1, -1}}};
  EXPECT_DOUBLE_EQ(average_precision(f, 0), 0.6);
  EXPECT_DOUBLE_EQ(average_precision(f, 1), 0.35);
  EXPECT_DOUBLE_EQ(average_precision(f, -1), 0.475);
  f.classes = {f.classes[2]};
  EXPECT_TRUE(std::isnan(average_precision(f, 0)));
}

TEST_F(DatasetFigures, CurvesOfNoClassesAndNoTrueBoxesAreStillPages) {
  PrecisionRecallFigure f = gallery::made_up_precision(2);
  f.classes[0].precision.assign(1010, -1);
  f.classes[1].precision.assign(1010, 0);
  draw_precision_recall_figure(f, folder_ / "zero.png", gallery::kRecord);
  f.classes.clear();
  draw_precision_recall_figure(f, folder_ / "none.png", gallery::kRecord);
  EXPECT_EQ(read_image(folder_ / "none.png", false).width, 2103);
}

TEST_F(DatasetFigures, CurvesWhoseSizesDoNotFitAreErrorsThatNameTheClass) {
  PrecisionRecallFigure f = gallery::made_up_precision(2);
  f.classes[1].precision.pop_back();
  try {
    draw_precision_recall_figure(f, folder_ / "a.png", gallery::kRecord);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("class number 1 has 1009 values, expected 1010"),
              std::string::npos)
        << error.what();
  }
  f.iou_thresholds.clear();
  EXPECT_THROW(draw_precision_recall_figure(f, folder_ / "a.png", gallery::kRecord), Error);
}

TEST_F(DatasetFigures, AnEmptyDataSetHasAPictureToo) {
  DatasetStats stats = gallery::made_up_stats(1);
  stats.classes.clear(), stats.images_by_boxes.clear(), stats.image_sizes.clear();
  stats.boxes = stats.images = stats.empty_images = 0, stats.sizes = {};
  std::fill(stats.aspect.counts.begin(), stats.aspect.counts.end(), 0);
  std::fill(stats.relative.counts.begin(), stats.relative.counts.end(), 0);
  std::fill(stats.sides.counts.begin(), stats.sides.counts.end(), 0);
  for (const PageWidth width : {PageWidth::kColumn, PageWidth::kDouble})
    draw_dataset_stats_figure(stats, width, folder_ / "a.png", gallery::kRecord);
  EXPECT_GT(read_image(folder_ / "a.png", false).height, 500);
}

}  // namespace
}  // namespace saccade
