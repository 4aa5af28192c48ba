// saccade plot: loss and AP curves of training runs.
#include "saccade/cli/plot_command.h"

#include <filesystem>
#include <iostream>
#include <set>

#include "saccade/cli/figure_provenance.h"
#include "saccade/cli/file_watch.h"
#include "saccade/cli/output_files.h"
#include "saccade/cli/plot_figure.h"
#include "saccade/cli/plot_keys.h"
#include "saccade/core/error.h"
#include "saccade/core/one_line.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

CurveFigure figure_of(const std::vector<RunLog>& logs, const std::vector<fs::path>& runs,
                      const std::string& keys) {
  return curve_figure_of(logs, run_names(runs),
                         keys.empty() ? default_plot_keys(logs) : parse_plot_keys(keys, logs));
}

int plot_once(const PlotOptions& o, const fs::path& out) {
  std::vector<RunLog> logs;
  for (const std::string& run : o.runs) logs.push_back(read_run_log(run));
  const CurveFigure figure = figure_of(logs, {o.runs.begin(), o.runs.end()}, o.keys);
  if (!out.empty()) draw_curve_figure(figure, out, figure_record(""));
  if (o.json) {
    std::cout << curves_json(figure, logs) << "\n";
  } else if (!o.quiet) {
    std::cout << "wrote " << out.string() << "\n";
  }
  return 0;
}

// Redraws whenever a log has changed.
class PlotWatch {
 public:
  PlotWatch(const PlotOptions& options, fs::path out) : o_(options), out_(std::move(out)) {}

  int run() {
    FileWatch files;
    int signal = 0;
    while (signal == 0) {
      // A run that is still to come may become a folder or a file.
      std::vector<fs::path> logs;
      for (const std::string& run : o_.runs) logs.push_back(run_log_file(run));
      if (files.changed(logs)) redraw();
      signal = files.wait();
    }
    return 128 + signal;
  }

 private:
  // Once a picture has been drawn, a log that is broken for a while must not end the watch.
  void redraw() {
    try {
      draw();
    } catch (const Error& error) {
      if (!drawn_) throw;
      std::cerr << "saccade: " << one_line(error.what()) << "; still watching\n";
    }
  }

  void draw() {
    std::vector<RunLog> logs;
    std::vector<fs::path> runs;
    for (const std::string& run : o_.runs) {
      try {
        logs.push_back(read_run_log(run));
        runs.emplace_back(run);
      } catch (const LogNotReady&) {
        if (!o_.quiet && waited_for_.insert(run).second)
          std::cerr << one_line("waiting for the first epoch in " + run_log_file(run).string())
                    << "\n";
      }
    }
    if (logs.empty()) return;
    draw_curve_figure(figure_of(logs, runs, o_.keys), out_, figure_record(""));
    say_drawn(logs);
  }

  void say_drawn(const std::vector<RunLog>& logs) {
    if (!drawn_ && !o_.quiet) std::cout << "wrote " << out_.string() << std::endl;
    drawn_ = true;
    if (o_.quiet) return;
    std::cerr << "drew epoch";
    for (const RunLog& log : logs) std::cerr << " " << log.epochs.back().epoch;
    std::cerr << "\n";
  }

  const PlotOptions& o_;
  fs::path out_;
  bool drawn_ = false;
  std::set<std::string> waited_for_;
};

}  // namespace

void add_plot(CLI::App& app, PlotOptions& o) {
  CLI::App* command = app.add_subcommand("plot", "Draw loss and AP over the epochs of training.");
  command
      ->add_option("RUN", o.runs, "folders with a log.txt, or logs; also of the original program")
      ->required();
  command
      ->add_option("--keys", o.keys,
                   "what to draw, such as loss,AP,AP50,APs,AR100,lr,class_error or any name x of\n"
                   "train_x and test_x in the log (default: loss, its parts, AP and AP50)")
      ->type_name("LIST");
  command->add_option("--out", o.out, "figure: .png, .svg or .pdf (default: plot.png)")
      ->type_name("FILE");
  CLI::Option* watch = command->add_flag(
      "--watch", o.watch, "draw again whenever a log grows, until interrupted; waits for a log");
  command
      ->add_flag("--json", o.json,
                 "print the curves on stdout as JSON, draw nothing unless --out is given")
      ->excludes(watch);
  command->add_flag("--overwrite", o.overwrite, "replace the figure where it exists");
  command->add_flag("--quiet", o.quiet, "no list of written files");
  command->footer(
      "AP is COCO's mean over IoU 0.50:0.95, AP50 that at IoU 0.50. Several runs share each "
      "panel.\n"
      "\n"
      "Example: saccade plot exps/r50 exps/r50_refine --keys loss,AP --out curves.svg\n"
      "         saccade plot exps/r50 --watch");
}

int run_plot(const PlotOptions& o) {
  const fs::path out = o.out.empty() && !o.json ? "plot.png" : o.out;
  if (!out.empty()) figure_kind(out);  // a wrong suffix before the work
  if (o.runs.size() > kMaxCurveRuns)
    throw UsageError(text_of(o.runs.size(), " runs are too many for one figure, at most ",
                             kMaxCurveRuns, " can be told apart"));
  refuse_to_replace(out, o.overwrite);
  return o.watch ? PlotWatch(o, out).run() : plot_once(o, out);
}

}  // namespace saccade
