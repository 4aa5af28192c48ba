// Sampling points on a photo panel, shared by the points and the grid figures.
#pragma once

#include <vector>

#include "saccade/render/figure_subject.h"
#include "saccade/render/marks.h"
#include "saccade/render/points_figure.h"

namespace saccade {

// The value that area and colour show: the weight, or its difference to the mean pattern.
double shown_value(const SamplePoint& point, const PointStyle& style);

// 0 to the largest shown value (relative: symmetrical) or `style.range`, or the fixed range of the log scale.
WeightRange range_of(const std::vector<SamplePoint>& points, const PointStyle& style);

// Draws the points by ascending weight, so that the heaviest lie on top. Points outside the image
// become hollow marks at its border; points outside the crop but inside the image are left out.
void draw_points(Canvas& canvas, const PhotoView& view, const Image& photo,
                 const std::vector<SamplePoint>& points, const PointStyle& style,
                 const WeightRange& range, const MarkScale& marks);

// Points inside the image that `crop` leaves out.
std::size_t count_beyond(const std::vector<SamplePoint>& points, const BoxXyxy& crop,
                         const Image& photo);

// Throws UsageError for combinations that cannot be drawn.
void check_style(const PointStyle& style, const AttentionSelection& selection);

// "colour and area = weight, shape = level", as the caption says it.
std::string encoding_words(const PointStyle& style, bool several_levels, bool is_query = true);

}  // namespace saccade
