// Images with boxes and class names.
#include "saccade/data/labelled_set.h"

#include <simdjson.h>

#include <algorithm>

#include "saccade/core/error.h"

namespace saccade {

std::int64_t LabelledSplit::num_boxes() const {
  std::int64_t count = 0;
  for (const LabelledImage& image : images) count += static_cast<std::int64_t>(image.boxes.size());
  return count;
}

BoxXywh clip_to_image(const BoxXywh& box, int width, int height, double tolerance,
                      std::int64_t& clipped) {
  const double right = box.x + box.width, bottom = box.y + box.height;
  const double overshoot = std::max({-box.x, -box.y, right - width, bottom - height});
  if (overshoot > tolerance) ++clipped;
  if (overshoot <= 0) return box;
  const double x0 = std::clamp(box.x, 0.0, double(width));
  const double y0 = std::clamp(box.y, 0.0, double(height));
  return {x0, y0, std::clamp(right, 0.0, double(width)) - x0,
          std::clamp(bottom, 0.0, double(height)) - y0};
}

std::filesystem::path path_below(const std::string& name, const std::string& where) {
  const std::filesystem::path path = std::filesystem::path(name).lexically_normal();
  const bool leaves = path.is_absolute() || (!path.empty() && *path.begin() == "..");
  if (name.empty() || leaves || !path.has_filename() || path == "." ||
      name.find('\0') != std::string::npos) {
    throw Error(text_of(where, ": the file name '", name.substr(0, 200),
                        "' does not stay in its folder; expected one such as a.jpg or day/a.jpg"));
  }
  return path;
}

namespace {

// U+FDD0 to U+FDEF, and the last two code points of each plane. `text` is UTF-8.
bool has_noncharacter(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if (byte(i) == 0xEF && byte(i + 1) == 0xB7 && byte(i + 2) >= 0x90 && byte(i + 2) <= 0xAF)
      return true;
    if (byte(i) == 0xEF && byte(i + 1) == 0xBF && byte(i + 2) >= 0xBE) return true;
    if (byte(i) >= 0xF0 && (byte(i + 1) & 0x0F) == 0x0F && byte(i + 2) == 0xBF &&
        byte(i + 3) >= 0xBE)
      return true;
  }
  return false;
}

}  // namespace

const std::string& checked_utf8(const std::string& text, const std::string& where) {
  if (!simdjson::validate_utf8(text.data(), text.size()))
    throw Error(text_of(where, ": is not UTF-8 text; convert it first (iconv -t UTF-8)"));
  if (has_noncharacter(text))
    throw Error(
        text_of(where, ": holds a code point that stands for no character, such as U+FFFF"));
  return text;
}

}  // namespace saccade
