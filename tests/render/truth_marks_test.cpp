// Annotated objects: what is labelled, what is hatched, which colours tell.
#include "saccade/render/truth_marks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "saccade/render/hatch.h"
#include "saccade/render/text_layout.h"
#include "tests/render/dataset_figures.h"

namespace saccade {
namespace {

const PageRect kPanel{10, 20, 120, 71};

std::vector<ClassStyle> classes_with_boxes(int count) {
  std::vector<ClassStyle> classes = gallery::made_up_classes(count);
  for (std::size_t i = 0; i < classes.size(); ++i)
    classes[i].boxes = static_cast<std::int64_t>(classes.size() - i);
  style_classes(classes);
  return classes;
}

TEST(ClassStyles, UpToSevenClassesKeepTheColoursOfOtherFigures) {
  const std::vector<ClassStyle> classes = classes_with_boxes(7);
  for (const ClassStyle& c : classes) {
    EXPECT_TRUE(c.distinct);
    EXPECT_EQ(c.color, class_color(c.color_index));
  }
}

TEST(ClassStyles, WithMoreClassesNoTwoShareAColourThatIsNotGrey) {
  const std::vector<ClassStyle> classes = classes_with_boxes(80);
  std::set<std::uint32_t> used;
  for (const ClassStyle& c : classes) {
    if (!c.distinct) {
      EXPECT_EQ(c.color, kGreyMark);
      continue;
    }
    EXPECT_TRUE(used.insert(c.color.r << 16 | c.color.g << 8 | c.color.b).second) << c.name;
  }
  EXPECT_EQ(used.size(), 7u);
  EXPECT_TRUE(classes[0].distinct && classes[6].distinct);  // those with most boxes
  EXPECT_EQ(grey_classes(classes), 73u);
}

TEST(ClassStyles, TwoShownClassesOfOneColourAreToldApartAlthoughTheyAreFew) {
  std::vector<ClassStyle> classes = gallery::made_up_classes(20);
  classes[0].boxes = 1, classes[7].boxes = 2;  // the same place in the cycle of seven
  ASSERT_EQ(class_color(classes[0].color_index), class_color(classes[7].color_index));
  style_classes(classes);
  EXPECT_FALSE(classes[0].color == classes[7].color);
  EXPECT_EQ(grey_classes(classes), 0u);
}

TEST(TruthLabels, AreInsideThePanelAndNeverOverlap) {
  const Image photo(640, 380);
  for (const int boxes : {1, 40, 300}) {
    const TruthPicture picture = gallery::made_up_picture(photo, "a.jpg", boxes, 80, 3);
    TruthStyle style;
    style.labels = BoxLabels::kOn;
    const auto labels =
        truth_labels(picture, {{0, 0, 640, 380}, kPanel}, classes_with_boxes(80), style);
    ASSERT_FALSE(labels.empty());
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const PageRect& p = labels[i].place;
      EXPECT_TRUE(kPanel.grown(1e-6).contains({p.x, p.y}) &&
                  kPanel.grown(1e-6).contains({p.right(), p.bottom()}));
      EXPECT_GE(p.width, text_width(labels[i].text, style.label_size));
      for (std::size_t j = 0; j < i; ++j) EXPECT_FALSE(p.overlaps(labels[j].place));
    }
  }
}

TEST(TruthLabels, HideNoBoxUnlessTheyAreOn) {
  const Image photo(640, 380);
  const PhotoView view{{0, 0, 640, 380}, kPanel};
  for (const int boxes : {5, 24}) {
    const TruthPicture picture = gallery::made_up_picture(photo, "a.jpg", boxes, 80, 3);
    const auto labels = truth_labels(picture, view, classes_with_boxes(80), TruthStyle());
    ASSERT_FALSE(labels.empty());
    for (const TruthLabel& label : labels) {
      for (const TruthObject& object : picture.objects) {
        if (object.is_crowd) continue;
        const PageRect box = view.to_page(clip_box(object.box, 640, 380));
        const double w =
            std::min(label.place.right(), box.right()) - std::max(label.place.x, box.x);
        const double h =
            std::min(label.place.bottom(), box.bottom()) - std::max(label.place.y, box.y);
        const double hidden = std::max(0.0, w) * std::max(0.0, h);
        EXPECT_LE(hidden, 0.3 * box.width * box.height);
      }
    }
  }
}

TEST(TruthLabels, SmallPanelsNameOnlyWhatColoursDoNot) {
  const Image photo(640, 380);
  const TruthPicture picture = gallery::made_up_picture(photo, "a.jpg", 40, 80, 3);
  const std::vector<ClassStyle> classes = classes_with_boxes(80);
  TruthStyle style;
  style.every_class = false;
  const auto labels = truth_labels(picture, {{0, 0, 640, 380}, kPanel}, classes, style);
  ASSERT_FALSE(labels.empty());
  for (const TruthLabel& label : labels)
    EXPECT_FALSE(classes[picture.objects[label.object].label].distinct);
  style.labels = BoxLabels::kOff;
  EXPECT_TRUE(truth_labels(picture, {{0, 0, 640, 380}, kPanel}, classes, style).empty());
}

TEST(TruthLabels, NumbersFollowTheListAndTinyBoxesShowNothingElse) {
  TruthPicture picture;
  picture.width = 640, picture.height = 380;
  picture.objects = {{{100, 100, 110, 110}, 0, 100, false, nullptr},
                     {{300, 100, 500, 300}, 1, 40000, false, nullptr}};
  TruthStyle style;
  style.numbered = true;
  const auto labels = truth_labels(picture, {{0, 0, 640, 380}, {0, 0, 229, 136}},
                                   gallery::made_up_classes(5), style);
  ASSERT_EQ(labels.size(), 2u);
  EXPECT_EQ(labels[0].text, "1 bike");
  EXPECT_EQ(labels[1].text, "2");
}

TEST(NarrowDot, IsAboveTheBoxAndBelowItWhereThePanelEnds) {
  EXPECT_LT(narrow_dot({50, 50, 2, 10}, kPanel).y, 50);
  EXPECT_GT(narrow_dot({50, 20.5, 2, 10}, kPanel).y, 30.5);
  const PagePoint corner = narrow_dot({10, 20, 0.2, 0.2}, kPanel);
  EXPECT_GT(corner.x, 11);
  EXPECT_GT(corner.y, 21);
}

TEST(Hatch, LinesLieInTheRegionAndFillItEvenly) {
  const PageRect rect{3, 5, 40, 30};
  const auto inside = [](PagePoint p) { return std::hypot(p.x - 20, p.y - 20) < 10; };
  double length = 0;
  for (const auto& [from, to] : hatch_lines(rect, 2, inside)) {
    EXPECT_LT(std::hypot(from.x - 20, from.y - 20), 10.5);
    EXPECT_LT(std::hypot(to.x - 20, to.y - 20), 10.5);
    EXPECT_NEAR(from.x + from.y, to.x + to.y, 1e-9);
    length += std::hypot(from.x - to.x, from.y - to.y);
  }
  EXPECT_NEAR(length * std::sqrt(2.0), 3.14159 * 100, 12);  // spacing along x is 2, across sqrt(2)
}

TEST(Hatch, WithoutARegionTheRectangleIsFilledAndNonsenseIsNot) {
  double length = 0;
  for (const auto& [from, to] : hatch_lines({0, 0, 40, 20}, 2, nullptr))
    length += std::hypot(from.x - to.x, from.y - to.y);
  EXPECT_NEAR(length * std::sqrt(2.0), 800, 20);
  EXPECT_TRUE(hatch_lines({0, 0, std::nan(""), 20}, 2, nullptr).empty());
  EXPECT_TRUE(hatch_lines({0, 0, 1e12, 20}, 2, nullptr).empty());
}

TEST(ShortenedPaths, KeepTheEndOfTheNameBecauseNumberedFilesDifferThere) {
  const std::string path = "train2017/000000184324.jpg";
  EXPECT_EQ(shorten_path(path, 500, 5.6), path);
  EXPECT_EQ(shorten_path(path, text_width("000000184324.jpg", 5.6) + 0.1, 5.6), "000000184324.jpg");
  for (const double width : {40.0, 25.0, 12.0}) {
    const std::string name = shorten_path(path, width, 5.6);
    EXPECT_LE(text_width(name, 5.6), width);
    EXPECT_TRUE(name.ends_with("g")) << name;
  }
  EXPECT_EQ(shorten_path(path, 1, 5.6), "");
  EXPECT_LE(text_width(shorten_path("日本語の写真のファイル名.jpg", 40, 5.6), 5.6), 40);
}

}  // namespace
}  // namespace saccade
