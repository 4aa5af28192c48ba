// Truths and detections in the order of evaluation.
#include "saccade/eval/records_by_category.h"

#include <algorithm>

#include "saccade/core/error.h"

namespace saccade {
namespace {

struct Buckets {
  std::vector<std::int32_t> order;
  std::vector<std::size_t> begin;
};

// A stable counting sort by category of the records whose image is chosen.
template <typename Record>
Buckets by_category(const std::vector<Record>& records, std::size_t categories,
                    const std::vector<char>& chosen) {
  Buckets buckets;
  buckets.begin.assign(categories + 1, 0);
  for (const Record& r : records) buckets.begin[r.category + 1] += chosen[r.image];
  for (std::size_t c = 0; c < categories; ++c) buckets.begin[c + 1] += buckets.begin[c];
  buckets.order.resize(buckets.begin[categories]);
  std::vector<std::size_t> next(buckets.begin.begin(), buckets.begin.end() - 1);
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (chosen[records[i].image])
      buckets.order[next[records[i].category]++] = static_cast<std::int32_t>(i);
  }
  return buckets;
}

// Most files list their detections image by image; the others are sorted here.
void sort_by_image(const CocoResults& results, Buckets& buckets) {
  const auto before = [&](std::int32_t a, std::int32_t b) {
    return results.detections[a].image < results.detections[b].image;
  };
  const bool in_order = std::is_sorted(
      results.detections.begin(), results.detections.end(),
      [](const CocoDetection& a, const CocoDetection& b) { return a.image < b.image; });
  if (in_order) return;
  for (std::size_t c = 0; c + 1 < buckets.begin.size(); ++c) {
    const auto first = buckets.order.begin() + static_cast<std::ptrdiff_t>(buckets.begin[c]);
    const auto last = buckets.order.begin() + static_cast<std::ptrdiff_t>(buckets.begin[c + 1]);
    std::stable_sort(first, last, before);
  }
}

}  // namespace

RecordsByCategory::RecordsByCategory(const CocoDataSet& data, const CocoResults& results,
                                     std::span<const int> images) {
  std::vector<char> chosen(data.images().size(), images.empty());
  for (const int image : images) {
    if (image < 0 || image >= static_cast<int>(chosen.size()))
      throw Error(text_of("evaluation: image index ", image, " of a data set of ", chosen.size()));
    chosen[image] = 1;
  }
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (chosen[i] != 0) images_.push_back(static_cast<int>(i));
  }
  const std::size_t categories = data.categories().size();
  Buckets truths = by_category(data.annotations(), categories, chosen);
  Buckets detections = by_category(results.detections, categories, chosen);
  sort_by_image(results, detections);
  truths_ = std::move(truths.order);
  truth_begin_ = std::move(truths.begin);
  detections_ = std::move(detections.order);
  detection_begin_ = std::move(detections.begin);
}

CategoryRecords RecordsByCategory::of(int category) const {
  const auto part = [&](const std::vector<std::int32_t>& all, const std::vector<std::size_t>& b) {
    return std::span(all).subspan(b[category], b[category + 1] - b[category]);
  };
  return {part(truths_, truth_begin_), part(detections_, detection_begin_)};
}

std::vector<CategoryRecords> split_by_image(const CocoDataSet& data, const CocoResults& results,
                                            const CategoryRecords& records, int parts) {
  std::vector<CategoryRecords> pieces;
  CategoryRecords rest = records;
  const std::size_t share = records.detections.size() / std::max(parts, 1) + 1;
  while (rest.detections.size() > share) {
    const int image = results.detections[rest.detections[share]].image;
    const auto detection =
        std::partition_point(rest.detections.begin(), rest.detections.end(),
                             [&](std::int32_t d) { return results.detections[d].image < image; });
    const auto truth =
        std::partition_point(rest.truths.begin(), rest.truths.end(),
                             [&](std::int32_t t) { return data.annotations()[t].image < image; });
    const auto head = static_cast<std::size_t>(detection - rest.detections.begin());
    if (head == 0) break;  // one image holds more than a share
    const auto truths = static_cast<std::size_t>(truth - rest.truths.begin());
    pieces.push_back({rest.truths.first(truths), rest.detections.first(head)});
    rest = {rest.truths.subspan(truths), rest.detections.subspan(head)};
  }
  pieces.push_back(rest);
  return pieces;
}

}  // namespace saccade
