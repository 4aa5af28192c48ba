// Queries over the decoder's layers, and the parts that their figures share.
#include "saccade/render/query_tracks.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "saccade/core/error.h"
#include "saccade/render/figure_subject.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/marks.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr Color kScoreColor = Color::hex(0x0072B2), kOverlapColor = Color::hex(0xD55E00);

struct Series {
  std::vector<double> values;
  Color color;
  MarkShape shape;
};

// Axis of layers and values 0 to 1.
struct Axes {
  PageRect plot;
  int layers = 1;
  PagePoint at(int layer, double value) const {
    const double step = layers > 1 ? plot.width / (layers - 1) : 0;
    return {plot.x + layer * step, plot.bottom() - std::clamp(value, 0.0, 1.0) * plot.height};
  }
};

void draw_axes(Canvas& canvas, const Axes& axes) {
  for (const double value : {0.0, 0.5, 1.0}) {
    const double y = axes.at(0, value).y;
    canvas.line({axes.plot.x - 6, y}, {axes.plot.right() + 6, y}, {kHair, 0.3});
    canvas.text({axes.plot.x - 8.5, y + 2}, number_text(value, value == 0.5 ? 1 : 0),
                {kTickSize, false, kInk2, TextAlign::kRight});
  }
  const int every = (axes.layers + 7) / 8;
  for (int layer = 0; layer < axes.layers; layer += every)
    canvas.text({axes.at(layer, 0).x, axes.plot.bottom() + 7}, text_of(layer),
                {kTickSize, false, kInk2, TextAlign::kCentre});
}

void draw_series(Canvas& canvas, const Axes& axes, const Series& series) {
  std::vector<PagePoint> points;
  for (int layer = 0; layer < axes.layers; ++layer)
    points.push_back(axes.at(layer, series.values[static_cast<std::size_t>(layer)]));
  canvas.lines(points, {series.color, 1, {}, true});
  for (const PagePoint& p : points) {
    const Shape mark = mark_shape(series.shape, p, 1.5);
    canvas.stroke(mark, {kCasing, 0.6});
    canvas.fill(mark, series.color);
  }
}

double draw_key(Canvas& canvas, PagePoint at, MarkShape shape, Color color,
                std::string_view words) {
  const Shape mark = mark_shape(shape, {at.x + 3, at.y}, 1.7);
  canvas.stroke(mark, {kCasing, 0.6});
  canvas.fill(mark, color);
  return at.x + 7 + canvas.text({at.x + 7, at.y + 2.1}, words, {kLegendSize}) + 7;
}

// Squares in the classes' colours under each layer; the names below in order of appearance.
double draw_class_row(Canvas& canvas, const Axes& axes, const QueryTrack& track, double y,
                      double right) {
  std::vector<std::pair<int, std::string>> seen;
  for (int layer = 0; layer < axes.layers; ++layer) {
    const TrackOutput& output = track.outputs[static_cast<std::size_t>(layer)];
    const double x = axes.at(layer, 0).x;
    const PageRect square{x - 2.2, y, 4.4, 4.4};
    canvas.fill(square, class_color(output.label));
    canvas.stroke(square, {kCasing, 0.3});
    const bool known = std::any_of(seen.begin(), seen.end(),
                                   [&](const auto& s) { return s.first == output.label; });
    if (!known) seen.emplace_back(output.label, output.class_name);
  }
  canvas.text({axes.plot.x - 8.5, y + 4.2}, "class", {kTickSize, false, kInk2, TextAlign::kRight});
  double x = axes.plot.x - 6;
  y += 11.5;
  for (const auto& [label, name] : seen) {
    const double wide = 7 + text_width(name, kTickSize) + 6;
    if (x + wide - 6 > right && x > axes.plot.x - 6) x = axes.plot.x - 6, y += 7.4;
    const PageRect square{x, y - 4, 4.2, 4.2};
    canvas.fill(square, class_color(label));
    canvas.stroke(square, {kCasing, 0.3});
    canvas.text({x + 6.4, y}, shorten_text(name, right - x - 6.4, kTickSize), {kTickSize});
    x += wide;
  }
  return y + 2;
}

}  // namespace

void QueryTracks::check() const {
  if (queries.empty()) throw Error("a figure of queries over the layers needs at least one query");
  const std::size_t length = queries.front().outputs.size();
  for (const QueryTrack& track : queries) {
    const std::size_t expected = components > 0 ? length : 0;
    if (track.outputs.size() != length || track.references.size() != expected || length == 0)
      throw Error(text_of("query ", track.query, " has ", track.references.size(),
                          " references and ", track.outputs.size(), " outputs, expected ", expected,
                          " and ", length, ", at least 1 output"));
  }
  if (selected >= 0 && selected_track() == nullptr)
    throw Error(text_of("query ", selected, " is not among the ", queries.size(),
                        " queries of the figure"));
}

const QueryTrack* QueryTracks::selected_track() const {
  const auto at = std::find_if(queries.begin(), queries.end(),
                               [&](const QueryTrack& t) { return t.query == selected; });
  return at == queries.end() ? nullptr : &*at;
}

BoxXyxy box_of(const TrackReference& r) {
  return {r.x - r.width / 2, r.y - r.height / 2, r.x + r.width / 2, r.y + r.height / 2};
}

TrackPlace centre_of(const BoxXyxy& box) { return {(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2}; }

TrackPlace start_of(const QueryTrack& track) {
  if (track.references.empty()) return centre_of(track.outputs.front().box);
  return {track.references.front().x, track.references.front().y};
}

double shift_px(const QueryTrack& track) {
  const TrackPlace end = centre_of(track.last().box);
  const TrackPlace start = start_of(track);
  return std::hypot(end.x - start.x, end.y - start.y);
}

std::string tracks_subtitle(const QueryTracks& tracks) {
  return text_of(tracks.queries.size(), " queries \u00B7 dec.0-dec.", tracks.layers() - 1);
}

std::string tracks_caption_end(const QueryTracks& tracks) {
  return tracks.note + (tracks.note.empty() ? "" : " ") + caption_end(tracks.photo);
}

ShiftSummary shift_summary(const QueryTracks& tracks) {
  std::vector<double> shifts;
  for (const QueryTrack& track : tracks.queries)
    if (tracks.is_shown(track)) shifts.push_back(shift_px(track));
  if (shifts.empty()) return {};
  std::sort(shifts.begin(), shifts.end());
  const std::size_t n = shifts.size();
  return {(shifts[(n - 1) / 2] + shifts[n / 2]) / 2, shifts.back()};
}

std::vector<const QueryTrack*> shown_queries(const QueryTracks& tracks) {
  std::vector<const QueryTrack*> shown;
  for (const QueryTrack& track : tracks.queries)
    if (tracks.is_shown(track)) shown.push_back(&track);
  std::stable_sort(shown.begin(), shown.end(), [](const QueryTrack* a, const QueryTrack* b) {
    return a->last().score < b->last().score;
  });
  return shown;
}

double query_radius(double score) { return 3 * std::sqrt(std::max(score, 0.0)); }

void draw_faint_queries(Canvas& canvas, const PhotoView& view, const QueryTracks& tracks,
                        int layer) {
  for (const QueryTrack& track : tracks.queries) {
    const TrackOutput& output = track.outputs[static_cast<std::size_t>(layer)];
    if (output.score >= tracks.threshold) continue;
    const TrackPlace c = centre_of(output.box);
    draw_mark(canvas, {view.to_page(c.x, c.y), 0.6, MarkShape::kCircle, false, kGreyMark, 0.8});
  }
}

double draw_class_legend(Canvas& canvas, PagePoint at, double width, const QueryTracks& tracks,
                         bool every_layer) {
  std::map<int, std::pair<std::string, std::size_t>> classes;
  for (const QueryTrack& track : tracks.queries) {
    for (const TrackOutput& output : track.outputs) {
      if (every_layer && output.score >= tracks.threshold) {
        classes[output.label].first = output.class_name;
      }
    }
  }
  for (const QueryTrack* track : shown_queries(tracks)) {
    auto& entry = classes[track->last().label];
    entry.first = track->last().class_name;
    ++entry.second;
  }
  double x = at.x, y = at.y;
  for (const auto& [label, entry] : classes) {
    const std::string words =
        shorten_text(text_of(entry.first, " (", entry.second, ")"), width - 10, kLegendSize);
    const double wide = 8 + text_width(words, kLegendSize);
    if (x > at.x && x + wide > at.x + width) x = at.x, y += 8.8;
    const Shape mark = mark_shape(MarkShape::kCircle, {x + 3, y + 4.2}, 2.2);
    canvas.stroke(mark, {kCasing, 0.6});
    canvas.fill(mark, class_color(label));
    canvas.text({x + 8, y + 6.4}, words, {kLegendSize});
    x += wide + 8;
  }
  return y + 8.8;
}

Color step_color(int index, int count) {
  const double t = count > 1 ? static_cast<double>(index) / (count - 1) : 1;
  return colormap_color(Colormap::kCividis, 0.15 + 0.85 * t);
}

void draw_track_steps(Canvas& canvas, const PhotoView& view, const Image& photo,
                      const std::vector<TrackStep>& steps) {
  const auto count = static_cast<int>(steps.size());
  draw_photo(canvas, view, photo, under_marks(photo, kPhotoUnderReferences));
  canvas.clipped(view.rect, [&] {
    for (int i = 0; i < count; ++i) {
      const auto& box = steps[static_cast<std::size_t>(i)].box;
      const double line = i + 1 == count ? 1.3 : 0.8;
      if (box) draw_class_box(canvas, view.to_page(*box), step_color(i, count), {line, 0.4, 0.8});
    }
    for (int i = 0; i < count; ++i) {
      const TrackPlace& c = steps[static_cast<std::size_t>(i)].centre;
      draw_query_dot(canvas, view.to_page(c.x, c.y), i + 1 == count ? 2.1 : 1.6,
                     step_color(i, count));
    }
  });
  draw_scale_bar(canvas, view);
  draw_panel_border(canvas, view.rect);
}

BoxXyxy steps_crop(const std::vector<TrackStep>& steps, const Image& photo) {
  const double w = photo.width, h = photo.height;
  BoxXyxy held{w, h, 0, 0};
  const auto hold = [&](double x, double y) {
    x = std::clamp(x, 0.0, w), y = std::clamp(y, 0.0, h);
    held = {std::min(held.x0, x), std::min(held.y0, y), std::max(held.x1, x), std::max(held.y1, y)};
  };
  for (const TrackStep& step : steps) {
    hold(step.centre.x, step.centre.y);
    if (!step.box) continue;
    hold(step.box->x0, step.box->y0);
    hold(step.box->x1, step.box->y1);
  }
  return square_holding(held, w, h);
}

double draw_step_legend(Canvas& canvas, PagePoint at, double width,
                        const std::vector<std::string>& names, std::string_view words) {
  const auto count = static_cast<int>(names.size());
  const double step = width / count, gap = count > 12 ? 0.3 : 1;
  const int every = (count + 7) / 8;
  for (int i = 0; i < count; ++i) {
    const PageRect swatch{at.x + i * step, at.y, step - gap, 4.8};
    canvas.fill(swatch, step_color(i, count));
    // The last name is always there; the one before it only where both fit.
    const bool last = i + 1 == count;
    if (last || (i % every == 0 && (every == 1 || i + every < count)))
      canvas.text({swatch.centre().x, at.y + 11.3}, names[static_cast<std::size_t>(i)],
                  {kTickSize, false, kInk2, TextAlign::kCentre});
  }
  canvas.text({at.x, at.y + 18.6}, shorten_text(words, width, kTickSize),
              {kTickSize, false, kInk2});
  return at.y + 21;
}

double draw_track_chart(Canvas& canvas, const PageRect& rect, const QueryTrack& track,
                        bool with_classes) {
  const Axes axes{{rect.x + 20, rect.y + 3, rect.width - 28, rect.height - 3},
                  static_cast<int>(track.outputs.size())};
  Series score{{}, kScoreColor, MarkShape::kCircle}, overlap{{}, kOverlapColor, MarkShape::kSquare};
  for (const TrackOutput& output : track.outputs) {
    score.values.push_back(output.score);
    overlap.values.push_back(box_iou(output.box, track.last().box));
  }
  draw_axes(canvas, axes);
  draw_series(canvas, axes, overlap);
  draw_series(canvas, axes, score);
  double y = axes.plot.bottom() + 10;
  if (with_classes) y = draw_class_row(canvas, axes, track, y, rect.right());
  const double x = draw_key(canvas, {rect.x, y + 5}, MarkShape::kCircle, kScoreColor, "score");
  draw_key(canvas, {x, y + 5}, MarkShape::kSquare, kOverlapColor, "IoU with final box");
  return y + 9;
}

}  // namespace saccade
