// Where queries start and end.
#include "saccade/render/references_figure.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/legends.h"
#include "saccade/render/marks.h"

namespace saccade {
namespace {

constexpr double kDetailSide = 112;

enum class TrackView { kReferences, kDrift };

// Steps of the selected query: inputs of the layers and the final box, or the outputs.
std::vector<TrackStep> steps_of(const QueryTracks& tracks, const QueryTrack& track,
                                TrackView kind) {
  std::vector<TrackStep> steps;
  if (kind == TrackView::kDrift) {
    for (const TrackOutput& output : track.outputs)
      steps.push_back({centre_of(output.box), output.box});
    return steps;
  }
  for (const TrackReference& r : track.references) {
    TrackStep step{{r.x, r.y}, std::nullopt};
    if (tracks.components == 4) step.box = box_of(r);
    steps.push_back(step);
  }
  steps.push_back({centre_of(track.last().box), track.last().box});
  return steps;
}

std::vector<std::string> step_names(const QueryTracks& tracks, TrackView kind) {
  std::vector<std::string> names;
  for (int layer = 0; layer < tracks.layers(); ++layer) names.push_back(text_of(layer));
  if (kind == TrackView::kReferences) names.emplace_back("out");
  return names;
}

void draw_start_and_end(Canvas& canvas, const PhotoView& view, const QueryTrack& track) {
  const TrackReference& start = track.references.front();
  const TrackPlace end = centre_of(track.last().box);
  const PagePoint from = view.to_page(start.x, start.y), to = view.to_page(end.x, end.y);
  const Color color = class_color(track.last().label);
  const Shape hollow = mark_shape(MarkShape::kCircle, from, 1.5);
  canvas.stroke(hollow, {kPaper, 1.7});
  canvas.stroke(hollow, {kCasing, 1.1});
  canvas.stroke(hollow, {color, 0.6});
  if (shift_px(track) >= kArrowFromPx) draw_arrow(canvas, from, to, color, 0.6);
}

void draw_path(Canvas& canvas, const PhotoView& view, const QueryTrack& track) {
  const auto count = static_cast<int>(track.outputs.size());
  std::vector<PagePoint> path;
  for (const TrackOutput& output : track.outputs) {
    const TrackPlace c = centre_of(output.box);
    path.push_back(view.to_page(c.x, c.y));
  }
  canvas.lines(path, {kPaper, 1.5, {}, true});
  canvas.lines(path, {kCasing, 0.9, {}, true});
  for (int i = 0; i + 1 < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    canvas.line(path[at], path[at + 1], {step_color(i + 1, count), 0.6});
    draw_mark(canvas, {path[at], 0.9, MarkShape::kCircle, false, step_color(i, count), 1});
  }
}

void draw_overview(Canvas& canvas, const QueryTracks& tracks, const PhotoView& view,
                   const BoxXyxy* crop, TrackView kind) {
  const Image& photo = *tracks.photo.image;
  draw_photo(canvas, view, photo, under_marks(photo, kPhotoUnderReferences));
  canvas.clipped(view.rect, [&] {
    draw_faint_queries(canvas, view, tracks, tracks.layers() - 1);
    const auto shown = shown_queries(tracks);
    for (const QueryTrack* track : shown) {
      if (kind == TrackView::kDrift)
        draw_path(canvas, view, *track);
      else
        draw_start_and_end(canvas, view, *track);
    }
    for (const QueryTrack* track : shown) {
      const TrackPlace end = centre_of(track->last().box);
      draw_query_dot(canvas, view.to_page(end.x, end.y), query_radius(track->last().score),
                     class_color(track->last().label));
    }
    if (crop != nullptr) draw_crop_frame(canvas, view.to_page(*crop));
  });
  draw_panel_border(canvas, view.rect);
}

// Crop with the steps at the left, legend and chart at the right; returns the lower end.
double draw_detail(Canvas& canvas, const QueryTracks& tracks, const QueryTrack& track,
                   const std::vector<TrackStep>& steps, const BoxXyxy& crop, double y,
                   TrackView kind) {
  const PageRect rect{kMargin, y, kDetailSide, kDetailSide};
  draw_track_steps(canvas, {crop, rect}, *tracks.photo.image, steps);
  const double x = rect.right() + kLegendGap, width = canvas.width() - kMargin - x;
  draw_heading(canvas, x, y + 7, width,
               text_of("Query ", track.query, " \u00B7 ", track.last().class_name));
  const int last = tracks.layers() - 1;
  const std::string words = kind == TrackView::kDrift
                                ? "box after layer dec.j"
                                : text_of("input of dec.j \u00B7 out = after dec.", last);
  const double chart =
      draw_step_legend(canvas, {x, y + 12}, width, step_names(tracks, kind), words);
  const bool classes = kind == TrackView::kDrift;
  const double end =
      draw_track_chart(canvas, {x, chart + 8, width, classes ? 42.0 : 54.0}, track, classes);
  return std::max(rect.bottom(), end);
}

std::string overview_words(const QueryTracks& tracks, TrackView kind) {
  const ShiftSummary shift = shift_summary(tracks);
  const int last = tracks.layers() - 1;
  const std::string below = text_of("queries below ", tracks.threshold, ": small grey dots");
  const std::string distances =
      text_of("median shift from the ",
              tracks.components > 0 ? "reference point at the input of dec.0 "
                                    : "centre after dec.0 to the last ",
              number_text(shift.median, 1), " px, largest ", number_text(shift.largest, 0), " px");
  if (kind == TrackView::kDrift)
    return text_of(
        "centres of the boxes of all ", tracks.queries.size(),
        " queries after each layer, dec.0 to dec.", last,
        ", joined to paths (colour = layer; after the last: filled, area = score, colour = class; ",
        below, " without path; ", distances, "). ");
  return text_of("reference points of all ", tracks.queries.size(),
                 " queries at the input of dec.0 (hollow) and centres of "
                 "their boxes after dec.",
                 last, " (filled, area = score, colour = class; ", below,
                 " without start); arrows join the two if they are ", kArrowFromPx,
                 " px or more apart (", distances, "). ");
}

std::string caption_of(const QueryTracks& tracks, TrackView kind) {
  const bool detail = tracks.selected >= 0;
  const int last = tracks.layers() - 1;
  std::string text = overview_words(tracks, kind);
  if (detail) {
    text = "Top: " + text;
    if (kind == TrackView::kDrift) {
      text += text_of("Bottom: boxes of query ", tracks.selected,
                      " after each layer; chart: its score, its overlap with "
                      "the final box and its best class after each layer. ");
    } else {
      text +=
          text_of("Bottom: reference ", tracks.components == 4 ? "boxes" : "points", " of query ",
                  tracks.selected, " at the input of each layer and the box after dec.", last,
                  "; chart: its score and its overlap with the final box after each layer. ");
    }
  } else {
    text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  }
  if (kind == TrackView::kReferences) text += text_of(tracks.components, "-component references. ");
  return text + tracks_caption_end(tracks);
}

double draw_page(Canvas& canvas, const QueryTracks& tracks, TrackView kind) {
  const bool drift = kind == TrackView::kDrift;
  const double top =
      draw_title(canvas, drift ? "Query drift over the layers" : "Reference points over the layers",
                 tracks_subtitle(tracks));
  const QueryTrack* track = tracks.selected_track();
  const auto steps = track != nullptr ? steps_of(tracks, *track, kind) : std::vector<TrackStep>{};
  const BoxXyxy crop = track != nullptr ? steps_crop(steps, *tracks.photo.image) : BoxXyxy{};
  const PhotoView view =
      whole_photo(*tracks.photo.image, kMargin, top, canvas.width() - 2 * kMargin);
  draw_overview(canvas, tracks, view, track != nullptr ? &crop : nullptr, kind);
  double y = draw_class_legend(canvas, {kMargin, view.rect.bottom() + 2},
                               canvas.width() - 2 * kMargin, tracks);
  if (track != nullptr) {
    y = draw_detail(canvas, tracks, *track, steps, crop, y + 2, kind) + 1;
  } else if (drift) {
    y = draw_step_legend(canvas, {kMargin, y + 3}, 112, step_names(tracks, kind),
                         "centre after layer dec.j");
  }
  return draw_caption(canvas, y + 5, caption_of(tracks, kind));
}

FigurePage tracks_page(QueryTracks tracks, TrackView kind) {
  tracks.check();
  const double dpi = page_dpi(tracks.photo.image->width, kColumnWidth - 2 * kMargin);
  return {kColumnWidth, dpi, [tracks = std::move(tracks), kind](Canvas& canvas) {
            return draw_page(canvas, tracks, kind);
          }};
}

}  // namespace

FigurePage references_page(QueryTracks tracks) {
  return tracks_page(std::move(tracks), TrackView::kReferences);
}

FigurePage query_drift_page(QueryTracks tracks) {
  return tracks_page(std::move(tracks), TrackView::kDrift);
}

void draw_references_figure(const QueryTracks& tracks, const std::filesystem::path& out,
                            const FigureRecord& record) {
  write_page(out, references_page(tracks), record);
}

void draw_query_drift_figure(const QueryTracks& tracks, const std::filesystem::path& out,
                             const FigureRecord& record) {
  write_page(out, query_drift_page(tracks), record);
}

}  // namespace saccade
