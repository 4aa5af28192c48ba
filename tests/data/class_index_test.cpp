// Which class output stands for which category.
#include "saccade/data/class_index.h"

#include <gtest/gtest.h>

namespace saccade {
namespace {

std::vector<int> of_ids(const std::vector<RecordId>& ids) {
  std::vector<CocoCategory> categories;
  for (const RecordId& id : ids) categories.push_back({.id = id});
  return category_of_class(CocoDataSet("set.json", {}, categories, {}));
}

TEST(ClassIndex, IsTheCategoryIdWhileIdsAreSmallNumbers) {
  EXPECT_EQ(of_ids({{1}, {3}, {4}}), (std::vector<int>{-1, 0, -1, 1, 2}));
  EXPECT_EQ(of_ids({{0}, {1}}), (std::vector<int>{0, 1}));
  EXPECT_EQ(of_ids({{999}}).size(), 1000u);
}

TEST(ClassIndex, IsThePlaceAmongTheIdsOtherwise) {
  EXPECT_EQ(of_ids({{5}, {1000}}), (std::vector<int>{0, 1}));
  EXPECT_EQ(of_ids({{-1}, {7}}), (std::vector<int>{0, 1}));
  EXPECT_EQ(of_ids({{1}, {0, "car"}}), (std::vector<int>{0, 1}));
  EXPECT_TRUE(of_ids({}).empty());
}

}  // namespace
}  // namespace saccade
