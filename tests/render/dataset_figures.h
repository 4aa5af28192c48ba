// Made-up data sets for the gallery and the tests of their figures.
#pragma once

#include <string>
#include <vector>

#include "saccade/core/error.h"
#include "saccade/render/contact_sheet_figure.h"
#include "saccade/render/dataset_stats_figure.h"
#include "saccade/render/precision_recall_figure.h"
#include "tests/render/figure_gallery.h"

namespace saccade::gallery {

std::vector<ClassStyle> made_up_classes(int count);
// Boxes of 3 to 160 px, the same for the same seed.
TruthPicture made_up_picture(const Image& photo, const std::string& file, int boxes, int classes,
                             std::uint32_t seed);
// Photographs of several shapes with this many boxes each.
ContactSheetFigure made_up_sheet(const Photos& photos, int images, int boxes, int classes);
// Sets the classes' counts and colours from the pictures.
void count_classes(ContactSheetFigure& figure);

DatasetStats made_up_stats(int classes);
// With more than three classes the fourth has no true box.
PrecisionRecallFigure made_up_precision(int classes);

}  // namespace saccade::gallery
