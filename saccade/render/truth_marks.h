// Annotated objects on a photograph: boxes, dots over tiny ones, crowd regions, class names.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "saccade/core/boxes.h"
#include "saccade/data/region_mask.h"
#include "saccade/image/image.h"
#include "saccade/render/class_styles.h"
#include "saccade/render/marks.h"

namespace saccade {

inline constexpr double kNarrowSide = 8;  // px of the original image; boxes below get a dot

// Longer side, as a share of the picture's, below which a numbered box shows its number alone.
inline constexpr double kNumberOnlyShare = 48.0 / 640;

struct TruthObject {
  BoxXyxy box;            // pixels of the picture's own frame
  std::size_t label = 0;  // index into the figure's classes
  double area = 0;        // of the object, square pixels (the annotation's)
  bool is_crowd = false;
  std::shared_ptr<const RegionMask> region;  // of a crowd region, pixels as `box`; null: its box

  bool is_narrow() const { return std::min(box.width(), box.height()) < kNarrowSide; }
};

// An image with its objects; the pixels may be fewer than the frame that boxes are given in.
struct TruthPicture {
  std::string file;           // as the annotation file names it
  int width = 0, height = 0;  // the frame, pixels of the original image
  Image pixels;               // empty where the image could not be read
  std::string problem;        // why not, for the panel that stands in
  std::vector<TruthObject> objects;

  bool is_readable() const { return pixels.width > 0; }
  std::size_t boxes() const;  // without crowd regions
  std::size_t crowd() const;
};

enum class BoxLabels { kAuto, kOn, kOff };

struct TruthStyle {
  ClassBoxLines lines{0.75, 0.55, 0};
  double label_size = 4.8, label_height = 6.2;
  BoxLabels labels = BoxLabels::kAuto;
  bool numbered =
      false;  // labels begin with the object's place in the list; tiny ones show only that
  double least_side = 7;  // auto: no label for boxes whose longer side is under this, points
  bool every_class =
      true;  // auto: label all classes; false: only those without a colour of their own
};

struct TruthLabel {
  PageRect place;
  std::size_t object = 0;  // index into the picture's objects
  std::string text;
};

// Largest objects first: the order in which they are listed and labelled.
std::vector<std::size_t> objects_by_area(const TruthPicture& picture);

// The labels that have room, each inside the panel and none over another or, but for labels that
// are on, over 3/10 of a box.
std::vector<TruthLabel> truth_labels(const TruthPicture& picture, const PhotoView& view,
                                     const std::vector<ClassStyle>& classes,
                                     const TruthStyle& style);

// Where the dot of a narrow box is: above it, below it where the panel ends there.
PagePoint narrow_dot(const PageRect& box, const PageRect& panel);

// The photo toned down, its boxes, regions and dots, and the border; where the photo could not be
// read, a grey panel that says why.
void draw_truth_boxes(Canvas& canvas, const TruthPicture& picture, const PageRect& rect,
                      const std::vector<ClassStyle>& classes, const TruthStyle& style,
                      double saturation);
// The labels that belong on top of that.
void draw_truth_labels(Canvas& canvas, const TruthPicture& picture, const PageRect& rect,
                       const std::vector<ClassStyle>& classes, const TruthStyle& style);
// Both.
void draw_truth_picture(Canvas& canvas, const TruthPicture& picture, const PageRect& rect,
                        const std::vector<ClassStyle>& classes, const TruthStyle& style,
                        double saturation);

// "12 boxes", "12 boxes, 1 crowd region".
std::string box_count_text(std::size_t boxes, std::size_t crowd);

}  // namespace saccade
