// The panels of a data set's picture: the table of classes and the distributions.
#pragma once

#include "saccade/data/dataset_stats.h"
#include "saccade/render/canvas.h"

namespace saccade {

// Bars of images and boxes per class and the parts small, medium, large of its boxes; at most 20 classes
// and "and n more". From `at` across `width`. Returns the lower end.
double draw_class_table(Canvas& canvas, const DatasetStats& stats, PagePoint at, double width);

// Each fills `rect`: a heading, the plot and its axis' title.
void draw_boxes_per_image(Canvas& canvas, const DatasetStats& stats, const PageRect& rect);
void draw_aspect_plot(Canvas& canvas, const DatasetStats& stats, const PageRect& rect);
void draw_relative_plot(Canvas& canvas, const DatasetStats& stats, const PageRect& rect);
void draw_sides_plot(Canvas& canvas, const DatasetStats& stats, const PageRect& rect);
void draw_image_sizes(Canvas& canvas, const DatasetStats& stats, const PageRect& rect);

}  // namespace saccade
