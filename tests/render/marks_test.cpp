// Sizes of marks.
#include "saccade/render/marks.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>

namespace saccade {
namespace {

constexpr std::array kShapes = {MarkShape::kCircle, MarkShape::kSquare, MarkShape::kTriangle,
                                MarkShape::kDiamond};

double shape_area(const Shape& shape) {
  if (shape.circle) return std::numbers::pi * shape.radius * shape.radius;
  double twice = 0;
  for (std::size_t i = 0; i < shape.corners.size(); ++i) {
    const PagePoint& a = shape.corners[i];
    const PagePoint& b = shape.corners[(i + 1) % shape.corners.size()];
    twice += a.x * b.y - b.x * a.y;
  }
  return std::abs(twice) / 2;
}

TEST(Marks, AllShapesOfOneWeightHaveTheSameArea) {
  for (const MarkShape shape : kShapes)
    EXPECT_NEAR(shape_area(mark_shape(shape, {3, 7}, 2)), 4 * std::numbers::pi, 1e-9);
}

TEST(Marks, AreaIsProportionalToTheWeight) {
  for (const MarkShape shape : kShapes) {
    const auto area = [&](double weight) {
      return shape_area(mark_shape(shape, {0, 0}, kZoomMarks.radius(weight)));
    };
    EXPECT_NEAR(area(0.5) / area(0.125), 4, 1e-9);
    EXPECT_NEAR(area(1) / area(0.0625), 16, 1e-9);
  }
}

TEST(Marks, WeightOneHasFivePointsRadiusAndNothingIsSmallerThanTheMinimum) {
  EXPECT_DOUBLE_EQ(kZoomMarks.radius(1), 5);
  EXPECT_DOUBLE_EQ(kZoomMarks.radius(0.25), 2.5);
  EXPECT_DOUBLE_EQ(kZoomMarks.radius(0), 0.55);
  EXPECT_DOUBLE_EQ(kZoomMarks.radius(-0.1), 0.55);
}

// The sides of a shape and of the shape around it are `offset` apart: a square of half side h has
// one of h + offset.
TEST(Marks, OutlinesKeepTheirDistance) {
  const Shape square = mark_shape(MarkShape::kSquare, {0, 0}, 2, 0.5);
  const double half = std::sqrt(4 * std::numbers::pi) / 2;
  EXPECT_NEAR(shape_area(square), 4 * (half + 0.5) * (half + 0.5), 1e-9);
  const Shape diamond = mark_shape(MarkShape::kDiamond, {0, 0}, 2, 0.5);
  const double side = std::sqrt(shape_area(mark_shape(MarkShape::kDiamond, {0, 0}, 2)));
  EXPECT_NEAR(shape_area(diamond), (side + 1) * (side + 1), 1e-9);
}

TEST(Marks, LevelsRepeatTheirShapesWithADot) {
  EXPECT_EQ(level_shape(1), level_shape(5));
  EXPECT_FALSE(level_has_dot(3));
  EXPECT_TRUE(level_has_dot(4));
}

TEST(Marks, HeavyPointsAreOpaqueAndCategoriesStayVisible) {
  EXPECT_DOUBLE_EQ(weight_opacity(0.25, false), 1);
  EXPECT_DOUBLE_EQ(weight_opacity(0, false), 0.35);
  EXPECT_DOUBLE_EQ(weight_opacity(0, true), 0.75);
}

}  // namespace
}  // namespace saccade
