// saccade doctor: what this machine and this build can do, and what to do about what is missing.
#pragma once

#include "saccade/cli/options.h"

namespace saccade {

int run_doctor(const DoctorOptions& options);

}  // namespace saccade
