// What the training pipeline makes of an image: the original with its crops, and the draws.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/image/resize.h"
#include "saccade/render/figure_file.h"
#include "saccade/render/truth_marks.h"

namespace saccade {

// One draw of the training pipeline.
struct AugmentedPicture {
  TruthPicture picture;  // what the network would see, in its own pixels
  BoxXyxy crop;          // the part of the original it shows, pixels of the original
  bool is_cropped = false;
  std::string words;  // "flipped, crop 412 x 388 at (33, 12), 800 x 753"
};

struct AugmentedImage {
  TruthPicture original;
  std::vector<AugmentedPicture> draws;
};

struct AugmentationFigure {
  std::string title, subtitle;
  std::vector<AugmentedImage> images;  // one row each; at most kAugmentedPerPage
  std::vector<ClassStyle> classes;     // counts are of the originals shown
  BoxLabels labels = BoxLabels::kAuto;
  std::string
      selection;  // how images and draws were chosen; the caption's first sentence, no period
  int sheet = 1, sheets = 1;
};

inline constexpr std::size_t kAugmentedPerPage = 4;

// A double-column page: left each original with a numbered dashed frame per crop, right its draws, all
// at one scale, so that sizes compare. Throws UsageError (suffix), Error (no image, unwritable file).
void draw_augmentation_figure(const AugmentationFigure& figure, const std::filesystem::path& out,
                              const FigureRecord& record);

// Where the draws of one image go: lines of pictures from (0, 0) on, `words_height` below each line.
struct DrawPlaces {
  std::vector<PageRect> pictures;
  std::vector<double> cell_widths;  // room for the words under each
  double height = 0;
};
DrawPlaces place_draws(const std::vector<ImageSize>& sizes, double scale, double width, double gap,
                       const std::vector<double>& words_heights);

// The largest scale (points per pixel) at which the draws of every image fit `width`, a line each, and
// no picture is higher than `max_height`.
double draw_scale(const std::vector<std::vector<ImageSize>>& rows, double width, double gap,
                  double max_height);

}  // namespace saccade
