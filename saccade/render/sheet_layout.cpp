// Places of many pictures on one page.
#include "saccade/render/sheet_layout.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace saccade {
namespace {

constexpr double kNarrowCell = 74;  // a file name and a count do not share a line
constexpr double kLine = 6.8, kRowGap = 3.4;

// Width over height of the pictures' cells. Many columns leave less room for extremes, by which those
// are meant that differ from most: a set of wide pictures fills wide cells.
std::vector<double> cell_aspects(const std::vector<ImageSize>& sizes, int columns) {
  std::vector<double> aspects;
  for (const ImageSize& size : sizes) aspects.push_back(double(size.width) / size.height);
  std::vector<double> sorted = aspects;
  std::sort(sorted.begin(), sorted.end());
  const double median = sorted.empty() ? 1 : sorted[sorted.size() / 2];
  const double low = columns <= 4 ? 0.6 : std::clamp(median, 0.6, 0.75);
  const double high = columns <= 4 ? 2.4 : std::clamp(median, 1.5, 2.4);
  for (double& aspect : aspects) aspect = std::clamp(aspect, low, high);
  return aspects;
}

// The picture as large as it fits, centred, at the bottom so that the words belong to it.
PageRect fitted(const ImageSize& size, const PageRect& cell) {
  const double scale = std::min(cell.width / size.width, cell.height / size.height);
  const double w = size.width * scale, h = size.height * scale;
  return {cell.x + (cell.width - w) / 2, cell.bottom() - h, w, h};
}

struct Row {
  std::size_t begin = 0, end = 0;
  double height = 0;
};

// Heights at which the rows fill the width.
std::vector<Row> rows_of(const std::vector<double>& aspects, int columns, double width,
                         double gap) {
  std::vector<Row> rows;
  const double mean = std::accumulate(aspects.begin(), aspects.end(), 0.0) / aspects.size();
  for (std::size_t begin = 0; begin < aspects.size(); begin += columns) {
    const std::size_t end = std::min(aspects.size(), begin + columns);
    const auto first = aspects.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto count = static_cast<std::ptrdiff_t>(end - begin);
    // An incomplete row is as high as if it went on with average pictures.
    double sum = std::accumulate(first, first + count, 0.0) + mean * double(columns - count);
    rows.push_back({begin, end, (width - gap * (columns - 1)) / sum});
  }
  return rows;
}

}  // namespace

SheetLayout sheet_layout(const std::vector<ImageSize>& sizes, int columns, PagePoint at,
                         double width, double gap) {
  SheetLayout layout;
  const std::vector<double> aspects = cell_aspects(sizes, columns);
  const std::vector<Row> rows = rows_of(aspects, columns, width, gap);
  for (const Row& row : rows)
    for (std::size_t i = row.begin; i < row.end; ++i)
      layout.two_lines = layout.two_lines || aspects[i] * row.height < kNarrowCell;
  double y = at.y;
  for (const Row& row : rows) {
    double x = at.x;
    for (std::size_t i = row.begin; i < row.end; ++i) {
      const PageRect cell{x, y, aspects[i] * row.height, row.height};
      layout.cells.push_back({fitted(sizes[i], cell), cell, cell.bottom()});
      x = cell.right() + gap;
    }
    y += row.height + (layout.two_lines ? 2 : 1) * kLine + kRowGap;
  }
  layout.bottom = y - kRowGap;
  return layout;
}

std::size_t pictures_per_sheet(int columns) {
  constexpr std::array<std::size_t, 8> kRows = {2, 3, 4, 6, 6, 7, 8, 8};
  const auto c = static_cast<std::size_t>(std::clamp(columns, 1, 8));
  return c * kRows[c - 1];
}

}  // namespace saccade
