// Images of a data set with their boxes on a sheet.
#include "saccade/render/contact_sheet_figure.h"

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/data/size_group.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/page_layout.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr double kGap = 4, kWordsSize = 5.6, kPhotoSaturation = 0.8;

constexpr int kLabelledColumns = 3;  // up to here panels are large enough for every box's name

TruthStyle sheet_style(const ContactSheetFigure& figure) {
  TruthStyle style;
  style.labels = figure.labels;
  style.every_class = figure.columns <= kLabelledColumns;
  if (style.every_class) style.label_size = 5.6, style.label_height = 7.4;
  return style;
}

// The count under a picture: short, so that the name keeps its room.
std::string count_words(const TruthPicture& picture) {
  if (!picture.is_readable()) return "not read";
  const std::size_t crowd = picture.crowd();
  const std::string boxes = box_count_text(picture.boxes(), 0);
  return crowd == 0 ? boxes : text_of(boxes, " + ", crowd, " crowd");
}

void draw_words(Canvas& canvas, const TruthPicture& picture, const SheetCell& cell,
                bool two_lines) {
  const double baseline = cell.words_top + 6.2;
  const std::string count = count_words(picture);
  const double count_width = text_width(count, kWordsSize);
  const double room = two_lines ? cell.cell.width : cell.cell.width - count_width - 4;
  canvas.text({cell.cell.x, baseline}, shorten_path(picture.file, room, kWordsSize),
              {kWordsSize, false, kInk2});
  const TextStyle right{kWordsSize, false, kInk2, TextAlign::kRight};
  if (two_lines) {
    canvas.text({cell.cell.x, baseline + 6.8}, shorten_text(count, cell.cell.width, kWordsSize),
                {kWordsSize, false, kInk2});
  } else {
    canvas.text({cell.cell.right(), baseline}, count, right);
  }
}

std::vector<ImageSize> sizes_of(const std::vector<TruthPicture>& pictures) {
  std::vector<ImageSize> sizes;
  for (const TruthPicture& p : pictures)
    sizes.push_back({std::max(1, p.width), std::max(1, p.height)});
  return sizes;
}

std::string page_note(const ContactSheetFigure& figure) {
  if (figure.sheets <= 1) return figure.subtitle;
  return text_of(figure.subtitle, " · sheet ", figure.sheet, " of ", figure.sheets);
}

double draw_sheet(Canvas& canvas, const ContactSheetFigure& figure) {
  const double width = canvas.width() - 2 * kMargin;
  const double top = draw_title(canvas, figure.title, page_note(figure));
  const SheetLayout layout =
      sheet_layout(sizes_of(figure.pictures), figure.columns, {kMargin, top}, width, kGap);
  for (std::size_t i = 0; i < figure.pictures.size(); ++i) {
    const SheetCell& cell = layout.cells[i];
    const TruthPicture& picture = figure.pictures[i];
    draw_truth_picture(canvas, picture, picture.is_readable() ? cell.picture : cell.cell,
                       figure.classes, sheet_style(figure), kPhotoSaturation);
    draw_words(canvas, picture, cell, layout.two_lines);
  }
  const double legend = draw_class_legend(canvas, layout.bottom + 3, width, figure.classes, 3);
  return draw_caption(canvas, legend + 4, truth_caption(figure));
}

// What the caption counts.
struct Counts {
  std::size_t boxes = 0, small = 0, narrow = 0, crowd = 0, unread = 0;
};

Counts counts_of(const ContactSheetFigure& figure) {
  Counts counts;
  for (const TruthPicture& picture : figure.pictures) {
    counts.unread += picture.is_readable() ? 0 : 1;
    counts.boxes += picture.boxes();
    counts.crowd += picture.crowd();
    for (const TruthObject& object : picture.objects) {
      if (object.is_crowd) continue;
      counts.small += size_group(object.area) == SizeGroup::kSmall ? 1 : 0;
      counts.narrow += object.is_narrow() ? 1 : 0;
    }
  }
  return counts;
}

// "640 x 380 px", or the range of sides where they differ.
std::string sizes_text(const ContactSheetFigure& figure) {
  std::vector<ImageSize> sizes = sizes_of(figure.pictures);
  const auto [narrow, wide] = std::minmax_element(
      sizes.begin(), sizes.end(), [](auto& a, auto& b) { return a.width < b.width; });
  const auto [low, high] = std::minmax_element(
      sizes.begin(), sizes.end(), [](auto& a, auto& b) { return a.height < b.height; });
  const auto range = [](int a, int b) { return a == b ? text_of(a) : text_of(a, "-", b); };
  return text_of(range(narrow->width, wide->width), " x ", range(low->height, high->height), " px");
}

std::string grey_sentence(const ContactSheetFigure& figure, bool is_listed) {
  const std::size_t grey = grey_classes(figure.classes);
  if (grey == 0) return "";
  return text_of(" The ", kClassColors, " most frequent classes have a colour each, the other ",
                 grey,
                 is_listed || figure.labels == BoxLabels::kOff
                     ? " share grey."
                     : " share grey and are named at their boxes where there is room.");
}

void check_figure(const ContactSheetFigure& figure) {
  if (figure.columns < 1 || figure.columns > 8)
    throw UsageError(text_of("a sheet has 1 to 8 columns, not ", figure.columns));
  if (figure.pictures.empty()) throw Error("a sheet of images needs at least one image");
}

}  // namespace

std::string truth_caption(const ContactSheetFigure& figure, bool is_listed) {
  const Counts n = counts_of(figure);
  std::string text =
      text_of(figure.selection, ", ", sizes_text(figure),
              ", with ground truth: ", n.boxes == 0 ? "no box" : box_count_text(n.boxes, 0));
  if (n.boxes > 1)
    text += text_of(", ", n.small == 0 ? "none" : text_of(n.small),
                    " of them small (area under 32 x 32 px)");
  if (n.crowd > 0) text += text_of(", and ", count_text(n.crowd, "crowd region"), " (hatched)");
  text += ".";
  if (n.narrow > 0)
    text += text_of(n.narrow == 1 ? " The box with a side under 8 px gets"
                                  : text_of(" The ", n.narrow, " boxes with a side under 8 px get"),
                    " a dot above ", n.narrow == 1 ? "it." : "them.");
  text += grey_sentence(figure, is_listed);
  if (n.unread > 0) text += text_of(" ", count_text(n.unread, "image"), " could not be read.");
  return text + " No augmentation.";
}

void draw_contact_sheet(const ContactSheetFigure& figure, const std::filesystem::path& out,
                        const FigureRecord& record) {
  check_figure(figure);
  const double panel = (kDoubleWidth - 2 * kMargin) / figure.columns;
  double widest = 0;
  for (const TruthPicture& picture : figure.pictures)
    widest = std::max(widest, double(picture.pixels.width));
  // More than 300 dpi only where a few large panels gain by it: sheets of thumbnails grow too large.
  const double dpi = figure.columns <= 2 ? page_dpi(widest, panel) : kPageDpi;
  write_page(out, kDoubleWidth, dpi, record,
             [&](Canvas& canvas) { return draw_sheet(canvas, figure); });
}

}  // namespace saccade
