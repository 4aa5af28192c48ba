// What the ranks of an evaluation tell each other, as bytes.
#pragma once

#include <string>
#include <vector>

#include "saccade/data/coco.h"
#include "saccade/data/coco_results.h"
#include "saccade/dist/rank_group.h"

namespace saccade {

// A detection and the decoder query it came from.
struct FoundRow {
  CocoDetection detection;
  std::int32_t query = 0;
  std::int32_t unused = 0;
};

// A problem with an image of the data set.
struct ImageProblem {
  int image = 0;  // index into the data set
  DataProblem problem;
};

std::string to_bytes(const std::vector<FoundRow>& rows);
std::string to_bytes(const std::vector<ImageProblem>& problems);
std::string to_bytes(const std::vector<double>& numbers);

// Appends what another rank sent. Throws Error where it is cut off, or speaks of an image or category
// that `data` does not have.
void append_rows(std::vector<FoundRow>& rows, const std::string& bytes, const CocoDataSet& data);
void append_problems(std::vector<ImageProblem>& problems, const std::string& bytes,
                     const CocoDataSet& data);

// What rank 0 gives, on every rank. Each call in a job needs a `name` of its own. Throws Error.
std::vector<std::int32_t> indices_of_first(const std::vector<std::int32_t>& own,
                                           const std::string& name, RankGroup& ranks);
// What another rank sent. Throws Error where it is another number of numbers.
std::vector<double> numbers_of(const std::string& bytes, std::size_t count);

// Element by element, on every rank; each has as many. Each call in a job needs a `name` of its own. Throws Error.
std::vector<double> sum_over_ranks(const std::vector<double>& own, const std::string& name,
                                   RankGroup& ranks);

}  // namespace saccade
