// Names of a data set's categories that tell them apart.
#pragma once

#include <string>
#include <vector>

#include "saccade/data/coco.h"

namespace saccade {

// By category; those that share a name have their id added.
std::vector<std::string> class_names(const CocoDataSet& data);

}  // namespace saccade
