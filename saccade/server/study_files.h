// What lies beside the images: sweeps that were made, and training runs that may still grow, with their checkpoints. Only files that were named at
// start are read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "saccade/server/http_message.h"

namespace saccade {

class StudyFiles {
 public:
  // Folders with a sweep.json; a folder of runs, each a folder with a log.txt (empty: none). Throws UsageError where one is
  // not there.
  StudyFiles(const std::vector<std::string>& sweeps, const std::string& runs);

  std::vector<std::string> sweep_names() const;
  bool has_runs() const { return !runs_.empty(); }

  // Runs that are there now: {"runs": [...]}.
  HttpReply runs() const;
  HttpReply sweep(const std::string& name) const;
  // Whole lines of log.txt from this byte on, and in X-Next the byte to go on from.
  HttpReply log(const std::string& name, std::uint64_t from) const;
  // Epochs of a run whose weights are kept: {"epochs": [...]}.
  HttpReply checkpoints(const std::string& name) const;
  // The file of one. Throws UsageError where there is none.
  std::filesystem::path checkpoint(const std::string& name, std::int64_t epoch) const;

 private:
  std::map<std::string, std::filesystem::path> logs() const;
  std::map<std::int64_t, std::filesystem::path> checkpoints_of(const std::string& name) const;

  std::map<std::string, std::filesystem::path> sweeps_;  // by name, the file
  std::filesystem::path runs_;
};

}  // namespace saccade
