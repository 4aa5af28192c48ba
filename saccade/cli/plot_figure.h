// The figure and the numbers that `saccade plot` makes of training logs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/render/curve_figure.h"
#include "saccade/train/run_log_reader.h"

namespace saccade {

// The folder of each run, with as many folders above it as it takes to tell them apart; a file that is
// not called log.txt by its own name.
std::vector<std::string> run_names(const std::vector<std::filesystem::path>& runs);

// Logs and names belong together, one per run.
CurveFigure curve_figure_of(const std::vector<RunLog>& logs, const std::vector<std::string>& names,
                            const std::vector<std::string>& keys);

// Every curve as lists of epochs and values, null where a value is not finite.
std::string curves_json(const CurveFigure& figure, const std::vector<RunLog>& logs);

}  // namespace saccade
