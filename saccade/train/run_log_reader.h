// Reads the log of a training run: one JSON object per epoch, as the original program and ours write it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "saccade/core/error.h"

namespace saccade {

// One line of the log: its numbers by key. A list has a key for each element, such as
// "test_coco_eval_bbox[0]". NaN stands for what is written as NaN, Infinity or null.
struct LoggedEpoch {
  std::int64_t epoch = 0;  // from 0
  std::map<std::string, double> values;
};

struct RunLog {
  std::filesystem::path file;
  std::vector<LoggedEpoch> epochs;  // ascending, each once; at least one
  std::size_t superseded = 0;       // lines left out because the run was resumed before their epoch
};

// There is no finished line yet; a run that has just been started is like that.
class LogNotReady : public Error {
 public:
  using Error::Error;
};

// `run` itself, or log.txt in it where it is a folder.
std::filesystem::path run_log_file(const std::filesystem::path& run);

// Reads what the run has logged so far. A last line that is still being written is left out. A line
// whose epoch is not above the one before it begins the run anew from there: what an earlier start
// logged of this epoch and later ones is superseded, it tells of weights that were given up.
// Throws LogNotReady, and Error that names file and line.
RunLog read_run_log(const std::filesystem::path& run);

}  // namespace saccade
