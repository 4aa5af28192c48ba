// What `data show` tells of its images as JSON.
#pragma once

#include <string>
#include <vector>

#include "saccade/core/json_writer.h"
#include "saccade/data/coco.h"

namespace saccade {

// One image: its id, file, size, annotations and, where it is broken, what is wrong with it; opens an
// object that the caller may add to and ends.
void begin_shown_image(JsonWriter& json, const CocoDataSet& data, int image, int width, int height,
                       const std::vector<std::string>& problems);

// {"name", "annotations", "selection", "images": [ ... up to here.
void begin_shown_set(JsonWriter& json, const CocoDataSet& data, const std::string& name,
                     const std::string& selection);

}  // namespace saccade
