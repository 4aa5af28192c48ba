// Which output of a detector's class head stands for which category of a data set.
#pragma once

#include <cstdint>
#include <vector>

#include "saccade/data/coco.h"

namespace saccade {

// Index into data.categories() for each class index, -1 where none stands there. Class index =
// category id and K = largest id + 1, as in the official code, while all ids are numbers of 0 to 999;
// otherwise the class index is the category's place among the ascending ids.
std::vector<int> category_of_class(const CocoDataSet& data);

// The other way: the class index of each of data.categories().
std::vector<std::int64_t> class_of_category(const CocoDataSet& data);

}  // namespace saccade
