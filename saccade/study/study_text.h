// Numbers as the text reports of studies print them.
#pragma once

#include <string>

#include "saccade/eval/bootstrap.h"

namespace saccade {

enum class Sign { kIfNegative, kAlways };

// `value` with `digits` decimals.
std::string decimals(double value, int digits = 4, Sign sign = Sign::kIfNegative);

// A change and its interval: "-0.0290 [-0.0417, -0.0128]".
std::string interval_text(const BootstrapInterval& of);

}  // namespace saccade
