// The precision-recall picture of an evaluation.
#pragma once

#include <filesystem>
#include <string>

#include "saccade/eval/eval_report.h"

namespace saccade {

// `seed` of the subset of images; empty where all were evaluated. Throws Error and UsageError.
void draw_eval_plot(const CocoDataSet& data, const CocoEvaluation& evaluation,
                    const EvalSource& source, const std::filesystem::path& out,
                    const std::string& seed);

}  // namespace saccade
