// One image of a data set on a page: numbered boxes and their list.
#pragma once

#include "saccade/render/contact_sheet_figure.h"

namespace saccade {

// The figure's first picture on a column page: numbered boxes, and a list of them with class, size in
// pixels, group of COCO's areas and crowd. Throws as draw_contact_sheet.
void draw_truth_page(const ContactSheetFigure& figure, const std::filesystem::path& out,
                     const FigureRecord& record);

}  // namespace saccade
