// A sweep as a matrix of numbers: what each unit changes, what is significant, the two extremes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/render/figure_file.h"

namespace saccade {

// One unit that was tried.
struct MatrixCell {
  double value = 0;             // in points, 0 to 100
  bool is_known = false;        // false, or a value that is no number: left blank
  bool is_significant = false;  // printed bold; else hatched
  double low = 0, high = 0;     // interval of the value
  std::string name;             // the unit's text, such as "dec.2.cross.head3"
};

struct MatrixFigure {
  std::string title;     // "Effect of one head switched off"
  std::string subtitle;  // "dAP · dec.cross.head · zero"
  std::string measure;   // "dAP", beside the colour bar
  std::vector<std::string> rows, columns;
  std::vector<MatrixCell> cells;  // row by row
  bool means = true;              // a column and a row of means over the known cells, never bold
  double tested_at = 0.05;        // what significant means; 0: the legend does not say
  std::string caption;            // complete sentences
  std::string model;              // name for the end of the caption; empty: none
};

// The colours run from -range to +range: the largest change, rounded up to halves, at least 0.5.
double matrix_range(const MatrixFigure& figure);

// As cells print it: "+0.3", "\u22122.6", and "0.0" without a sign.
std::string matrix_number(double value);

// The lines below the matrix: the largest loss and the largest gain with their intervals, or that
// there is none.
std::vector<std::string> matrix_extremes(const MatrixFigure& figure);

// One column wide where cells are wide enough for their numbers, two columns wide otherwise. A matrix
// of one column shows the interval beside each cell. Numbers too wide for cells are left out.
// Throws Error where the cells do not fit the rows and columns or there are none; as write_page.
void draw_matrix_figure(const MatrixFigure& figure, const std::filesystem::path& out,
                        const FigureRecord& record);

}  // namespace saccade
