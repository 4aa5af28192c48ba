// What evaluating a result file and evaluating a model have in common.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saccade/cli/eval_options.h"
#include "saccade/eval/eval_report.h"
#include "saccade/data/coco_results.h"

namespace saccade {

struct EvalTruth {
  CocoDataSet data;
  std::int64_t broken =
      0;  // problems of the annotation file that break; their records are left out
};

// Names what is broken on stderr, the first 50 lines of it; `count` are there in all.
void tell_broken(const std::vector<std::string>& lines, std::int64_t count);

// Reads the annotation file. Tells the problems that break, unless `silent`.
EvalTruth read_truth(const DataSetPlace& place, const EvalOptions& options, bool silent = false);

// Throws Error that says how many problems there are and what to do, unless there are none or they may be left out.
void refuse_broken(std::int64_t problems, bool skip_broken);

// A line for each problem of the file that breaks.
std::vector<std::string> breaking_lines(const CocoFile& file);

// Reads a result file; says on stderr how many of its records have no category in `data`.
CocoResults read_results(const std::string& file, const CocoDataSet& data,
                         const EvalOptions& options);

// Indices of the images of --subset, or of all.
std::vector<int> chosen_images(const CocoDataSet& data, const EvalOptions& options);

struct ReportedEvaluation {
  CocoEvaluation evaluation;  // its matches are kept where something needs them
  std::string text;           // of the report, where it was printed or --html wants it
};

// Evaluates on these images, writes the files that were asked for and prints the report.
ReportedEvaluation report_evaluation(const CocoDataSet& data, const CocoResults& results,
                                     const std::vector<int>& images, const EvalSource& source,
                                     const EvalOptions& options);

// Of what was drawn at random for an evaluation; empty where nothing was.
std::string seed_text(const EvalOptions& options);

std::string file_name_of(const std::string& path);

}  // namespace saccade
