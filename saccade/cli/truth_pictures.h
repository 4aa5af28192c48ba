// Images of a data set and their annotations as figures take them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/data/coco.h"
#include "saccade/render/truth_marks.h"

namespace saccade {

// An image of the set with its objects. The frame is that of the file's pixels, as read for training:
// without turning by EXIF. What goes wrong is no exception but noted, so that the others are drawn.
struct LoadedPicture {
  TruthPicture picture;
  std::vector<std::string> problems;  // one line each; the image's own also in picture.problem
};

// Reads images and the outlines of crowd regions, with all cores. Pixels beyond `max_side` on the longer
// side are resized to it (0: kept); boxes keep the frame of the original.
std::vector<LoadedPicture> load_pictures(const CocoDataSet& data,
                                         const std::filesystem::path& folder,
                                         const std::vector<int>& images, int max_side);

// The same without reading any image: sizes as the file says.
TruthPicture described_picture(const CocoDataSet& data, int image);

// One style per category, in the order of data.categories(), without counts. Colours follow the
// category ids as in pictures of detections.
std::vector<ClassStyle> class_styles_of(const CocoDataSet& data);

// Adds the objects to the classes' counts.
void count_objects(std::vector<ClassStyle>& classes, const std::vector<TruthObject>& objects);

// `image` with its longer side at most max_side; unchanged where it is (0: always).
Image shrunk(Image image, int max_side);

}  // namespace saccade
