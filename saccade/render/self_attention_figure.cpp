// Decoder self-attention of one query.
#include "saccade/render/self_attention_figure.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/legends.h"
#include "saccade/render/label_placement.h"
#include "saccade/render/marks.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr std::size_t kListed = 8;
constexpr double kRankSize = 5.2, kRankHeight = 6.6;

// The others by falling weight; the query itself is not among them.
std::vector<const ReadQuery*> others_of(const SelfAttentionFigure& figure) {
  std::vector<const ReadQuery*> others;
  for (const ReadQuery& read : figure.read)
    if (read.query != figure.query.query) others.push_back(&read);
  std::stable_sort(others.begin(), others.end(),
                   [](const ReadQuery* a, const ReadQuery* b) { return a->weight > b->weight; });
  return others;
}

double own_weight(const SelfAttentionFigure& figure) {
  double sum = 0;
  for (const ReadQuery& read : figure.read)
    if (read.query == figure.query.query) sum += read.weight;
  return sum;
}

WeightRange range_of_read(const std::vector<const ReadQuery*>& others) {
  const double max = others.empty() ? 0 : others.front()->weight;
  return {WeightScale::kLinear, max > 0 ? max : 1, false};
}

void draw_ranks(Canvas& canvas, const PhotoView& view, const std::vector<const ReadQuery*>& listed,
                const WeightRange& range) {
  std::vector<LabelRequest> requests;
  for (std::size_t i = 0; i < listed.size(); ++i)
    requests.push_back(
        {view.to_page(listed[i]->box), text_width(text_of(i + 1), kRankSize) + 2.4, kRankHeight});
  const auto places = place_labels(requests, view.rect);
  for (std::size_t i = 0; i < listed.size(); ++i) {
    if (!places[i]) continue;
    const Color bar = range.color(listed[i]->weight);
    canvas.fill(*places[i], bar);
    canvas.stroke(*places[i], {kCasing, 0.3});
    canvas.text({places[i]->x + 1.2, places[i]->bottom() - 1.45}, text_of(i + 1),
                {kRankSize, false, text_color_on(bar)});
  }
}

void draw_picture(Canvas& canvas, const SelfAttentionFigure& figure, const PhotoView& view,
                  const std::vector<const ReadQuery*>& others, const WeightRange& range) {
  const Image& photo = *figure.photo.image;
  const std::size_t listed = std::min(kListed, others.size());
  draw_photo(canvas, view, photo, under_marks(photo, kPhotoUnderReferences));
  canvas.clipped(view.rect, [&] {
    for (std::size_t i = others.size(); i-- > listed;)
      draw_mark(canvas, {view.to_page(others[i]->box).centre(),
                         0.4 + 1.6 * std::sqrt(range.place(others[i]->weight)), MarkShape::kCircle,
                         false, range.color(others[i]->weight), 0.9});
    for (std::size_t i = listed; i-- > 0;) {
      const double line = 0.5 + 0.9 * range.place(others[i]->weight);
      draw_class_box(canvas, view.to_page(others[i]->box), range.color(others[i]->weight),
                     {line, 0.5, 0.95});
    }
    draw_selected_box(canvas, view.to_page(figure.query.box));
  });
  draw_ranks(canvas, view, {others.begin(), others.begin() + static_cast<std::ptrdiff_t>(listed)},
             range);
  draw_panel_border(canvas, view.rect);
}

// One row per listed query: rank, bar of its weight, weight, class, score, query.
double draw_list(Canvas& canvas, const std::vector<const ReadQuery*>& others,
                 const WeightRange& range, double y) {
  const double right = canvas.width() - kMargin;
  const TextStyle grey{kLegendSize, false, kInk2},
      grey_right{kLegendSize, false, kInk2, TextAlign::kRight},
      ink_right{kLegendSize, false, kInk, TextAlign::kRight};
  canvas.text({kMargin + 12, y + 6}, "read with weight", grey);
  canvas.text({kMargin + 98, y + 6}, "class", grey);
  canvas.text({right - 38, y + 6}, "score", grey_right);
  canvas.text({right, y + 6}, "query", grey_right);
  y += 8.4;
  for (std::size_t i = 0; i < std::min(kListed, others.size()); ++i) {
    const ReadQuery& read = *others[i];
    canvas.text({kMargin + 8, y + 6.4}, text_of(i + 1), grey_right);
    const PageRect track{kMargin + 12, y + 1.9, 54, 4.8};
    canvas.fill(track, kTrack);
    canvas.fill(PageRect{track.x, track.y, track.width * range.place(read.weight), track.height},
                range.color(read.weight));
    canvas.text({kMargin + 91, y + 6.4}, number_text(read.weight, 3), ink_right);
    canvas.text({kMargin + 98, y + 6.4},
                shorten_text(read.class_name, right - 58 - kMargin - 98, kLegendSize),
                {kLegendSize});
    canvas.text({right - 38, y + 6.4}, number_text(read.score, 2), ink_right);
    canvas.text({right, y + 6.4}, text_of(read.query), grey_right);
    y += kLegendRow;
  }
  return y;
}

std::string caption_of(const SelfAttentionFigure& figure,
                       const std::vector<const ReadQuery*>& others) {
  double listed = 0;
  const std::size_t count = std::min(kListed, others.size());
  for (std::size_t i = 0; i < count; ++i) listed += others[i]->weight;
  std::string text = text_of(
      "Self-attention of ", query_words(figure.query), ", layer dec.", figure.layer, ", ",
      mean_words(figure.heads), ": weights over all ", figure.read.size(),
      " queries sum to 1 (uniform 1/", figure.read.size(), " = ",
      number_text(1.0 / static_cast<double>(std::max<std::size_t>(1, figure.read.size())), 3),
      "). It reads itself with ", number_text(own_weight(figure), 3), "; the ", count,
      " others it reads most carry ", percent_text(listed), ". Numbered boxes: those, after dec.",
      figure.layer,
      "; colour and line width = weight. Dots: centres of the others. White: the query itself. ");
  return text + attention_caption_end(figure.photo, figure.query.note);
}

double draw_page(Canvas& canvas, const SelfAttentionFigure& figure, const WeightRange& range) {
  const auto others = others_of(figure);
  const double top = draw_title(
      canvas, query_title(figure.query),
      text_of("dec.", figure.layer, " self-attention \u00B7 ", mean_title(figure.heads)));
  const double width = canvas.width() - 2 * kMargin;
  const PhotoView view = whole_photo(*figure.photo.image, kMargin, top, width);
  draw_picture(canvas, figure, view, others, range);
  double y = draw_list(canvas, others, range, view.rect.bottom() + 3);
  draw_plain_bar(canvas, {kMargin, y + 4}, width, "attention weight of a query", Colormap::kCividis,
                 range.max, range.max < 0.1 ? 3 : 2);
  return draw_caption(canvas, y + 20, caption_of(figure, others));
}

}  // namespace

std::vector<FigurePage> self_attention_pages(std::vector<SelfAttentionFigure> figures) {
  WeightRange range{.max = 0};
  for (const SelfAttentionFigure& figure : figures) {
    if (figure.read.empty() || figure.heads.empty())
      throw Error("a figure of self-attention needs at least one query that is read and one head");
    const WeightRange own = range_of_read(others_of(figure));
    if (own.max > range.max) range = own;
  }
  std::vector<FigurePage> pages;
  for (SelfAttentionFigure& figure : figures) {
    const double dpi = page_dpi(figure.photo.image->width, kColumnWidth - 2 * kMargin);
    pages.push_back({kColumnWidth, dpi, [figure = std::move(figure), range](Canvas& canvas) {
                       return draw_page(canvas, figure, range);
                     }});
  }
  return pages;
}

void draw_self_attention_figure(const SelfAttentionFigure& figure, const std::filesystem::path& out,
                                const FigureRecord& record) {
  write_page(out, self_attention_pages({figure}).front(), record);
}

}  // namespace saccade
