// One object's numbers over the frames of a sequence: score, radius of its attention, weight by level.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "saccade/render/figure_file.h"

namespace saccade {

// What the object's query did in one frame.
struct FollowedNumbers {
  double score = 0;  // of the object's class after the layer drawn, 0 to 1
  double radius =
      0;  // weighted distance of the points from the reference point, mean of heads, image pixels
  std::vector<double> level_shares;  // of the attention weight, mean of the heads
};

struct FollowedFrame {
  std::string number;                      // as the file's name writes it, or the name
  bool is_asked = true;                    // false: the object was given up before
  std::optional<FollowedNumbers> numbers;  // where it is found
  std::optional<FollowedNumbers>
      as_it_is;  // of the model without interventions, where that is followed too and found
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
std::string follow_traces_words(int layer, const std::vector<FollowedFrame>& frames);

}  // namespace saccade
