// Width, wrapping and shortening of text in the figures' font.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace saccade {

// Advance in points at `size` points; the same in every output because nothing is hinted.
double text_width(std::string_view text, double size, bool bold = false);

// Lines no wider than `width`, broken at spaces; a word wider than that is broken inside.
std::vector<std::string> wrap_text(std::string_view text, double width, double size,
                                   bool bold = false);

// `text`, or its longest beginning plus an ellipsis that fits into `width`; empty where not even
// the ellipsis fits.
std::string shorten_text(std::string_view text, double width, double size, bool bold = false);

// `text`, or its beginning and its end with an ellipsis between them: names that are numbered differ at
// their end. Empty where not even the ellipsis fits.
std::string shorten_middle(std::string_view text, double width, double size, bool bold = false);

// A file's name in `width`: whole where it fits, else without its folders, else as shorten_middle.
std::string shorten_path(std::string_view path, double width, double size);

}  // namespace saccade
