// Tells the table of tools/run_faults.py what a test of a fault showed.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include "saccade/core/json_writer.h"

namespace saccade {

// At a test's end: what went wrong, how often it was tried, what was left. Nothing is told of a test that failed, or where
// nobody asks (SACCADE_FAULT_REPORT names the file that lines of JSON are added to, as the fixture `tell` of the Python tests).
inline void tell_fault(std::string_view fault, std::int64_t tries, std::string_view outcome) {
  const char* report = std::getenv("SACCADE_FAULT_REPORT");
  if (report == nullptr || testing::Test::HasFailure()) return;
  JsonWriter json;
  json.begin_object().member("fault", fault).member("tries", tries).member("outcome", outcome);
  std::ofstream(report, std::ios::app) << json.end_object().text() << '\n';
}

}  // namespace saccade
