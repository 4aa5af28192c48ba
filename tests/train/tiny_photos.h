// Two photographs with a box each, as a data set to train on.
#pragma once

#include "saccade/data/coco.h"

namespace saccade {

inline const std::filesystem::path kPhotos = SACCADE_SOURCE_DIR "/tests/assets";

// Categories 1 and 3: a class head of 4.
inline CocoDataSet two_photos() {
  return CocoDataSet(
      "photos.json",
      {{.id = {1, {}}, .file_name = "Town03_013980.jpg", .width = 640, .height = 380},
       {.id = {2, {}}, .file_name = "000000006818.jpg", .width = 427, .height = 640}},
      {{.id = {1, {}}, .name = "car"}, {.id = {3, {}}, .name = "person"}},
      {{.id = {1, {}}, .image = 0, .category = 1, .box = {64, 38, 128, 76}, .area = 9728},
       {.id = {2, {}}, .image = 1, .category = 0, .box = {64, 0, 64, 48}, .area = 3072},
       {.id = {3, {}}, .image = 1, .category = 1, .box = {320, 200, 90, 120}, .area = 10800}});
}

}  // namespace saccade
