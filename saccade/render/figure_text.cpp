// Numbers and words as figures print them.
#include "saccade/render/figure_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "saccade/core/error.h"

namespace saccade {
namespace {

constexpr std::string_view kMinus = "\u2212";
constexpr std::string_view kReplacement = "\uFFFD";

std::string fixed(double value, int digits) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
  return buffer;
}

// U+FDD0 to U+FDEF and the last two code points of each plane, which Cairo refuses to draw.
bool is_noncharacter(std::string_view sequence) {
  if (sequence.size() < 3) return false;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  const std::size_t n = sequence.size();
  if (n == 3 && byte(0) == 0xEF && byte(1) == 0xB7) return byte(2) >= 0x90 && byte(2) <= 0xAF;
  const bool ends_a_plane = byte(n - 1) >= 0xBE && byte(n - 2) == 0xBF;
  return ends_a_plane && (n == 4 ? (byte(1) & 0x0F) == 0x0F : byte(0) == 0xEF);
}

// Length of the UTF-8 sequence at `at`, 0 where there is none.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 && lead <= 0xF4   ? 4
                             : lead >= 0xE0 && lead <= 0xEF ? 3
                             : lead >= 0xC2 && lead <= 0xDF ? 2
                                                            : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  // Overlong forms, surrogates and code points above U+10FFFF are no characters.
  if (lead == 0xE0 && byte(at + 1) < 0xA0) return 0;
  if (lead == 0xED && byte(at + 1) > 0x9F) return 0;
  if (lead == 0xF0 && byte(at + 1) < 0x90) return 0;
  if (lead == 0xF4 && byte(at + 1) > 0x8F) return 0;
  return is_noncharacter(text.substr(at, length)) ? 0 : length;
}

}  // namespace

std::string number_text(double value, int digits) {
  if (std::isnan(value)) return "-";
  if (std::isinf(value)) return value > 0 ? "\u221E" : std::string(kMinus) + "\u221E";
  const std::string text = fixed(std::abs(value), digits);
  if (text.find_first_not_of("0.") == std::string::npos) return "0";
  return value < 0 ? std::string(kMinus) + text : text;
}

std::string percent_text(double share) {
  const double percent = 100 * share;
  const bool small = std::abs(percent) > 0.05 && std::abs(percent) < 0.95;
  return number_text(percent, small ? 1 : 0) + "\u00A0%";  // the sign stays with its number
}

std::string change_text(double value, int digits) {
  const std::string text = number_text(value, digits);
  return value > 0 && text != "0" ? "+" + text : text;
}

std::string count_text(std::size_t count, std::string_view noun) {
  if (count == 1) return text_of("1 ", noun);
  if (noun.ends_with('y'))  // categories
    return text_of(count, " ", noun.substr(0, noun.size() - 1), "ies");
  const bool hisses = noun.ends_with('s') || noun.ends_with('x');  // classes, boxes
  return text_of(count, " ", noun, hisses ? "es" : "s");
}

std::string index_list(const std::vector<int>& indices, std::string_view prefix) {
  if (indices.empty()) return "none";
  std::vector<int> sorted = indices;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::string text;
  for (std::size_t i = 0; i < sorted.size();) {
    std::size_t end = i;
    while (end + 1 < sorted.size() && sorted[end + 1] == sorted[end] + 1) ++end;
    if (!text.empty()) text += ", ";
    text += text_of(prefix, sorted[i]);
    if (end > i) text += text_of(end == i + 1 ? ", " : "-", prefix, sorted[end]);
    i = end + 1;
  }
  return text;
}

std::string drawable_text(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequence_length(text, at);
    const unsigned char lead = static_cast<unsigned char>(text[at]);
    if (length == 0 || lead < 0x20 || lead == 0x7F) {
      out += kReplacement;
    } else {
      out += text.substr(at, length);
    }
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

std::size_t next_character(std::string_view text, std::size_t at) {
  return at + std::max<std::size_t>(sequence_length(text, at), 1);
}

}  // namespace saccade
