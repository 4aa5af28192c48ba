// The figure and the numbers that `saccade plot` makes of training logs.
#include "saccade/cli/plot_figure.h"

#include <algorithm>

#include "saccade/cli/plot_keys.h"
#include "saccade/core/error.h"
#include "saccade/core/json_writer.h"
#include "saccade/render/figure_text.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

// The folders down to the run, and the run.
std::vector<std::string> parts_of(const fs::path& run) {
  fs::path path = fs::absolute(run).lexically_normal();
  if (!path.has_filename() || path.filename() == "log.txt") path = path.parent_path();
  std::error_code ignored;
  std::vector<std::string> parts;
  for (const fs::path& part : path.relative_path()) parts.push_back(part.string());
  if (parts.empty()) parts = {"/"};
  if (fs::is_regular_file(path, ignored)) parts.back() = path.stem().string();
  return parts;
}

std::string last_parts(const std::vector<std::string>& parts, std::size_t count) {
  std::string name;
  for (std::size_t i = parts.size() - std::min(count, parts.size()); i < parts.size(); ++i)
    name += (name.empty() ? "" : "/") + parts[i];
  return name;
}

std::string epochs_text(const std::vector<RunLog>& logs) {
  std::int64_t first = logs[0].epochs.front().epoch, last = first;
  for (const RunLog& log : logs) {
    first = std::min(first, log.epochs.front().epoch);
    last = std::max(last, log.epochs.back().epoch);
  }
  return first == last ? text_of("epoch ", first) : text_of("epochs ", first, "\u2013", last);
}

// "Best AP: 0.445 (r50, epoch 47)." of all runs; empty where none was evaluated.
std::string best_ap_text(const CurvePanel& panel, const std::vector<std::string>& names) {
  CurvePoint best{0, -1};
  std::size_t run = 0;
  for (const Curve& curve : panel.curves)
    for (const CurvePoint& point : curve.points)
      if (point.value > best.value) best = point, run = curve.run;
  if (best.value < 0) return "";
  return text_of("Best AP: ", number_text(best.value, 3), " (",
                 names.size() > 1 ? names[run] + ", " : "", "epoch ", number_text(best.epoch, 0),
                 ").");
}

std::string superseded_text(const std::vector<RunLog>& logs,
                            const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < logs.size(); ++i)
    if (logs[i].superseded > 0)
      text += text_of(" ", names[i], " was resumed: ", count_text(logs[i].superseded, "epoch"),
                      " of earlier starts left out.");
  return text;
}

std::string source_of(const CurveFigure& f, const std::vector<RunLog>& logs) {
  std::string text;
  for (const CurvePanel& panel : f.panels)
    if (panel.name == "AP") text = best_ap_text(panel, f.runs);
  text += superseded_text(logs, f.runs);
  return text.starts_with(" ") ? text.substr(1) : text;
}

void add_curve(JsonWriter& json, const Curve& curve) {
  json.key(curve.is_test ? "test" : "train").begin_object().key("epoch").begin_array();
  for (const CurvePoint& point : curve.points) json.value(static_cast<std::int64_t>(point.epoch));
  json.end_array().key("value").begin_array();
  for (const CurvePoint& point : curve.points) json.value(point.value);
  json.end_array().end_object();
}

}  // namespace

std::vector<std::string> run_names(const std::vector<fs::path>& runs) {
  std::vector<std::vector<std::string>> parts;
  for (const fs::path& run : runs) parts.push_back(parts_of(run));
  std::vector<std::string> names;
  for (const auto& own : parts) {
    std::size_t count = 1;
    const auto is_shared = [&] {
      return std::count_if(parts.begin(), parts.end(), [&](const auto& other) {
               return last_parts(other, count) == last_parts(own, count);
             }) > 1;
    };
    while (count < own.size() && is_shared()) ++count;
    names.push_back(last_parts(own, count));
  }
  return names;
}

CurveFigure curve_figure_of(const std::vector<RunLog>& logs, const std::vector<std::string>& names,
                            const std::vector<std::string>& keys) {
  CurveFigure figure;
  figure.subtitle = epochs_text(logs);
  figure.runs = names;
  for (const std::string& key : keys) figure.panels.push_back(panel_of_key(key, logs));
  figure.source = source_of(figure, logs);
  return figure;
}

std::string curves_json(const CurveFigure& figure, const std::vector<RunLog>& logs) {
  JsonWriter json;
  json.begin_object().key("runs").begin_array();
  for (std::size_t run = 0; run < logs.size(); ++run) {
    json.begin_object().member("run", figure.runs[run]).member("log", logs[run].file.string());
    json.member("epochs", logs[run].epochs.size()).member("superseded", logs[run].superseded);
    json.key("curves").begin_object();
    for (const CurvePanel& panel : figure.panels) {
      json.key(panel.name).begin_object();
      for (const Curve& curve : panel.curves)
        if (curve.run == run) add_curve(json, curve);
      json.end_object();
    }
    json.end_object().end_object();
  }
  return json.end_array().end_object().text();
}

}  // namespace saccade
