// Annotations become targets by the official cleaning.
#include "saccade/data/sample.h"

#include <gtest/gtest.h>

#include <limits>

#include "saccade/core/error.h"

namespace saccade {
namespace {

CocoAnnotation annotation(BoxXywh box, std::int32_t category = 0, bool is_crowd = false) {
  CocoAnnotation a;
  a.id.number = 7;
  a.category = category;
  a.is_crowd = is_crowd;
  a.box = box;
  a.area = 12.5;
  return a;
}

const std::vector<std::int64_t> kClasses{1, 90};
const RecordId kImage{.number = 42};

Target prepared(const std::vector<CocoAnnotation>& annotations) {
  return prepare_target(annotations, kClasses, kImage, {100, 60});
}

TEST(PrepareTarget, BoxesBecomeCornersInsideTheImage) {
  const Target target = prepared({annotation({-5, 10, 20, 70}, 1)});
  ASSERT_EQ(target.objects.size(), 1u);
  EXPECT_EQ(target.objects[0].box, (TargetBox{0, 10, 15, 60}));
  EXPECT_EQ(target.objects[0].label, 90);
  EXPECT_EQ(target.objects[0].area, 12.5F);  // the file's, not the clamped box's
  EXPECT_EQ(target.image_id, kImage);
  EXPECT_EQ(target.orig_size, (ImageSize{100, 60}));
  EXPECT_EQ(target.size, (ImageSize{100, 60}));
}

TEST(PrepareTarget, CrowdsAndBoxesWithoutExtentAreLeftOut) {
  const Target target =
      prepared({annotation({1, 1, 5, 5}, 0, true), annotation({1, 1, 0, 5}),
                annotation({100, 1, 5, 5}), annotation({1, -9, 5, 9}), annotation({3, 3, 2, 2})});
  ASSERT_EQ(target.objects.size(), 1u);
  EXPECT_EQ(target.objects[0].annotation, 4);
}

TEST(PrepareTarget, AnImageMayHaveNoObjects) { EXPECT_TRUE(prepared({}).objects.empty()); }

// 0.3 + 0.6 in float32 is one unit above 0.9; doubles would round to 0.9 itself.
TEST(PrepareTarget, CornersAreAddedInFloat32) {
  const Target target = prepared({annotation({0.3, 0.3, 0.6, 0.6})});
  EXPECT_EQ(target.objects[0].box.x1, 0.3F + 0.6F);
  EXPECT_NE(target.objects[0].box.x1, 0.9F);
}

TEST(PrepareTarget, AMessageNamesTheAnnotation) {
  const auto message = [](const CocoAnnotation& a) -> std::string {
    try {
      prepared({a});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message(annotation({1, 1, 2, 2}, 2)),
            "annotation 7 of image 42: category index 2 has no class; 2 categories are known");
  for (const double number : {std::numeric_limits<double>::quiet_NaN(), 1e300})
    EXPECT_NE(message(annotation({1, number, 2, 2})).find("annotation 7 of image 42: bbox"),
              std::string::npos);
  EXPECT_THROW(prepare_target({}, kClasses, kImage, {0, 5}), Error);
}

}  // namespace
}  // namespace saccade
