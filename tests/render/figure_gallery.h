// What the parts of the gallery share: photographs, and a folder that is drawn into.
#pragma once

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>

#include "saccade/image/decode.h"
#include "saccade/render/page_layout.h"

namespace saccade::gallery {

namespace fs = std::filesystem;

inline const FigureRecord kRecord{"saccade explain street.jpg --query 14", "0.1.0", "0123abcd",
                                  "7"};
inline const BoxXyxy kVan{278, 175, 360, 262}, kLight{518, 99, 528, 118},
    kBorderCar{1, 172, 62, 210};

struct Photos {
  Image street = read_image(SACCADE_SOURCE_DIR "/tests/assets/Town03_013980.jpg", true);
  Image near_car = read_image(SACCADE_SOURCE_DIR "/tests/assets/Town03_017380.jpg", true);
  Image portrait = read_image(SACCADE_SOURCE_DIR "/tests/assets/000000006818.jpg", true);
  Image huge = crop_photo(street, {0, 0, 640, 380}, 1920, 1140);
  Image tiny = crop_photo(street, {270, 170, 370, 270}, 64, 64);
  Image panorama = crop_photo(street, {0, 140, 640, 220}, 640, 80);
  Image dark = [this] {
    Image image = near_car;
    treat_photo(image, {0.9, 0.12, 0});
    return image;
  }();
};

// Draws one figure in the folder, timed; `filter` must be part of its name.
class Gallery {
 public:
  Gallery(fs::path folder, std::string filter)
      : folder_(std::move(folder)), filter_(std::move(filter)) {}

  template <typename Draw>
  void add(const std::string& name, const Draw& draw) {
    if (name.find(filter_) == std::string::npos) return;
    const auto start = std::chrono::steady_clock::now();
    draw(folder_ / name);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    std::printf("%-28s %6.0f ms  %7.0f kB\n", name.c_str(), took.count(),
                static_cast<double>(fs::file_size(folder_ / name)) / 1024);
  }

 private:
  fs::path folder_;
  std::string filter_;
};

inline FigurePhoto photo_of(const Image& image, const std::string& file) {
  return {&image, file, 416, 248, "street_r18"};
}

void add_curves(Gallery& gallery);
void add_datasets(Gallery& gallery, const Photos& photos);
void add_detections(Gallery& gallery, const Photos& photos);
void add_points(Gallery& gallery, const Photos& photos);
void add_tokens(Gallery& gallery, const Photos& photos);
void add_maps(Gallery& gallery, const Photos& photos);
void add_grids(Gallery& gallery, const Photos& photos);
void add_queries(Gallery& gallery, const Photos& photos);
void add_matrices(Gallery& gallery);
void add_changes(Gallery& gallery, const Photos& photos);

}  // namespace saccade::gallery
