// Errors the program reports in one line: what was wrong, where, what was expected, what to do.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace saccade {

// A job failed: a broken file, weights that do not fit, a full disk. Exit code 1.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The program was called wrongly: an unknown option, a query out of range. Exit code 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

// Joins its arguments into one text: Error(text_of(path, ": ", n, " bytes expected")).
template <typename... Args>
std::string text_of(const Args&... args) {
  std::ostringstream out;
  (out << ... << args);
  return out.str();
}

}  // namespace saccade
