// Width, wrapping and shortening of text in the figures' font.
#include "saccade/render/text_layout.h"

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/render/cairo_font.h"
#include "saccade/render/figure_text.h"

namespace saccade {
namespace {

constexpr double kMeasuredSize = 100;
constexpr std::string_view kEllipsis = "\u2026";

cairo_scaled_font_t* measuring_font(bool bold) {
  const auto make = [](bool is_bold) {
    cairo_matrix_t size, identity;
    cairo_matrix_init_scale(&size, kMeasuredSize, kMeasuredSize);
    cairo_matrix_init_identity(&identity);
    return cairo_scaled_font_create(figure_font(is_bold), &size, &identity, figure_font_options());
  };
  static cairo_scaled_font_t* const regular_font = make(false);
  static cairo_scaled_font_t* const bold_font = make(true);
  return bold ? bold_font : regular_font;
}

// The longest beginning of `text` that fits, in bytes; never less than one character.
std::size_t fitting_bytes(std::string_view text, double width, double size, bool bold) {
  std::size_t end = next_character(text, 0);
  while (end < text.size()) {
    const std::size_t next = next_character(text, end);
    if (text_width(text.substr(0, next), size, bold) > width) break;
    end = next;
  }
  return end;
}

}  // namespace

double text_width(std::string_view text, double size, bool bold) {
  cairo_text_extents_t extents;
  cairo_scaled_font_text_extents(measuring_font(bold), drawable_text(text).c_str(), &extents);
  return extents.x_advance * size / kMeasuredSize;
}

std::vector<std::string> wrap_text(std::string_view text, double width, double size, bool bold) {
  std::vector<std::string> lines;
  std::string line;
  const auto end_line = [&] {
    if (!line.empty()) lines.push_back(line);
    line.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    std::string word(text.substr(at, end - at));
    at = end + 1;
    if (word.empty()) continue;
    const std::string longer = line.empty() ? word : line + " " + word;
    if (text_width(longer, size, bold) <= width) {
      line = longer;
      continue;
    }
    end_line();
    while (text_width(word, size, bold) > width && next_character(word, 0) < word.size()) {
      const std::size_t bytes = fitting_bytes(word, width, size, bold);
      lines.push_back(word.substr(0, bytes));
      word.erase(0, bytes);
    }
    line = word;
  }
  end_line();
  return lines;
}

std::string shorten_text(std::string_view text, double width, double size, bool bold) {
  if (text_width(text, size, bold) <= width) return std::string(text);
  const double left = width - text_width(kEllipsis, size, bold);
  if (left < 0) return {};
  std::string best(kEllipsis);
  for (std::size_t end = next_character(text, 0); end < text.size();
       end = next_character(text, end)) {
    const std::string_view beginning = text.substr(0, end);
    if (text_width(beginning, size, bold) > left) break;
    const std::size_t last = beginning.find_last_not_of(" ");
    best = std::string(beginning.substr(0, last == std::string_view::npos ? 0 : last + 1)) +
           std::string(kEllipsis);
  }
  return best;
}

std::string shorten_middle(std::string_view text, double width, double size, bool bold) {
  if (text_width(text, size, bold) <= width) return std::string(text);
  if (text_width(kEllipsis, size, bold) > width) return {};
  std::vector<std::size_t> starts;  // of the characters
  for (std::size_t at = 0; at < text.size(); at = next_character(text, at)) starts.push_back(at);
  // Two thirds of what fits belong to the end.
  std::string best(kEllipsis);
  for (std::size_t kept = 1; kept < starts.size(); ++kept) {
    const std::size_t head = kept / 3, tail = kept - head;
    const std::string shorter =
        text_of(text.substr(0, starts[head]), kEllipsis, text.substr(starts[starts.size() - tail]));
    if (text_width(shorter, size, bold) > width) break;
    best = shorter;
  }
  return best;
}

std::string shorten_path(std::string_view path, double width, double size) {
  if (text_width(path, size) <= width) return std::string(path);
  const std::size_t slash = path.find_last_of('/');
  return shorten_middle(slash == std::string_view::npos ? path : path.substr(slash + 1), width,
                        size);
}

}  // namespace saccade
