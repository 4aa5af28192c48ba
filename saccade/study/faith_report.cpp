// The faithfulness of maps as text and CSV.
#include "saccade/study/faith_report.h"

#include <algorithm>
#include <cmath>
#include <iomanip>

#include "saccade/core/error.h"
#include "saccade/core/joined.h"
#include "saccade/study/study_text.h"

namespace saccade {
namespace {

const char* edge_word(Edge edge) {
  switch (edge) {
    case Edge::kBetter:
      return "edge";
    case Edge::kWorse:
      return "worse";
    case Edge::kNone:
      return "none";
  }
  return "";
}

std::size_t longest_name(const FaithReport& report) {
  std::size_t longest = 0;
  for (const auto* names : {&report.plan.maps, &report.plan.point_orders})
    for (const std::string& name : *names) longest = std::max(longest, name.size());
  return longest;
}

// The bounds are left out where they are not known.
std::string bounded(const BootstrapInterval& of, Sign sign) {
  if (std::isnan(of.low)) return decimals(of.value, 3, sign);
  return decimals(of.value, 3, sign) + " [" + decimals(of.low, 3, sign) + ", " +
         decimals(of.high, 3, sign) + "]";
}

std::string line_of(const FaithStatistic& one, std::size_t width) {
  std::ostringstream out;
  out << "  " << std::left << std::setw(static_cast<int>(width)) << one.method << "  "
      << std::setw(22) << bounded(one.mean, Sign::kIfNegative) << "  n " << std::setw(4) << one.n;
  if (one.to_random)
    out << "  " << std::setw(25) << bounded(one.to_random->interval, Sign::kAlways);
  if (one.q) out << "  q " << decimals(*one.q, 4) << "  " << edge_word(one.edge);
  std::string line = out.str();
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

// One measure of all maps or orders; empty where it is known of none.
std::string block_of(const std::vector<FaithStatistic>& all, const FaithMeasure& measure,
                     std::size_t width) {
  std::string lines;
  for (const FaithStatistic& one : all)
    if (one.measure == measure.name && one.n > 0) lines += line_of(one, width);
  if (lines.empty()) return "";
  return text_of(measure.words, measure.higher_is_better ? " (higher" : " (lower",
                 " is better): mean, n, difference to random\n") +
         lines;
}

std::string blocks_of(const FaithReport& report) {
  const std::size_t width = longest_name(report);
  std::string text;
  for (const FaithMeasure& measure : map_measures())
    if (!measure.is_form) text += block_of(report.results.maps, measure, width);
  for (const FaithMeasure& measure : point_measures())
    if (!measure.is_form) text += block_of(report.results.points, measure, width);
  return text;
}

std::string verdict_line(const FaithVerdict& verdict, std::size_t width) {
  std::ostringstream out;
  out << "  " << std::left << std::setw(static_cast<int>(width)) << verdict.method << "  "
      << verdict_words(verdict) << "\n";
  return out.str();
}

std::string verdict_text(const FaithReport& report) {
  const FaithStatisticsOptions& o = report.options;
  std::string text = text_of("which map deserves trust: an edge is a difference to random of ",
                             o.least_edge, " or more in the right direction, q <= ", kEdgeQ,
                             " (Benjamini-Hochberg over ", report.results.tests, " tests)\n");
  for (const FaithVerdict& verdict : faith_verdicts(report))
    text += verdict_line(verdict, longest_name(report));
  return text;
}

std::string similarity_text(const FaithReport& report) {
  if (report.plan.parts.empty()) return "";
  std::string text =
      text_of("rank correlation with the map on weights drawn anew, from the heads to ",
              report.plan.parts.back(), ", all but the backbone's (SSIM)\n");
  const std::size_t width = longest_name(report);
  for (const FaithSimilarity& one : report.results.similarities) {
    if (!one.cascades || one.part != report.plan.parts.back() || one.n == 0) continue;
    std::ostringstream out;
    out << "  " << std::left << std::setw(static_cast<int>(width)) << one.method << "  "
        << bounded(one.rank_correlation, Sign::kIfNegative) << "  n " << one.n << "  ("
        << decimals(one.structure.value, 3) << ")\n";
    text += out.str();
  }
  return text;
}

std::string interval_fields(const BootstrapInterval& of) {
  return text_of(csv_number(of.value), ",", csv_number(of.low), ",", csv_number(of.high));
}

std::string difference_fields(const std::optional<FaithDifference>& difference) {
  return difference ? interval_fields(difference->interval) : ",,";
}

std::string csv_line(const FaithStatistic& one) {
  return text_of(one.method, ",", one.measure, ",", one.n, ",", interval_fields(one.mean), ",",
                 difference_fields(one.to_random), ",",
                 one.to_random ? csv_number(one.to_random->p) : "", ",",
                 one.q ? csv_number(*one.q) : "", ",", one.q ? edge_word(one.edge) : "", ",",
                 difference_fields(one.to_control), "\n");
}

}  // namespace

std::string verdict_words(const FaithVerdict& verdict) {
  std::string words = "no edge over random";
  if (!verdict.better.empty()) {
    words = "edge in " + joined(verdict.better, "; ");
    if (!verdict.none.empty()) words += "; none in " + joined(verdict.none, "; ");
  }
  if (!verdict.worse.empty()) words += "; worse than random in " + joined(verdict.worse, "; ");
  if (!verdict.better.empty() && !verdict.beats_box)
    words += "; not shown to say more than the box";
  if (verdict.alike)
    words += text_of(*verdict.alike >= kAlikeRank ? "; stays alike on weights drawn anew ("
                                                  : "; changes with the weights (",
                     decimals(*verdict.alike, 2), ")");
  return words;
}

std::string faith_text(const FaithReport& report) {
  const BootstrapOptions& bootstrap = report.options.bootstrap;
  std::string text =
      text_of(report.targets.size(), " of ", report.found, " detections with a score of ",
              report.threshold, " or more, on ", report.images(), " images of ", report.source.set,
              "\n", "95 % intervals from ", bootstrap.resamples,
              " resamples of whole images, seed ", bootstrap.seed, "\n");
  text += blocks_of(report) + similarity_text(report) + verdict_text(report);
  for (const std::string& note : {too_few_resamples(static_cast<std::size_t>(report.results.tests),
                                                    bootstrap.resamples, "tests"),
                                  too_few_images(report.images())})
    if (!note.empty()) text += "note: " + note + "\n";
  return text;
}

std::string faith_csv(const FaithReport& report) {
  std::string csv =
      "method,measure,n,mean,ci_low,ci_high,d_random,d_random_low,d_random_high,p,q,edge,"
      "d_control,d_control_low,d_control_high\n";
  for (const auto* all : {&report.results.maps, &report.results.points})
    for (const FaithStatistic& one : *all) csv += csv_line(one);
  for (const FaithSimilarity& one : report.results.similarities) {
    const std::string name = text_of(one.cascades ? "cascade_" : "independent_", one.part);
    for (const auto& [of, suffix] : {std::pair(&one.rank_correlation, "_rank_correlation"),
                                     std::pair(&one.structure, "_ssim")})
      csv += text_of(one.method, ",", name, suffix, ",", one.n, ",", interval_fields(*of),
                     ",,,,,,,,,\n");
  }
  return csv;
}

}  // namespace saccade
