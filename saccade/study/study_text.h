// Numbers and fields as the reports of studies print them.
#pragma once

#include <string>

#include "saccade/eval/bootstrap.h"

namespace saccade {

enum class Sign { kIfNegative, kAlways };

// `value` with `digits` decimals.
std::string decimals(double value, int digits = 4, Sign sign = Sign::kIfNegative);

// A change and its interval: "-0.0290 [-0.0417, -0.0128]".
std::string interval_text(const BootstrapInterval& of);

// A field of a CSV file: all digits; empty where there is nothing to measure (NaN).
std::string csv_number(double value);
// As RFC 4180 quotes: only where it must.
std::string csv_field(const std::string& text);

}  // namespace saccade
