// What a data set holds, in numbers.
#include "saccade/data/dataset_stats.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "saccade/core/error.h"
#include "saccade/data/coco.h"

namespace saccade {
namespace {

constexpr double kNarrowSide = 8;

// Edges from `first` with this many steps per doubling up to `last`.
std::vector<double> log_edges(double first, double last, int per_doubling) {
  const int steps = static_cast<int>(std::lround(std::log2(last / first) * per_doubling));
  std::vector<double> edges;
  for (int i = 0; i <= steps; ++i) edges.push_back(first * std::exp2(double(i) / per_doubling));
  return edges;
}

// The bin of `value`; values beyond the ends count in the outermost bins.
std::size_t bin_of(const std::vector<double>& edges, double value) {
  const auto above = std::upper_bound(edges.begin() + 1, edges.end() - 1, value);
  return static_cast<std::size_t>(above - edges.begin()) - 1;
}

void count(Histogram& histogram, double value) {
  ++histogram.counts[bin_of(histogram.edges, value)];
}

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

// What is gathered box by box.
struct BoxValues {
  std::vector<double> sides, aspects, shares;
};

void count_box(DatasetStats& stats, BoxValues& values, const CocoAnnotation& annotation,
               const CocoImage& image) {
  const BoxXywh& box = annotation.box;
  ++stats.boxes;
  ++stats.sizes[static_cast<std::size_t>(size_group(annotation.area))];
  stats.narrow += std::min(box.width, box.height) < kNarrowSide ? 1 : 0;
  values.sides.push_back(std::sqrt(box.area()));
  const std::size_t column = bin_of(stats.sides.edges, box.width);
  const std::size_t row = bin_of(stats.sides.edges, box.height);
  ++stats.sides.counts[row * stats.sides.columns() + column];
  if (box.width > 0 && box.height > 0) {
    values.aspects.push_back(box.width / box.height);
    count(stats.aspect, values.aspects.back());
  }
  if (image.width > 0 && image.height > 0) {
    values.shares.push_back(box.area() / (double(image.width) * image.height));
    count(stats.relative, std::sqrt(values.shares.back()));
  }
}

void count_image(DatasetStats& stats, BoxValues& values, const CocoDataSet& data, int index,
                 std::vector<int>& last_seen) {
  const CocoImage& image = data.images()[static_cast<std::size_t>(index)];
  std::int64_t boxes = 0, crowd = 0;
  for (const CocoAnnotation& annotation : data.annotations_of(index)) {
    const auto category = static_cast<std::size_t>(annotation.category);
    ClassStats& of_class = stats.classes[category];
    if (std::exchange(last_seen[category], index) != index) ++of_class.images;
    if (annotation.is_crowd) {
      ++crowd;
      ++of_class.crowd;
      continue;
    }
    ++boxes;
    ++of_class.boxes;
    ++of_class.sizes[static_cast<std::size_t>(size_group(annotation.area))];
    count_box(stats, values, annotation, image);
  }
  stats.crowd += crowd;
  stats.empty_images += boxes + crowd == 0 ? 1 : 0;
  ++stats.images_by_boxes[boxes];
  if (image.width > 0 && image.height > 0) ++stats.image_sizes[{image.width, image.height}];
}

double median_boxes(const DatasetStats& stats) {
  std::vector<double> counts;
  for (const auto& [boxes, images] : stats.images_by_boxes)
    counts.insert(counts.end(), static_cast<std::size_t>(images), double(boxes));
  return median_of(std::move(counts));
}

DatasetStats empty_stats(const CocoDataSet& data, const std::string& name) {
  DatasetStats stats;
  stats.name = name;
  stats.images = static_cast<std::int64_t>(data.images().size());
  for (const CocoCategory& category : data.categories())
    stats.classes.push_back({id_text(category.id), category.name, 0, 0, 0, {}});
  stats.aspect.edges = log_edges(1.0 / 16, 16, 4);
  stats.relative.edges = log_edges(1.0 / 256, 1, 3);
  stats.sides.edges = log_edges(1, 2048, 2);
  stats.aspect.counts.resize(stats.aspect.edges.size() - 1);
  stats.relative.counts.resize(stats.relative.edges.size() - 1);
  stats.sides.counts.resize(stats.sides.columns() * stats.sides.columns());
  return stats;
}

}  // namespace

DatasetStats dataset_stats(const CocoDataSet& data, const std::string& name) {
  DatasetStats stats = empty_stats(data, name);
  BoxValues values;
  std::vector<int> last_seen(stats.classes.size(), -1);
  for (std::size_t i = 0; i < data.images().size(); ++i)
    count_image(stats, values, data, static_cast<int>(i), last_seen);
  std::stable_sort(stats.classes.begin(), stats.classes.end(),
                   [](const ClassStats& a, const ClassStats& b) { return a.boxes > b.boxes; });
  stats.median_boxes = median_boxes(stats);
  stats.median_side = median_of(std::move(values.sides));
  stats.median_aspect = median_of(std::move(values.aspects));
  stats.median_share = median_of(std::move(values.shares));
  return stats;
}

}  // namespace saccade
