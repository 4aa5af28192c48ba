// The operator's own check, as `saccade selftest` runs it.
#pragma once

#include <iosfwd>

namespace saccade {

// Runs the original project's unit test on every device present: forward in float64 and float32
// against the plain formula, then a numerical gradient check in float64 for seven channel counts.
// Writes a line per check, with the largest absolute and relative error, and a closing line
// `all checking is True` or `all checking is False`. Returns whether all held.
bool run_op_selftest(std::ostream& out);

}  // namespace saccade
