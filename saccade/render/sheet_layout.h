// Places of many pictures of any shape on one page: rows as wide as the page, pictures of one height.
#pragma once

#include <cstddef>
#include <vector>

#include "saccade/image/resize.h"
#include "saccade/render/page_geometry.h"

namespace saccade {

// A place for one picture and the words under it.
struct SheetCell {
  PageRect picture;  // with the picture's own shape
  PageRect
      cell;  // its share of the row: as wide as the words may be; as high as the row's pictures
  double words_top = 0;  // where the words under the row begin
};

struct SheetLayout {
  std::vector<SheetCell> cells;
  double bottom = 0;       // of the last row's words
  bool two_lines = false;  // some cell is so narrow that name and count stand one below the other
};

// `columns` pictures a row from (x, y) on, `gap` apart. Within a row cells are as wide as their
// pictures are in proportion, within limits, so that portraits and panoramas leave no holes; pictures
// beyond the limits stand at the bottom of their cell, above its words. An incomplete last row keeps the height of a full one.
// Sizes are at least 1 x 1.
SheetLayout sheet_layout(const std::vector<ImageSize>& sizes, int columns, PagePoint at,
                         double width, double gap);

// How many pictures share a page with this many columns, 1 to 8: what fits a page of a paper.
std::size_t pictures_per_sheet(int columns);

}  // namespace saccade
