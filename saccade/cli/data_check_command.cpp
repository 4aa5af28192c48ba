// saccade data check: everything that is wrong with a data set.
#include "saccade/cli/data_check_command.h"

#include <iostream>
#include <map>
#include <memory>

#include "saccade/cli/data_options.h"
#include "saccade/core/error.h"
#include "saccade/core/json_writer.h"
#include "saccade/core/one_line.h"
#include "saccade/core/progress.h"
#include "saccade/data/data_check.h"
#include "saccade/render/figure_text.h"

namespace saccade {
namespace {

constexpr std::int64_t kMaxPrintedOfAKind = 50;

struct CheckArguments {
  DataSetOptions set;
  int threads = 0;
  bool json = false;
  bool quiet = false;
};

// What all sets together hold.
struct CheckReport {
  std::size_t images = 0, annotations = 0;
  std::map<RecordId, std::string> categories;  // names by id
  std::vector<DataProblem> problems;
  std::int64_t problem_count = 0;  // also those that are not kept
  std::int64_t breaking = 0;
};

void add_problem(CheckReport& report, DataProblem problem) {
  ++report.problem_count;
  report.breaking += problem.breaks ? 1 : 0;
  report.problems.push_back(std::move(problem));
}

// A class must mean the same in training and validation.
void add_categories(const CocoDataSet& data, CheckReport& report) {
  for (const CocoCategory& category : data.categories()) {
    const auto [known, is_new] = report.categories.emplace(category.id, category.name);
    if (is_new || known->second == category.name) continue;
    add_problem(report, {data.path().filename().string(),
                         text_of("category ", id_text(category.id), " is called ",
                                 json_quote(category.name), ", in the other split ",
                                 json_quote(known->second)),
                         true});
  }
}

// What is wrong with the set as a whole.
void check_whole(const DataSetPlace& place, const CocoFile& file, CheckReport& report) {
  const std::string name = place.annotations.filename().string();
  if (file.data.images().empty()) add_problem(report, {name, "has no image", true});
  if (file.data.categories().empty()) add_problem(report, {name, "has no category", true});
}

// Where all files are missing, the folder is to blame.
void check_folder(const DataSetPlace& place, const CocoDataSet& data, CheckReport& report) {
  const std::string what = wrong_folder_text(data, place.images);
  if (!what.empty()) add_problem(report, {place.images.string(), what, false});
}

void check_set(const DataSetPlace& place, const CheckArguments& arguments, CheckReport& report) {
  CocoFile file = load_coco(place.annotations, arguments.threads);
  check_whole(place, file, report);
  check_folder(place, file.data, report);
  report.images += file.data.images().size();
  report.annotations += file.data.annotations().size();
  add_categories(file.data, report);
  report.problem_count += file.problem_count;
  report.breaking += file.breaking_count;
  for (DataProblem& problem : file.problems) report.problems.push_back(std::move(problem));
  Progress progress("images of " + place.name, static_cast<std::int64_t>(file.data.images().size()),
                    arguments.quiet);
  for (DataProblem& problem : check_images(file.data, place.images, arguments.threads,
                                           ImageCheck::kDecode, [&] { progress.step(); })) {
    ++report.problem_count;
    report.breaking += problem.breaks ? 1 : 0;
    report.problems.push_back(std::move(problem));
  }
}

std::string report_json(const CheckReport& report) {
  JsonWriter json;
  json.begin_object()
      .member("images", report.images)
      .member("annotations", report.annotations)
      .member("categories", report.categories.size())
      .key("problems")
      .begin_array();
  for (const DataProblem& problem : report.problems) {
    json.begin_object()
        .member("where", problem.where)
        .member("what", problem.what)
        .member("breaks", problem.breaks)
        .end_object();
  }
  json.end_array()
      .member("problem_count", report.problem_count)
      .member("breaking", report.breaking)
      .end_object();
  return json.text();
}

void print_kind(const CheckReport& report, bool breaks, std::int64_t count, const char* prefix) {
  std::int64_t printed = 0;
  for (const DataProblem& problem : report.problems) {
    if (problem.breaks != breaks || printed == kMaxPrintedOfAKind) continue;
    std::cout << prefix << one_line(problem.line()) << "\n";
    ++printed;
  }
  if (count > printed) std::cout << prefix << "and " << count - printed << " more\n";
}

void print_report(const CheckReport& report) {
  print_kind(report, true, report.breaking, "");
  print_kind(report, false, report.problem_count - report.breaking, "note: ");
  std::cout << count_text(report.images, "image") << ", "
            << count_text(report.annotations, "annotation") << ", "
            << count_text(report.categories.size(), "category") << ": ";
  if (report.problem_count == 0) {
    std::cout << "no problem found\n";
  } else {
    std::cout << count_text(static_cast<std::size_t>(report.problem_count), "problem") << ", "
              << report.breaking << " of them would break training\n";
  }
}

void run_check(const CheckArguments& arguments) {
  CheckReport report;
  for (const DataSetPlace& place : data_sets_of(arguments.set)) check_set(place, arguments, report);
  if (arguments.json) {
    std::cout << report_json(report) << "\n";
  } else if (!arguments.quiet) {
    print_report(report);
  }
  std::cout.flush();
  if (report.breaking > 0) {
    throw Error(text_of("the data set has ", report.breaking,
                        report.breaking == 1 ? " problem that" : " problems that",
                        " would break training"));
  }
}

}  // namespace

void add_data_check(CLI::App& data) {
  CLI::App* check = data.add_subcommand(
      "check", "Find what is wrong with a data set; exit code 1 where it would break training.");
  const auto arguments = std::make_shared<CheckArguments>();
  add_data_set_options(*check, arguments->set, true);
  check->add_option("--threads", arguments->threads, "threads to read with (default: all cores)")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  check->add_flag("--json", arguments->json, "print what was found as JSON");
  check->add_flag("--quiet", arguments->quiet, "no progress and no text, only the exit code");
  check->footer(
      "Reads the annotation file and decodes every image.\n"
      "Example: saccade data check --images street/val --annotations street/val.json\n"
      "         saccade data check --coco_path coco --split val");
  check->callback([arguments] { run_check(*arguments); });
}

}  // namespace saccade
