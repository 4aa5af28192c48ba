// All object queries over the photograph.
#include "saccade/render/queries_figure.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/legends.h"
#include "saccade/render/marks.h"

namespace saccade {
namespace {

constexpr std::size_t kColumns = 3;
constexpr double kColumnGap = 5;

// Centres after one layer, weak queries as faint dots below, the best on top.
void draw_layer(Canvas& canvas, const QueryTracks& tracks, const PhotoView& view, int layer) {
  const Image& photo = *tracks.photo.image;
  draw_photo(canvas, view, photo, under_marks(photo, kPhotoUnderReferences));
  std::vector<const TrackOutput*> outputs;
  for (const QueryTrack& track : tracks.queries) {
    const TrackOutput& output = track.outputs[static_cast<std::size_t>(layer)];
    if (output.score >= tracks.threshold) outputs.push_back(&output);
  }
  std::stable_sort(outputs.begin(), outputs.end(),
                   [](const TrackOutput* a, const TrackOutput* b) { return a->score < b->score; });
  canvas.clipped(view.rect, [&] {
    draw_faint_queries(canvas, view, tracks, layer);
    for (const TrackOutput* output : outputs) {
      const TrackPlace c = centre_of(output->box);
      draw_query_dot(canvas, view.to_page(c.x, c.y), query_radius(output->score),
                     class_color(output->label));
    }
  });
  draw_panel_border(canvas, view.rect);
}

std::size_t count_above(const QueryTracks& tracks, int layer) {
  return static_cast<std::size_t>(
      std::count_if(tracks.queries.begin(), tracks.queries.end(), [&](const QueryTrack& track) {
        return track.outputs[static_cast<std::size_t>(layer)].score >= tracks.threshold;
      }));
}

// Grey dots for scores 0.25, 0.5, 1; returns their right end.
void draw_score_sizes(Canvas& canvas, double right, double y) {
  double x = right;
  for (const auto& [score, name] : {std::pair{1.0, "1"}, {0.5, "0.5"}, {0.25, "0.25"}}) {
    canvas.text({x, y + 6.4}, name, {kTickSize, false, kInk2, TextAlign::kRight});
    x -= score == 1 ? 7.5 : score == 0.5 ? 12.5 : 15.5;
    const Shape mark = mark_shape(MarkShape::kCircle, {x, y + 4.4}, query_radius(score));
    canvas.stroke(mark, {kCasing, 0.6});
    canvas.fill(mark, kGreyMark);
    x -= 6;
  }
  canvas.text({x - 1, y + 6.4}, "score", {kLegendSize, false, kInk, TextAlign::kRight});
}

std::string queries_caption(const QueryTracks& tracks) {
  std::string text = text_of(
      "Centres of the boxes that the ", tracks.queries.size(),
      " object queries predict after each "
      "decoder layer: colour = best class, area = score after that layer (sigmoid or softmax of "
      "the model's head); queries below ",
      tracks.threshold, ": small grey dots. Counts in the legend: after the last layer. ");
  return text + tracks_caption_end(tracks);
}

double draw_queries_page(Canvas& canvas, const QueryTracks& tracks) {
  const double top = draw_title(canvas, "Object queries per layer", tracks_subtitle(tracks));
  const double all = canvas.width() - 2 * kMargin;
  const double width = (all - (kColumns - 1) * kColumnGap) / kColumns;
  double y = top - 1.5, bottom = y;
  for (int layer = 0; layer < tracks.layers(); ++layer) {
    const auto column = static_cast<std::size_t>(layer) % kColumns;
    if (layer > 0 && column == 0) y = bottom + 3;
    const double x = kMargin + static_cast<double>(column) * (width + kColumnGap);
    draw_heading(canvas, x, y + 6, width, text_of("after dec.", layer),
                 text_of(count_above(tracks, layer), " of ", tracks.queries.size(),
                         " with score \u2265 ", tracks.threshold));
    const PhotoView view = whole_photo(*tracks.photo.image, x, y + 8.4, width);
    draw_layer(canvas, tracks, view, layer);
    bottom = view.rect.bottom();
  }
  draw_score_sizes(canvas, kMargin + all, bottom + 3);
  y = draw_class_legend(canvas, {kMargin, bottom + 3}, all - 82, tracks, /*every_layer=*/true);
  return draw_caption(canvas, y + 4, queries_caption(tracks));
}

std::string ref_to_box_caption(const QueryTracks& tracks) {
  const ShiftSummary shift = shift_summary(tracks);
  std::string text = text_of(
      "Arrows from the reference point of each query at the input of dec.0 to the centre of its "
      "box "
      "after dec.",
      tracks.layers() - 1, "; colour = class, line width = score; a dot stands for shifts under ",
      kArrowFromPx, " px. Queries below ", tracks.threshold,
      " are thin grey lines. Median shift of the others ", number_text(shift.median, 1),
      " px, largest ", number_text(shift.largest, 0), " px. ", tracks.components,
      "-component references. ");
  return text + tracks_caption_end(tracks);
}

void draw_reference_arrows(Canvas& canvas, const QueryTracks& tracks, const PhotoView& view) {
  const auto ends = [&](const QueryTrack& track) {
    const TrackPlace end = centre_of(track.last().box);
    return std::pair{view.to_page(track.references.front().x, track.references.front().y),
                     view.to_page(end.x, end.y)};
  };
  for (const QueryTrack& track : tracks.queries) {
    if (tracks.is_shown(track)) continue;
    const auto [from, to] = ends(track);
    canvas.line(from, to, {kGreyMark, 0.35, {}, false, 0.8});
    canvas.fill(mark_shape(MarkShape::kCircle, to, 0.5), kGreyMark, 0.8);
  }
  for (const QueryTrack* track : shown_queries(tracks)) {
    const auto [from, to] = ends(*track);
    const Color color = class_color(track->last().label);
    const double score = track->last().score;
    // A shorter arrow would be no more than its head: the end alone says where the box is.
    if (shift_px(*track) < kArrowFromPx) {
      draw_query_dot(canvas, to, 0.6 * query_radius(score), color);
      continue;
    }
    draw_mark(canvas, {from, 0.9, MarkShape::kCircle, false, kPaper, 1});
    draw_arrow(canvas, from, to, color, 0.5 + 0.8 * score);
  }
}

double draw_ref_to_box_page(Canvas& canvas, const QueryTracks& tracks) {
  const double top = draw_title(canvas, "From reference point to box", tracks_subtitle(tracks));
  const double width = canvas.width() - 2 * kMargin;
  const Image& photo = *tracks.photo.image;
  const PhotoView view = whole_photo(photo, kMargin, top, width);
  draw_photo(canvas, view, photo, under_marks(photo, kPhotoUnderReferences));
  canvas.clipped(view.rect, [&] { draw_reference_arrows(canvas, tracks, view); });
  draw_panel_border(canvas, view.rect);
  const double y = draw_class_legend(canvas, {kMargin, view.rect.bottom() + 2}, width, tracks);
  return draw_caption(canvas, y + 4, ref_to_box_caption(tracks));
}

}  // namespace

void draw_queries_figure(const QueryTracks& tracks, const std::filesystem::path& out,
                         const FigureRecord& record) {
  tracks.check();
  const double panel = (kDoubleWidth - 2 * kMargin - (kColumns - 1) * kColumnGap) / kColumns;
  write_page(out, kDoubleWidth, page_dpi(tracks.photo.image->width, panel), record,
             [&](Canvas& canvas) { return draw_queries_page(canvas, tracks); });
}

void draw_ref_to_box_figure(const QueryTracks& tracks, const std::filesystem::path& out,
                            const FigureRecord& record) {
  tracks.check();
  const double dpi = page_dpi(tracks.photo.image->width, kColumnWidth - 2 * kMargin);
  write_page(out, kColumnWidth, dpi, record,
             [&](Canvas& canvas) { return draw_ref_to_box_page(canvas, tracks); });
}

}  // namespace saccade
