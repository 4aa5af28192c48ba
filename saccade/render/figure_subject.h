// What an attention figure is about: a decoder query or an encoder token, and what it read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "saccade/core/boxes.h"
#include "saccade/core/query_specific.h"
#include "saccade/render/page_layout.h"

namespace saccade {

// A decoder query with the detection it became.
struct QuerySubject {
  int query = 0;
  std::string class_name;
  double score = 0;  // 0 to 1
  BoxXyxy box;       // after the layer drawn, pixels of the original image
  std::string note;  // a sentence for the caption, such as how the query was chosen; may be empty
  std::vector<BoxXyxy> truths;  // true boxes that it is held against, drawn dashed

  // The box and what it is held against.
  BoxXyxy extent() const;
};

// A true box beside the selected one.
void draw_selected_truths(Canvas& canvas, const PhotoView& view, const QuerySubject& query);

// An encoder token: a cell of one level.
struct TokenSubject {
  int level = 0;
  int stride = 0;  // of that level, pixels of the network input
  std::int64_t column = 0, row = 0;
  std::int64_t token = 0;                          // 0 to S - 1
  double x = 0, y = 0;                             // its centre, pixels of the original image
  std::optional<std::pair<double, double>> pixel;  // the pixel it was chosen by
};

// One sampling point.
struct SamplePoint {
  double x = 0, y = 0;     // pixels of the original image; outside it the operator may read zeros
  double weight = 0;       // softmax over the levels and points of its head, 0 to 1
  double mean_weight = 0;  // mean of this head, level and point over the image's queries (relative)
  int head = 0, level = 0, point = 0;

  bool is_outside(double width, double height) const {
    return x < 0 || y < 0 || x > width || y > height;
  }
};

// A part of 0 to 1 as "13 %", "0.3 %", "<0.1 %".
std::string own_part_text(double part);
// "Query-specific part of weights 13 %, of offsets 0.03 %. " and, where that is little, what it means for the picture; empty
// where the weights' part is NaN. `where` ends the first sentence, such as " over all layers"; may be empty.
std::string specific_words(const QuerySpecific& part, bool is_query, const std::string& where);

// What part of the attention is drawn; indices are 0-based.
struct AttentionSelection {
  std::vector<int> heads;    // drawn
  std::vector<int> levels;   // drawn
  int all_heads = 8;         // of the model
  std::vector<int> strides;  // of all levels of the model; its size is L
  int points = 4;            // P, per head and level
  double uniform_weight() const { return 1.0 / (static_cast<double>(strides.size()) * points); }
};

// "Query 14 · vehicle 0.60".
std::string query_title(const QuerySubject& query);
// "Encoder token L0 (26, 17)".
std::string token_title(const TokenSubject& token);
// "decoder query 14 (vehicle, score 0.60)".
std::string query_words(const QuerySubject& query);
// "the encoder token under pixel (320, 218): level L0 /8, column 26, row 17, token 910".
std::string token_words(const TokenSubject& token);
// "L0 /8".
std::string level_name(const AttentionSelection& selection, int level);
// "heads 0-7", "head 3".
std::string heads_words(const std::vector<int>& heads);
// "mean of heads 0-7", "head 3"; and short: "mean of 8 heads", "head 3".
std::string mean_words(const std::vector<int>& heads);
std::string mean_title(const std::vector<int>& heads);
// "levels L0-L3", "level L1".
std::string levels_words(const std::vector<int>& levels);

// The end of the caption of a figure of attention: a query's note, what weight is not, the photograph.
std::string attention_caption_end(const FigurePhoto& photo, const std::string& note = {});

// square_holding() `box` and `share` of the points' weight inside the image. Points are taken by their distance from the box.
BoxXyxy zoom_crop(const BoxXyxy& box, const std::vector<SamplePoint>& points, double image_width,
                  double image_height, double share);

// A square of this side around the box, shifted inside the image.
BoxXyxy square_around(const BoxXyxy& box, double side, double image_width, double image_height);
// The smallest that holds a box inside the image, 15 % larger, at least 24 px; no larger than the shorter side of the image.
BoxXyxy square_holding(const BoxXyxy& box, double image_width, double image_height);

// A zoom that covers more than 60 % of the photo's width, or cannot hold the box, shows nothing that
// the whole photo does not.
bool zoom_is_useful(const BoxXyxy& crop, const BoxXyxy& box, double image_width,
                    double image_height);

// The strip of the whole width and 62 % of the height around the zoom, more where the zoom needs it;
// all of it where the photo is more than 2.4 times as wide as high.
BoxXyxy strip_crop(const BoxXyxy& zoom, double image_width, double image_height);

}  // namespace saccade
