// What an evaluation found, as text.
#include "saccade/eval/eval_report.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "saccade/core/one_line.h"

namespace saccade {
namespace {

constexpr std::size_t kOneColumn = 12;  // classes; more stand in two columns
constexpr std::size_t kLongestName = 24;

template <typename... Args>
std::string formatted(const char* format, const Args&... args) {
  std::array<char, 512> text;
  std::snprintf(text.data(), text.size(), format, args...);
  return text.data();
}

// "0.445"; "-" where there is nothing to average.
std::string ap_text(double value) { return value < 0 ? "-" : formatted("%.3f", value); }

// The first characters of UTF-8 text, so many columns wide.
std::string fitted(const std::string& text, std::size_t width) {
  std::string out;
  std::size_t columns = 0;
  for (const char c : one_line(text)) {
    const bool begins = (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    if (begins && columns == width) break;
    columns += begins ? 1 : 0;
    out.push_back(c);
  }
  return out + std::string(width - columns, ' ');
}

std::vector<int> classes_that_occur(const CocoEvaluation& evaluation) {
  std::vector<int> classes;
  for (std::size_t k = 0; k < evaluation.classes.size(); ++k) {
    const ClassResult& of = evaluation.classes[k];
    if (of.truths > 0 || of.detections > 0) classes.push_back(static_cast<int>(k));
  }
  return classes;
}

std::string class_table(const EvalReport& report) {
  const std::vector<int> classes = classes_that_occur(*report.evaluation);
  std::size_t width = 5;
  for (const int k : classes) {
    width = std::max(width, std::min(report.data->categories()[k].name.size(), kLongestName));
  }
  const std::size_t columns = classes.size() > kOneColumn ? 2 : 1;
  const std::size_t rows = (classes.size() + columns - 1) / columns;
  std::string text;
  for (std::size_t c = 0; c < columns; ++c) {
    text += (c > 0 ? "   " : "") + fitted("class", width) + "  truths  detections     AP   AP50";
  }
  text += "\n";
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t i = r; i < classes.size(); i += rows) {
      const ClassResult& of = report.evaluation->classes[classes[i]];
      text += (i > r ? "   " : "") + fitted(report.data->categories()[classes[i]].name, width) +
              formatted("%8lld%12lld%7s%7s", static_cast<long long>(of.truths),
                        static_cast<long long>(of.detections), ap_text(of.ap).c_str(),
                        ap_text(of.ap50).c_str());
    }
    text += "\n";
  }
  const std::size_t absent = report.evaluation->classes.size() - classes.size();
  if (absent > 0) text += formatted("%zu more without truths or detections\n", absent);
  return text;
}

std::string interval_text(const BootstrapDifference& d) {
  return formatted("  %+.3f to %+.3f   %.3f", d.difference.low, d.difference.high, d.p);
}

std::string comparison_table(const EvalReport& report) {
  const EvalComparison& other = *report.compare;
  const BootstrapComparison& b = other.bootstrap;
  std::string text = formatted("compared with %s: %d resamples of %zu images, seed %llu\n",
                               other.name.c_str(), b.resamples, report.evaluation->images.size(),
                               static_cast<unsigned long long>(b.seed));
  text += "         this  other  difference  95 % interval         p\n";
  for (int i = 0; i < kNumCocoStats; ++i) {
    const double ours = report.evaluation->stats[i], theirs = other.stats[i];
    text +=
        formatted("%-6s%7s%7s", kCocoStatNames[i], ap_text(ours).c_str(), ap_text(theirs).c_str());
    if (ours >= 0 && theirs >= 0)
      text += formatted("%12s", formatted("%+.3f", theirs - ours).c_str());
    if (i == 0) text += interval_text(b.ap);
    if (i == 1) text += interval_text(b.ap50);
    text += "\n";
  }
  return text;
}

std::string tide_table(const TideResult& tide) {
  std::string head = formatted("TIDE, AP50 %.3f ", tide.ap50), counts = "errors",
              gains = "AP50 to gain";
  head = fitted(head, 16);
  counts = fitted(counts, 16);
  gains = fitted(gains, 16);
  for (int type = 0; type < kNumTideTypes; ++type) {
    head += formatted("%9s", kTideNames[type]);
    counts += formatted("%9lld", static_cast<long long>(tide.counts[type]));
    gains += formatted("%9s", formatted("%+.3f", tide.dap[type]).c_str());
  }
  head += formatted("%9s%9s", "all FP", "all FN");
  gains += formatted("%9s%9s", formatted("%+.3f", tide.dap_false_positives).c_str(),
                     formatted("%+.3f", tide.dap_false_negatives).c_str());
  return head + "\n" + counts + "\n" + gains + "\n";
}

std::string counted(std::int64_t count, const char* noun) {
  return formatted("%lld %s%s", static_cast<long long>(count), noun, count == 1 ? "" : "s");
}

// What was run and how fast, and what was left out.
std::string source_lines(const EvalReport& report) {
  const EvalSource& of = report.source;
  std::string text = counted(static_cast<std::int64_t>(report.evaluation->images.size()), "image");
  if (!of.model.empty()) {
    text += formatted(" in %.1f s by %s: %.2f images/s", of.seconds, of.model.c_str(),
                      of.images_per_second);
    if (of.processes > 1) text += formatted(" with %d processes", of.processes);
    text += formatted(" (forward pass alone %.2f)", of.forward_images_per_second);
  }
  text += "\n";
  if (of.left_out_images > 0)
    text += "left out: " + counted(of.left_out_images, "broken image") + "\n";
  if (of.left_out_records > 0)
    text += "left out: " + counted(of.left_out_records, "broken record") + " of the annotations\n";
  return text;
}

}  // namespace

std::string eval_text(const EvalReport& report) {
  std::string text = "IoU metric: " + std::string(name_of(report.evaluation->iou_type)) + "\n";
  for (int i = 0; i < kNumCocoStats; ++i) text += stat_line(i, report.evaluation->stats[i]) + "\n";
  text += source_lines(report);
  text += "\n" + class_table(report);
  if (report.compare) text += "\n" + comparison_table(report);
  if (report.tide) text += "\n" + tide_table(*report.tide);
  return text;
}

}  // namespace saccade
