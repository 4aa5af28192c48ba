// The commands, their options and their help.
#include "saccade/cli/command_line.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <new>

#include "saccade/cli/data_command.h"
#include "saccade/cli/did_you_mean.h"
#include "saccade/cli/explain_options.h"
#include "saccade/cli/follow_options.h"
#include "saccade/cli/launch_command.h"
#include "saccade/cli/model_options.h"
#include "saccade/cli/plot_command.h"
#include "saccade/cli/weights_command.h"
#include "saccade/core/error.h"
#include "saccade/core/one_line.h"

namespace saccade {
namespace {

constexpr char kVersion[] = SACCADE_VERSION;

void add_detect(CLI::App& app, DetectOptions& o) {
  CLI::App* command =
      app.add_subcommand("detect", "Find objects: pictures with boxes, COCO results.");
  command
      ->add_option("IMAGE", o.images, "JPEG or PNG files, folders, patterns such as 'street/*.jpg'")
      ->required();
  add_model_options(*command, o.model);
  add_precision_option(*command, o.model.precision);
  add_intervention_option(*command, o.model);
  add_exif_option(*command, o.model);
  command
      ->add_option("--threshold", o.threshold,
                   "least score of a drawn box; data files hold all (default: 0.5)")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("S");
  command->add_flag("--before-after", o.before_after,
                    "with -x: pictures compare with the detections without it");
  command
      ->add_option(
          "--annotations", o.annotations,
          "COCO file: results carry its image ids, and EXIF is ignored as for any data set")
      ->type_name("FILE");
  command
      ->add_option(
          "--out", o.out,
          "one image: .png, .svg, .pdf picture or .json results (default: detect.png); several, or "
          "DIR/: a folder for pictures and detections.json (default: detections), or a .json file")
      ->type_name("PATH");
  command->add_flag("--json", o.json,
                    "print the results on stdout as JSON, write no picture unless --out is given");
  command->add_flag("--overwrite", o.overwrite, "replace files that exist");
  command->add_flag("--quiet", o.quiet, "no progress, no notes, no list of written files");
  command->final_callback([&o] {
    if (o.before_after && o.model.interventions.empty())
      throw UsageError("--before-after compares with what -x changes; add -x TEXT");
  });
  command->footer(
      "Example: saccade detect street.jpg --weights r50.pth --out street.svg\nSee also: saccade "
      "explain");
}

// Hyphen and underscore spell the same option.
std::vector<std::string> with_known_spelling(const CLI::App& app, int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  const CLI::App* command = nullptr;
  for (std::string& word : words) {
    if (const CLI::App* deeper = find_command(command != nullptr ? *command : app, word))
      command = deeper;
    if (word.rfind("--", 0) != 0 || command == nullptr) continue;
    const auto end = std::min(word.find('='), word.size());
    for (const std::string& known : option_names(*command)) {
      if (same_spelling(word.substr(0, end), known)) word.replace(0, end, known);
    }
  }
  std::reverse(words.begin(), words.end());  // CLI11 takes its arguments from the back
  return words;
}

int report(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
  std::cerr << "saccade: error: " << usage_message(app, error, argc, argv) << "\n";
  return 2;
}

// The exit code, once everything printed has arrived: a full disk must not pass for success.
int printed(int code) {
  std::cout.flush();
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0 || !std::cout)
    throw Error("the results cannot be printed: stdout is full or closed");
  return code;
}

// The options of every command; data and weights keep their own.
struct AllOptions {
  DetectOptions detect;
  ExplainOptions explain;
  FollowOptions follow;
  EvalOptions eval;
  SweepOptions sweep;
  SearchOptions search;
  FaithCommandOptions faith;
  TrainOptions train;
  PlotOptions plot;
  LaunchOptions launch;
  DoctorOptions doctor;
  ViewOptions view;
  ExportOptions export_model;
};

void add_commands(CLI::App& app, AllOptions& o, int argc, char** argv) {
  app.require_subcommand(1);
  app.set_version_flag("--version", kVersion);
  app.footer("saccade COMMAND --help tells the options of a command.");
  add_detect(app, o.detect);
  add_explain(app, o.explain);
  add_follow(app, o.follow);
  add_eval(app, o.eval);
  add_sweep(app, o.sweep);
  add_search(app, o.search);
  add_faith(app, o.faith);
  add_view(app, o.view);
  add_train(app, o.train, argc, argv);
  add_weights_command(app);
  add_export(app, o.export_model);
  add_data_command(app);
  add_plot(app, o.plot);
  add_launch(app, o.launch);
  app.add_subcommand("selftest", "Check the operator, forward and backward, against its formula.");
  app.add_subcommand("doctor", "What this machine and this build can do.")
      ->add_flag("--json", o.doctor.json, "print it as JSON");
}

int run_chosen(const CLI::App& app, const AllOptions& o, const Commands& commands) {
  if (app.got_subcommand("launch")) {
    const auto& command = o.launch.command;
    return run_launch(o.launch, !command.empty() && find_command(app, command.front()));
  }
  if (app.got_subcommand("detect")) return printed(commands.detect(o.detect));
  if (app.got_subcommand("explain")) return printed(commands.explain(o.explain));
  if (app.got_subcommand("follow")) return printed(commands.follow(o.follow));
  if (app.got_subcommand("eval")) return printed(commands.eval(o.eval));
  if (app.got_subcommand("faith")) return printed(commands.faith(o.faith));
  if (app.got_subcommand("search")) return printed(commands.search(o.search));
  if (app.got_subcommand("sweep")) return printed(commands.sweep(o.sweep));
  if (app.got_subcommand("view")) return printed(commands.view(o.view));
  if (app.got_subcommand("export")) return printed(commands.export_model(o.export_model));
  if (app.got_subcommand("train")) return printed(commands.train(o.train));
  if (app.got_subcommand("plot")) return printed(run_plot(o.plot));
  if (app.got_subcommand("selftest")) return printed(commands.selftest());
  if (app.got_subcommand("doctor")) return printed(commands.doctor(o.doctor));
  return printed(0);  // data and weights ran while they were parsed
}

// One line on stderr.
int failed(int code, const std::string& message) {
  std::cerr << "saccade: error: " << message << "\n";
  return code;
}

// A message of ours may have lines, where a caret stands under a fault.
std::string each_line(std::string_view text) {
  std::string lines;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines += (start == 0 ? "" : "\n") + one_line(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

}  // namespace

int run_command_line(int argc, char** argv, const Commands& commands) {
  CLI::App app("Run Deformable DETR and see what every query looked at.", "saccade");
  AllOptions options;
  try {
    options.launch.command = take_launched_command(argc, argv);
    add_commands(app, options, argc, argv);
    options.train.words = with_known_spelling(app, argc, argv);
    app.parse(std::vector<std::string>(options.train.words));
    return run_chosen(app, options, commands);
  } catch (const CLI::ParseError& error) {
    return report(app, error, argc, argv);
  } catch (const UsageError& error) {
    return failed(2, each_line(error.what()));
  } catch (const Error& error) {
    return failed(1, each_line(error.what()));
  } catch (const std::bad_alloc&) {
    return failed(1, "there is not enough memory for this");
  } catch (const std::exception& error) {
    return failed(1, first_line(error.what()));
  }
}

}  // namespace saccade
