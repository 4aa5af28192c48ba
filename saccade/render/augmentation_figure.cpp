// What the training pipeline makes of an image.
#include "saccade/render/augmentation_figure.h"

#include <algorithm>
#include <numeric>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/page_layout.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr double kOriginalShare = 0.27, kGap = 5, kRowGap = 7, kMaxDrawHeight = 130;
constexpr double kWordsSize = 5.6, kWordsLine = 6.8, kMinCell = 66;
constexpr std::size_t kDrawsPerLine = 4;
constexpr double kPhotoSaturation = 0.8;

ImageSize size_of(const TruthPicture& p) { return {std::max(1, p.width), std::max(1, p.height)}; }

// How many draws stand in one line: equal lines of at most four.
std::size_t per_line(std::size_t draws) {
  const std::size_t lines = (draws + kDrawsPerLine - 1) / kDrawsPerLine;
  return lines == 0 ? 1 : (draws + lines - 1) / lines;
}

double cell_width(const ImageSize& size, double scale) {
  return std::max(kMinCell, size.width * scale);
}

// Whether each line of draws, words included, fits the width.
bool lines_fit(const std::vector<ImageSize>& row, double scale, double width, double gap) {
  const std::size_t line = per_line(row.size());
  for (std::size_t begin = 0; begin < row.size(); begin += line) {
    double used = -gap;
    for (std::size_t i = begin; i < std::min(row.size(), begin + line); ++i)
      used += cell_width(row[i], scale) + gap;
    if (used > width) return false;
  }
  return true;
}

// Frames of the crops with their draws' numbers in a corner.
void draw_frames(Canvas& canvas, const AugmentedImage& image, const PageRect& rect) {
  const PhotoView view{{0, 0, double(image.original.width), double(image.original.height)}, rect};
  canvas.clipped(rect, [&] {
    for (const AugmentedPicture& draw : image.draws)
      if (draw.is_cropped) draw_crop_frame(canvas, view.to_page(draw.crop));
  });
  std::vector<PageRect> taken;
  for (std::size_t i = 0; i < image.draws.size(); ++i) {
    if (!image.draws[i].is_cropped) continue;
    const PageRect frame = view.to_page(image.draws[i].crop);
    PageRect plate{frame.x + 0.6, frame.y + 0.6, 5.4, 6.6};
    plate.x = std::clamp(plate.x, rect.x, rect.right() - plate.width);
    plate.y = std::clamp(plate.y, rect.y, rect.bottom() - plate.height);
    // Crops that share a corner get their numbers side by side.
    while (std::any_of(taken.begin(), taken.end(),
                       [&](const PageRect& t) { return t.overlaps(plate); }) &&
           plate.right() + plate.width < rect.right())
      plate.x += plate.width + 0.4;
    taken.push_back(plate);
    canvas.fill(plate, kCasing);
    canvas.text({plate.centre().x, plate.bottom() - 1.3}, text_of(i + 1),
                {5.4, true, kPaper, TextAlign::kCentre});
  }
}

// Sizes and places stay on one line: spaces around x and inside brackets do not break.
std::string unbroken(const std::string& words) {
  std::string out;
  int depth = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    depth += words[i] == '(' ? 1 : words[i] == ')' ? -1 : 0;
    const bool by_x =
        words.compare(i, 3, " x ") == 0 || (i >= 2 && words.compare(i - 2, 3, " x ") == 0);
    out +=
        words[i] == ' ' && (depth > 0 || by_x) ? std::string("\u00A0") : std::string(1, words[i]);
  }
  return out;
}

std::vector<std::string> words_under(const AugmentedPicture& draw, std::size_t number,
                                     double width) {
  std::string count = box_count_text(draw.picture.boxes(), draw.picture.crowd());
  count.replace(count.find(' '), 1, "\u00A0");
  return wrap_text(text_of(number, "\u00A0· ", unbroken(draw.words), "; ", count), width,
                   kWordsSize);
}

void draw_lines(Canvas& canvas, const std::vector<std::string>& lines, double x, double y) {
  for (const std::string& line : lines) {
    y += kWordsLine;
    canvas.text({x, y}, line, {kWordsSize, false, kInk2});
  }
}

TruthStyle style_of(const AugmentationFigure& figure) {
  TruthStyle style;
  style.labels = figure.labels;
  style.every_class = false;
  return style;
}

// Original and name at the left. Returns the lower end.
double draw_original(Canvas& canvas, const AugmentationFigure& figure, const AugmentedImage& image,
                     PagePoint at, double width) {
  const ImageSize size = size_of(image.original);
  const double height = std::min(width * size.height / size.width, kMaxDrawHeight);
  const double used = height * size.width / size.height;
  const PageRect rect{at.x + (width - used) / 2, at.y, used, height};
  draw_truth_boxes(canvas, image.original, rect, figure.classes, style_of(figure),
                   kPhotoSaturation);
  if (image.original.is_readable()) draw_frames(canvas, image, rect);
  draw_truth_labels(canvas, image.original, rect, figure.classes, style_of(figure));
  const std::string count = box_count_text(image.original.boxes(), image.original.crowd());
  const std::string words = text_of(size.width, " x ", size.height, "; ", count);
  canvas.text({at.x, rect.bottom() + kWordsLine},
              shorten_path(image.original.file, width, kWordsSize), {kWordsSize, false, kInk2});
  canvas.text({at.x, rect.bottom() + 2 * kWordsLine}, shorten_text(words, width, kWordsSize),
              {kWordsSize, false, kInk2});
  return rect.bottom() + 2 * kWordsLine;
}

// The draws of one image. Returns the lower end.
double draw_draws(Canvas& canvas, const AugmentationFigure& figure, const AugmentedImage& image,
                  PagePoint at, double width, double scale) {
  std::vector<ImageSize> sizes;
  std::vector<std::vector<std::string>> words;
  std::vector<double> heights;
  for (std::size_t i = 0; i < image.draws.size(); ++i) {
    sizes.push_back(size_of(image.draws[i].picture));
    words.push_back(words_under(image.draws[i], i + 1, cell_width(sizes.back(), scale)));
    heights.push_back(kWordsLine * static_cast<double>(words.back().size()));
  }
  const DrawPlaces places = place_draws(sizes, scale, width, kGap, heights);
  for (std::size_t i = 0; i < image.draws.size(); ++i) {
    PageRect rect = places.pictures[i];
    rect.x += at.x, rect.y += at.y;
    draw_truth_picture(canvas, image.draws[i].picture, rect, figure.classes, style_of(figure),
                       kPhotoSaturation);
    draw_lines(canvas, words[i], rect.x, rect.bottom());
  }
  return at.y + places.height;
}

std::string caption_of(const AugmentationFigure& figure) {
  std::string text = text_of(
      figure.selection,
      ". Left: the original with its boxes; dashed: what a draw was cut from, with "
      "its number. Right: the draws, all at one scale (the original has its own), with the boxes "
      "that training sees. Small boxes with a side under 8 px get a dot.");
  if (const std::size_t grey = grey_classes(figure.classes); grey > 0)
    text += text_of(" The ", kClassColors, " most frequent classes have a colour each, the other ",
                    grey, " share grey.");
  return text;
}

double draw_page(Canvas& canvas, const AugmentationFigure& figure) {
  const double width = canvas.width() - 2 * kMargin;
  const double left = kOriginalShare * width, right = width - left - kLegendGap;
  const std::string sheets =
      figure.sheets > 1 ? text_of(" · sheet ", figure.sheet, " of ", figure.sheets) : "";
  double y = draw_title(canvas, figure.title, figure.subtitle + sheets);
  std::vector<std::vector<ImageSize>> rows;
  for (const AugmentedImage& image : figure.images) {
    rows.emplace_back();
    for (const AugmentedPicture& draw : image.draws) rows.back().push_back(size_of(draw.picture));
  }
  const double scale = draw_scale(rows, right, kGap, kMaxDrawHeight);
  for (const AugmentedImage& image : figure.images) {
    const double a = draw_original(canvas, figure, image, {kMargin, y}, left);
    const double b =
        draw_draws(canvas, figure, image, {kMargin + left + kLegendGap, y}, right, scale);
    y = std::max(a, b) + kRowGap;
  }
  y = draw_class_legend(canvas, y - 2, width, figure.classes, 3);
  return draw_caption(canvas, y + 4, caption_of(figure));
}

}  // namespace

double draw_scale(const std::vector<std::vector<ImageSize>>& rows, double width, double gap,
                  double max_height) {
  double low = 0, high = 1;
  for (const std::vector<ImageSize>& row : rows)
    for (const ImageSize& size : row) high = std::min(high, max_height / size.height);
  if (std::all_of(rows.begin(), rows.end(),
                  [&](const auto& row) { return lines_fit(row, high, width, gap); }))
    return high;
  for (int step = 0; step < 40; ++step) {
    const double middle = (low + high) / 2;
    const bool fit = std::all_of(rows.begin(), rows.end(), [&](const auto& row) {
      return lines_fit(row, middle, width, gap);
    });
    (fit ? low : high) = middle;
  }
  return low;
}

DrawPlaces place_draws(const std::vector<ImageSize>& sizes, double scale, double width, double gap,
                       const std::vector<double>& words_heights) {
  DrawPlaces places;
  double x = 0, y = 0, line_height = 0, words = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const double cell = cell_width(sizes[i], scale), height = sizes[i].height * scale;
    const bool full = i % per_line(sizes.size()) == 0 || x + cell > width + 1e-6;
    if (i > 0 && full) {
      y += line_height + words + gap;
      x = line_height = words = 0;
    }
    places.pictures.push_back({x, y, sizes[i].width * scale, height});
    places.cell_widths.push_back(cell);
    line_height = std::max(line_height, height);
    words = std::max(words, words_heights[i]);
    places.height = std::max(places.height, y + height + words_heights[i]);
    x += cell + gap;
  }
  return places;
}

void draw_augmentation_figure(const AugmentationFigure& figure, const std::filesystem::path& out,
                              const FigureRecord& record) {
  if (figure.images.empty()) throw Error("a figure of draws needs at least one image");
  write_page(out, kDoubleWidth, kPageDpi, record,
             [&](Canvas& canvas) { return draw_page(canvas, figure); });
}

}  // namespace saccade
