// Text from files made fit for a terminal.
#include "saccade/core/one_line.h"

namespace saccade {

std::string one_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
    const bool is_c1 = byte == 0xC2 && next >= 0x80 && next < 0xA0;  // two bytes in UTF-8
    out += byte < 0x20 || byte == 0x7F || is_c1 ? '?' : text[i];
    i += is_c1 ? 1 : 0;
  }
  return out;
}

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

}  // namespace saccade
