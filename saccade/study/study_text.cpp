// Numbers as the text reports of studies print them.
#include "saccade/study/study_text.h"

#include <charconv>
#include <cmath>
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

std::string csv_number(double value) {
  if (std::isnan(value)) return "";
  char text[40];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

}  // namespace saccade
