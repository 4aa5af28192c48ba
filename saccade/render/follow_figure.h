// One frame of a sequence with the object that is followed: pictures of one size, which make an animation.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/render/follow_traces.h"
#include "saccade/render/points_figure.h"

namespace saccade {

// What all frames have in common.
struct FollowFigure {
  std::string class_name;
  int layer = 0;  // of the decoder
  AttentionSelection selection;
  PointStyle style;                   // its range holds for all frames
  std::vector<FollowedFrame> frames;  // by time
  double zoom_side = 0;               // of the square around the object, image pixels; 0: no zoom
  std::string model;                  // name for the end of the caption
  bool brightens = false;             // one of the frames at least is dark
  double width_px = 1009;             // of the pictures
};

// One of them.
struct FollowPicture {
  const Image* photo = nullptr;  // borrowed; original pixels
  std::string file;              // name without folders
  std::size_t at = 0;            // index in FollowFigure::frames
  int query = 0;
  BoxXyxy
      box;  // after the layer drawn, image pixels; where the object is lost: where it was looked for
  // Empty where it is lost:
  std::vector<SamplePoint> points;
  double reference_x = 0, reference_y = 0;  // input of the layer, image pixels
};

// Side of a zoom that suits all frames, image pixels; 0 where it would show little that the whole photos do not. `squares`: of each frame
// what zoom_crop says.
double follow_zoom_side(const std::vector<BoxXyxy>& squares, double image_width,
                        double image_height);

// Whole photo, zoom, legend, traces with the frame's place, caption; two columns wide. Pictures of one figure
// over photos of one size have one size. Throws as draw_points_figure.
void draw_follow_picture(const FollowFigure& figure, const FollowPicture& picture,
                         const std::filesystem::path& out, const FigureRecord& record);

}  // namespace saccade
