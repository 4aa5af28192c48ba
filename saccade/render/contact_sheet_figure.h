// Images of a data set with their boxes: many on a sheet.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/render/figure_file.h"
#include "saccade/render/sheet_layout.h"
#include "saccade/render/truth_marks.h"

namespace saccade {

struct ContactSheetFigure {
  std::string title, subtitle = "ground truth";
  std::vector<TruthPicture> pictures;  // of this sheet: at most pictures_per_sheet(columns)
  std::vector<ClassStyle> classes;     // all classes of the set; counts are of this sheet
  int columns = 4;                     // 1 to 8
  BoxLabels labels = BoxLabels::kAuto;
  std::string
      selection;  // how the images were chosen, the caption's first sentence without its end
  int sheet = 1, sheets = 1;
};

// A double-column page. Throws UsageError (suffix, columns), Error (no picture, unwritable file).
void draw_contact_sheet(const ContactSheetFigure& figure, const std::filesystem::path& out,
                        const FigureRecord& record);

// Its caption, and that of one image alone, whose objects are listed: selection, sizes, counts, what
// small boxes, grey boxes and hatching mean.
std::string truth_caption(const ContactSheetFigure& figure, bool is_listed = false);

}  // namespace saccade
