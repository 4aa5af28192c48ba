// Matches of detections with truths, image by image.
#include "saccade/eval/coco_matching.h"

#include <algorithm>
#include <span>

namespace saccade {
namespace {

// A truth of the image at hand; bit a of `ignored`: it does not count in area range a.
struct Truth {
  std::int32_t annotation = 0;
  std::uint8_t ignored = 0;
  bool is_crowd = false;
  bool never_found = false;  // id 0 in pycocotools' reading
  IouBits taken = 0;
};

// A truth that overlaps a detection by the lowest threshold or more.
struct Candidate {
  std::int32_t truth = 0;
  double iou = 0;
  IouBits passes = 0;  // thresholds that the IoU reaches
  IouBits won = 0;     // thresholds at which the detection took this truth
};

struct Contender {
  std::size_t detection = 0;       // into CategoryMatches::detections
  std::size_t begin = 0, end = 0;  // its candidates, truths in the file's order
};

IouBits thresholds_reached(double iou) {
  unsigned bits = 0;
  for (int t = 0; t < kNumIouThresholds; ++t) {
    const bool below = iou < std::min(iou_thresholds()[t], kMatchCeiling);
    bits |= static_cast<unsigned>(!below) << t;
  }
  return static_cast<IouBits>(bits);
}

class ImageMatcher {
 public:
  ImageMatcher(const CocoDataSet& data, const CocoResults& results, const IouSource& iou,
               const MatchingOptions& options, CategoryMatches& out)
      : data_(data), results_(results), iou_(iou), options_(options), out_(out) {}

  void match(std::span<const std::int32_t> truths, std::span<const std::int32_t> detections) {
    read_truths(truths);
    rank_detections(detections);
    if (truths.empty() || detections.empty()) return;
    find_candidates(truths);
    if (contenders_.empty()) return;
    match_ranges_alike();
    for (int a = 0; a < kNumAreaRanges; ++a) {
      if (!needs_own_matching(a)) continue;
      match_all(static_cast<std::uint8_t>(1u << a));
      record(a);
    }
  }

 private:
  void read_truths(std::span<const std::int32_t> truths) {
    truths_.clear();
    for (const std::int32_t index : truths) {
      const CocoAnnotation& a = data_.annotations()[index];
      const unsigned inside = a.is_crowd ? 0u : area_range_bits(a.area);
      const bool has_id0 = !a.id.is_text() && a.id.number == 0;
      truths_.push_back({.annotation = index,
                         .ignored = static_cast<std::uint8_t>(~inside),
                         .is_crowd = a.is_crowd,
                         .never_found = options_.pycocotools_id0 && has_id0});
      for (int r = 0; r < kNumAreaRanges; ++r) out_.positives[r] += inside >> r & 1;
    }
  }

  // Appends the best detections to out_, by descending score, equal ones in the file's order.
  void rank_detections(std::span<const std::int32_t> detections) {
    ranked_.assign(detections.begin(), detections.end());
    const auto better = [&](std::int32_t a, std::int32_t b) {
      return results_.detections[a].score > results_.detections[b].score;
    };
    if (ranked_.size() > 1 && !std::is_sorted(ranked_.begin(), ranked_.end(), better))
      std::stable_sort(ranked_.begin(), ranked_.end(), better);
    if (ranked_.size() > kMaxDetectionsPerImage) ranked_.resize(kMaxDetectionsPerImage);
    first_ = out_.detections.size();
    for (std::size_t rank = 0; rank < ranked_.size(); ++rank) {
      out_.detections.push_back({.score = results_.detections[ranked_[rank]].score,
                                 .index = ranked_[rank],
                                 .rank = static_cast<std::uint8_t>(rank),
                                 .areas = area_range_bits(iou_.area(ranked_[rank]))});
    }
  }

  void find_candidates(std::span<const std::int32_t> truths) {
    iou_.ious(ranked_, truths, ious_);
    candidates_.clear();
    contenders_.clear();
    for (std::size_t d = 0; d < ranked_.size(); ++d) {
      const std::size_t begin = candidates_.size();
      for (std::size_t t = 0; t < truths.size(); ++t) {
        const double iou = ious_[d * truths.size() + t];
        if (iou < iou_thresholds()[0]) continue;
        candidates_.push_back({static_cast<std::int32_t>(t), iou, thresholds_reached(iou)});
      }
      if (candidates_.size() == begin) continue;
      contenders_.push_back({first_ + d, begin, candidates_.size()});
      out_.detections[first_ + d].match = static_cast<std::int32_t>(out_.matches.size());
      DetectionMatch& match = out_.matches.emplace_back();
      match.annotation.fill(-1);
    }
  }

  std::span<Candidate> candidates_of(const Contender& c) {
    return std::span(candidates_).subspan(c.begin, c.end - c.begin);
  }

  // Ignored truths come last in a range's order of truths. That changes nothing unless a detection
  // has to choose between truths that count and others.
  bool needs_own_matching(int a) {
    for (const Contender& c : contenders_) {
      const auto all = candidates_of(c);
      const int first = truths_[all[0].truth].ignored >> a & 1;
      for (const Candidate& other : all.subspan(1)) {
        if ((truths_[other.truth].ignored >> a & 1) != first) return true;
      }
    }
    return false;
  }

  void match_ranges_alike() {
    bool matched = false;
    for (int a = 0; a < kNumAreaRanges; ++a) {
      if (needs_own_matching(a)) continue;
      if (!matched) match_all(0);
      matched = true;
      record(a);
    }
  }

  // Matches every detection at every threshold; truths ignored in the range `range_bit` come last.
  void match_all(std::uint8_t range_bit) {
    for (Truth& truth : truths_) truth.taken = 0;
    for (const Contender& c : contenders_) {
      const auto all = candidates_of(c);
      if (all.size() == 1) {
        Truth& truth = truths_[all[0].truth];
        all[0].won = all[0].passes & (truth.is_crowd ? kAllIouBits : ~truth.taken);
        truth.taken |= all[0].won;
      } else {
        choose(all, range_bit);
      }
    }
  }

  void choose(std::span<Candidate> all, std::uint8_t range_bit) {
    for (Candidate& c : all) c.won = 0;
    for (int t = 0; t < kNumIouThresholds; ++t) {
      const auto bit = static_cast<IouBits>(1u << t);
      Candidate* best = best_at(all, bit, range_bit, false);
      if (best == nullptr && range_bit != 0) best = best_at(all, bit, range_bit, true);
      if (best == nullptr) continue;
      best->won |= bit;
      truths_[best->truth].taken |= bit;
    }
  }

  // The free candidate with the largest IoU, the last of equal ones, among those (not) ignored.
  Candidate* best_at(std::span<Candidate> all, IouBits bit, std::uint8_t range_bit, bool ignored) {
    Candidate* best = nullptr;
    for (Candidate& c : all) {
      const Truth& truth = truths_[c.truth];
      if ((c.passes & bit) == 0 || ((truth.taken & bit) != 0 && !truth.is_crowd)) continue;
      if (((truth.ignored & range_bit) != 0) != ignored) continue;
      if (best == nullptr || !(c.iou < best->iou)) best = &c;
    }
    return best;
  }

  void record(int a) {
    for (const Contender& c : contenders_) {
      const RankedDetection& detection = out_.detections[c.detection];
      DetectionMatch& match = out_.matches[detection.match];
      unsigned found = 0, ignored = 0;
      for (const Candidate& candidate : candidates_of(c)) {
        const Truth& truth = truths_[candidate.truth];
        if ((truth.ignored >> a & 1) != 0) ignored |= candidate.won;
        if (truth.never_found) continue;
        found |= candidate.won;
        if (a == kAllAreas) note_annotation(match, candidate.won, truth.annotation);
      }
      const unsigned in_range = (detection.areas >> a & 1) != 0 ? kAllIouBits : 0;
      match.true_positive[a] = static_cast<IouBits>(found & ~ignored);
      match.false_positive[a] = static_cast<IouBits>(in_range & ~found & ~ignored);
    }
  }

  static void note_annotation(DetectionMatch& match, IouBits won, std::int32_t annotation) {
    for (int t = 0; t < kNumIouThresholds; ++t) {
      if ((won >> t & 1) != 0) match.annotation[t] = annotation;
    }
  }

  const CocoDataSet& data_;
  const CocoResults& results_;
  const IouSource& iou_;
  const MatchingOptions& options_;
  CategoryMatches& out_;
  std::size_t first_ = 0;  // the image's first detection in out_.detections
  std::vector<Truth> truths_;
  std::vector<std::int32_t> ranked_;
  std::vector<double> ious_;
  std::vector<Candidate> candidates_;
  std::vector<Contender> contenders_;
};

// The length of the leading records of one image. A category's records lie far apart in memory: those
// to come are called for early.
template <typename Record>
std::size_t run_of(int image, std::span<const std::int32_t> order,
                   const std::vector<Record>& records) {
  constexpr std::size_t kAhead = 24;
  std::size_t length = 0;
  for (; length < order.size(); ++length) {
    if (length + kAhead < order.size()) {
      const Record* later = &records[order[length + kAhead]];
      __builtin_prefetch(later);
      __builtin_prefetch(reinterpret_cast<const char*>(later + 1) - 1);
    }
    if (records[order[length]].image != image) break;
  }
  return length;
}

}  // namespace

void CategoryMatches::append(const CategoryMatches& later_images) {
  const auto shift = static_cast<std::int32_t>(matches.size());
  for (RankedDetection d : later_images.detections) {
    if (d.match >= 0) d.match += shift;
    detections.push_back(d);
  }
  matches.insert(matches.end(), later_images.matches.begin(), later_images.matches.end());
  for (int a = 0; a < kNumAreaRanges; ++a) positives[a] += later_images.positives[a];
}

void match_category(const CocoDataSet& data, const CocoResults& results, const IouSource& iou,
                    const CategoryRecords& records, const MatchingOptions& options,
                    CategoryMatches& out) {
  ImageMatcher matcher(data, results, iou, options, out);
  std::span<const std::int32_t> truths = records.truths, detections = records.detections;
  while (!truths.empty() || !detections.empty()) {
    int image = static_cast<int>(data.images().size());
    if (!truths.empty()) image = data.annotations()[truths[0]].image;
    if (!detections.empty()) image = std::min(image, results.detections[detections[0]].image);
    const std::size_t t = run_of(image, truths, data.annotations());
    const std::size_t d = run_of(image, detections, results.detections);
    matcher.match(truths.first(t), detections.first(d));
    truths = truths.subspan(t);
    detections = detections.subspan(d);
  }
}

}  // namespace saccade
