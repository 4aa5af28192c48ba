// One image of a data set on a page: numbered boxes and their list.
#include "saccade/render/truth_page_figure.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/data/size_group.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/page_layout.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr double kGroupWidth = 26;  // room of "medium" and a gap to the next column

TruthStyle page_style(const ContactSheetFigure& figure) {
  TruthStyle style;
  style.lines = {0.9, 0.55, 0};
  style.label_size = 6, style.label_height = 8;
  style.labels = figure.labels;
  style.numbered = true;
  return style;
}

std::string size_text(const BoxXyxy& box) {
  return text_of(std::lround(box.width()), " x ", std::lround(box.height()));
}

// [] 1 person    82 x 87  medium
void draw_row(Canvas& canvas, const ContactSheetFigure& figure, const TruthObject& object,
              std::size_t number, PagePoint at, double width) {
  const ClassStyle& style = figure.classes[object.label];
  const std::string group = object.is_crowd ? "crowd" : size_group_name(size_group(object.area));
  const double group_x = at.x + width - kGroupWidth, size_x = group_x - 3.5;
  const double size_width = text_width(size_text(object.box), kLegendSize);
  draw_class_swatch(canvas, at, style.color);
  canvas.text({at.x + 15, at.y}, text_of(number), {kLegendSize, false, kInk2, TextAlign::kRight});
  canvas.text({at.x + 18, at.y},
              shorten_text(style.name, size_x - size_width - 3 - at.x - 18, kLegendSize),
              {kLegendSize});
  canvas.text({size_x, at.y}, size_text(object.box), {kLegendSize, false, kInk, TextAlign::kRight});
  canvas.text({group_x, at.y}, group, {kTickSize, false, kInk2});
}

// The list from y downwards; returns where it ends.
double draw_list(Canvas& canvas, const ContactSheetFigure& figure, double y) {
  const TruthPicture& picture = figure.pictures[0];
  const std::vector<std::size_t> order = objects_by_area(picture);
  if (order.empty()) {
    canvas.text({kMargin, y + kListRow - 1.4}, "no annotated object in this image", {kLegendSize});
    return y + kListRow;
  }
  return draw_two_columns(canvas, y, order.size(), "smaller ones (see --json)",
                          [&](std::size_t i, PagePoint at, double width) {
                            draw_row(canvas, figure, picture.objects[order[i]], i + 1, at, width);
                          });
}

// What the list and the numbers at the boxes mean.
std::string list_sentences(const ContactSheetFigure& figure) {
  const TruthPicture& picture = figure.pictures[0];
  if (picture.objects.empty()) return "";
  std::string text = " List: largest first, width x height in px, group of COCO's areas.";
  const double limit = kNumberOnlyShare * std::max(picture.width, picture.height);
  const bool any_tiny =
      std::any_of(picture.objects.begin(), picture.objects.end(),
                  [&](const auto& o) { return std::max(o.box.width(), o.box.height()) < limit; });
  if (any_tiny && figure.labels != BoxLabels::kOff)
    text += text_of(" Boxes with a longer side under ", std::lround(limit),
                    " px: the number alone, where there is room.");
  return text;
}

double draw_page(Canvas& canvas, const ContactSheetFigure& figure) {
  const TruthPicture& picture = figure.pictures[0];
  const double column = canvas.width() - 2 * kMargin;
  const double top = draw_title(canvas, figure.title, figure.subtitle);
  const double w = std::max(1, picture.width), h = std::max(1, picture.height);
  const double height = std::min(column * h / w, column * kMaxPortrait), used = height * w / h;
  const PageRect rect{kMargin + (column - used) / 2, top, used, height};
  draw_truth_picture(canvas, picture, rect, figure.classes, page_style(figure), 1);
  const double y = draw_list(canvas, figure, rect.bottom() + kPanelGap);
  return draw_caption(canvas, y + 5, truth_caption(figure, true) + list_sentences(figure));
}

}  // namespace

void draw_truth_page(const ContactSheetFigure& figure, const std::filesystem::path& out,
                     const FigureRecord& record) {
  if (figure.pictures.empty()) throw Error("a page of an image needs one image");
  const double panel = kColumnWidth - 2 * kMargin;
  write_page(out, kColumnWidth, page_dpi(figure.pictures[0].pixels.width, panel), record,
             [&](Canvas& canvas) { return draw_page(canvas, figure); });
}

}  // namespace saccade
