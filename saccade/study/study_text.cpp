// Numbers as the text reports of studies print them.
#include "saccade/study/study_text.h"

#include <iomanip>
#include <sstream>

namespace saccade {

std::string decimals(double value, int digits, Sign sign) {
  std::ostringstream out;
  if (sign == Sign::kAlways) out << std::showpos;
  out << std::fixed << std::setprecision(digits) << value;
  return out.str();
}

std::string interval_text(const BootstrapInterval& of) {
  const auto signed_text = [](double value) { return decimals(value, 4, Sign::kAlways); };
  return signed_text(of.value) + " [" + signed_text(of.low) + ", " + signed_text(of.high) + "]";
}

}  // namespace saccade
