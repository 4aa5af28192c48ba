// What is wrong with a data set, one line each.
#pragma once

#include <string>
#include <vector>

namespace saccade {

struct DataProblem {
  std::string where;   // "instances.json: annotations[17] (id 901)", "val/a.jpg"
  std::string what;    // "bbox has a negative width (-3)"
  bool breaks = true;  // training or evaluation would stop or be wrong; false: worth knowing

  std::string line() const { return where + ": " + what; }
};

}  // namespace saccade
