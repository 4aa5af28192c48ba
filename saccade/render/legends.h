// Legends: colour bar, level shares, heads, sizes, lines of symbol and words.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "saccade/render/figure_subject.h"
#include "saccade/render/marks.h"

namespace saccade {

inline constexpr double kLegendRow = 8.8;

// A bar 5 pt high from x to x + width with marks in their true colour and area above it, numbers
// and the mark of uniform weights below. y is the top of the heading. Returns the lower end.
double draw_weight_bar(Canvas& canvas, PagePoint at, double width, std::string_view heading,
                       const WeightRange& range, const AttentionSelection& selection,
                       const MarkScale& marks);

// A bar without marks, its label at the left and 0 and the maximum below it. Returns the width of the
// bar itself, which ends at at.x + width.
double draw_plain_bar(Canvas& canvas, PagePoint at, double width, std::string_view label,
                      Colormap map, double max, int digits);

// Circles for weights 1/16, 0.25, 0.5, 1. Returns the lower end.
double draw_size_legend(Canvas& canvas, PagePoint at, std::string_view heading,
                        const MarkScale& marks, const AttentionSelection& selection);

// One row per level of the model: shape, name, bar of its share, per cent. `colored`: in the
// levels' colours. Shares of 0 to 1. Returns the lower end.
double draw_level_legend(Canvas& canvas, PagePoint at, double width,
                         const AttentionSelection& selection, const std::vector<double>& shares,
                         bool colored);

// The heads drawn, four in a row. Returns the lower end.
double draw_head_legend(Canvas& canvas, PagePoint at, double width, const std::vector<int>& heads);

// A symbol drawn at the left and words beside it. Returns the lower end.
double draw_symbol_row(Canvas& canvas, PagePoint at, std::string_view words,
                       const std::function<void(PagePoint)>& draw_symbol);
double draw_cross_row(Canvas& canvas, PagePoint at, std::string_view words);
double draw_box_row(Canvas& canvas, PagePoint at, std::string_view words);

// Shares of the levels as one bar of parts in the levels' colours; parts above 15 % are labelled
// where there is room.
void draw_share_bar(Canvas& canvas, const PageRect& rect, const std::vector<double>& shares,
                    bool labelled);

// A level's mark: shape, casing, and the dot of levels above 3. `color` is the level's own, or grey.
void draw_level_mark(Canvas& canvas, PagePoint centre, int level, Color color);

}  // namespace saccade
