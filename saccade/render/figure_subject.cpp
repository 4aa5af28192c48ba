// What an attention figure is about.
#include "saccade/render/figure_subject.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/marks.h"

namespace saccade {
namespace {

// How far a point lies outside the box, in the larger of the two directions.
double excess(const BoxXyxy& box, const SamplePoint& p) {
  return std::max({box.x0 - p.x, p.x - box.x1, box.y0 - p.y, p.y - box.y1, 0.0});
}

}  // namespace

BoxXyxy QuerySubject::extent() const {
  BoxXyxy all = box;
  for (const BoxXyxy& truth : truths) {
    all = {std::min(all.x0, truth.x0), std::min(all.y0, truth.y0), std::max(all.x1, truth.x1),
           std::max(all.y1, truth.y1)};
  }
  return all;
}

void draw_selected_truths(Canvas& canvas, const PhotoView& view, const QuerySubject& query) {
  for (const BoxXyxy& truth : query.truths) draw_truth_box(canvas, view.to_page(truth), kTruth);
}

std::string query_title(const QuerySubject& query) {
  return text_of("Query ", query.query, " \u00B7 ", query.class_name, " ",
                 number_text(query.score, 2));
}

std::string token_title(const TokenSubject& token) {
  return text_of("Encoder token L", token.level, " (", token.column, ", ", token.row, ")");
}

std::string query_words(const QuerySubject& query) {
  return text_of("decoder query ", query.query, " (", query.class_name, ", score ",
                 number_text(query.score, 2), ")");
}

std::string token_words(const TokenSubject& token) {
  std::string text = "the encoder token";
  if (token.pixel)
    text += text_of(" under pixel (", number_text(token.pixel->first, 0), ", ",
                    number_text(token.pixel->second, 0), ")");
  return text + text_of(": level L", token.level, " /", token.stride, ", column ", token.column,
                        ", row ", token.row, ", token ", token.token);
}

std::string own_part_text(double part) {
  return part > 0 && part < 0.0005 ? "<0.1\u00A0%" : percent_text(part);
}

std::string specific_words(const QuerySpecific& part, bool is_query, const std::string& where) {
  if (std::isnan(part.weights)) return "";
  std::string text = text_of(is_query ? "Query" : "Token", "-specific part of weights ",
                             own_part_text(part.weights));
  if (!std::isnan(part.offsets)) text += ", of offsets " + own_part_text(part.offsets);
  text += where + ". ";
  if (!part.is_mostly_template()) return text;
  return text + (is_query
                     ? "Mostly template: a pattern that all queries share, stretched to the box. "
                     : "Mostly template: a pattern that all tokens share. ");
}

std::string level_name(const AttentionSelection& selection, int level) {
  const auto at = static_cast<std::size_t>(level);
  if (level < 0 || at >= selection.strides.size()) return text_of("L", level);
  return text_of("L", level, " /", selection.strides[at]);
}

std::string heads_words(const std::vector<int>& heads) {
  return (heads.size() == 1 ? "head " : "heads ") + index_list(heads);
}

std::string mean_words(const std::vector<int>& heads) {
  return (heads.size() == 1 ? "" : "mean of ") + heads_words(heads);
}

std::string mean_title(const std::vector<int>& heads) {
  return heads.size() == 1 ? heads_words(heads) : text_of("mean of ", heads.size(), " heads");
}

std::string levels_words(const std::vector<int>& levels) {
  return (levels.size() == 1 ? "level " : "levels ") + index_list(levels, "L");
}

std::string attention_caption_end(const FigurePhoto& photo, const std::string& note) {
  return note + (note.empty() ? "" : " ") + "Weight is not importance. " + caption_end(photo);
}

BoxXyxy zoom_crop(const BoxXyxy& box, const std::vector<SamplePoint>& points, double image_width,
                  double image_height, double share) {
  BoxXyxy held = clip_box(box, image_width, image_height);
  std::vector<const SamplePoint*> nearest;
  double total = 0;
  for (const SamplePoint& p : points) {
    if (p.is_outside(image_width, image_height)) continue;
    nearest.push_back(&p);
    total += p.weight;
  }
  std::stable_sort(nearest.begin(), nearest.end(), [&](const SamplePoint* a, const SamplePoint* b) {
    return excess(held, *a) < excess(held, *b);
  });
  double sum = 0;
  for (const SamplePoint* p : nearest) {
    if (sum >= share * total) break;
    sum += p->weight;
    held = {std::min(held.x0, p->x), std::min(held.y0, p->y), std::max(held.x1, p->x),
            std::max(held.y1, p->y)};
  }
  return square_holding(held, image_width, image_height);
}

BoxXyxy square_holding(const BoxXyxy& box, double image_width, double image_height) {
  constexpr double kBorder = 1.15, kSmallest = 24;
  const double wanted = std::max(kSmallest, kBorder * std::max(box.width(), box.height()));
  const double side = std::min({wanted, image_width, image_height});
  return square_around(box, side, image_width, image_height);
}

BoxXyxy square_around(const BoxXyxy& box, double side, double image_width, double image_height) {
  const double x = std::clamp((box.x0 + box.x1 - side) / 2, 0.0, image_width - side);
  const double y = std::clamp((box.y0 + box.y1 - side) / 2, 0.0, image_height - side);
  return {x, y, x + side, y + side};
}

bool zoom_is_useful(const BoxXyxy& crop, const BoxXyxy& box, double image_width,
                    double image_height) {
  const BoxXyxy held = clip_box(box, image_width, image_height);
  const bool holds =
      held.x0 >= crop.x0 && held.y0 >= crop.y0 && held.x1 <= crop.x1 && held.y1 <= crop.y1;
  return holds && crop.width() <= 0.6 * image_width;
}

BoxXyxy strip_crop(const BoxXyxy& zoom, double image_width, double image_height) {
  constexpr double kShare = 0.62, kWide = 2.4, kAround = 1.08;
  if (image_width > kWide * image_height) return {0, 0, image_width, image_height};
  const double height =
      std::min(image_height, std::max(kShare * image_height, kAround * zoom.height()));
  const double y = std::clamp((zoom.y0 + zoom.y1 - height) / 2, 0.0, image_height - height);
  return {0, y, image_width, y + height};
}

}  // namespace saccade
