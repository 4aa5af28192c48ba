// One object's numbers over the frames of a sequence: score, radius of its attention, weight by level.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "saccade/render/figure_file.h"

namespace saccade {

// One frame that was looked at.
struct FollowedFrame {
  std::string number;  // as the file's name writes it, or the name
  bool is_found = false;
  // Where it is found:
  double score = 0;  // of the object's class after the layer drawn, 0 to 1
  double radius =
      0;  // weighted distance of the points from the reference point, mean of heads, image pixels
  std::vector<double> level_shares;  // of the attention weight, mean of heads
};

// Three panels with one axis in `rect`. `now`: the frame that a picture is of, with its numbers in the headings.
void draw_follow_traces(Canvas& canvas, const PageRect& rect,
                        const std::vector<FollowedFrame>& frames,
                        std::optional<std::size_t> now = {});

struct FollowTracesFigure {
  std::string class_name;
  int layer = 0;
  std::vector<FollowedFrame> frames;
  std::string source;  // sentences for the end of the caption
};
// The panels as a page of their own, two columns wide. Throws Error where there is no frame; as write_page.
void draw_follow_traces_figure(const FollowTracesFigure& figure, const std::filesystem::path& out,
                               const FigureRecord& record);

// What the panels show, for captions: complete sentences.
std::string follow_traces_words(int layer);

}  // namespace saccade
