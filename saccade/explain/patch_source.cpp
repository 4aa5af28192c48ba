// The file that a patch copies from.
#include "saccade/explain/patch_source.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace saccade {
namespace {

constexpr std::size_t kMaxNameBytes = 4096;
constexpr std::array<std::string_view, 3> kWeights = {".pth", ".pt", ".safetensors"};
constexpr std::array<std::string_view, 3> kImages = {".jpg", ".jpeg", ".png"};

bool has_suffix(const std::string& name, std::string_view suffix) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
  return name.size() > suffix.size() &&
         std::equal(name.end() - static_cast<std::ptrdiff_t>(suffix.size()), name.end(),
                    suffix.begin(), same);
}

bool is_image_file_name(const std::string& name) {
  return std::any_of(kImages.begin(), kImages.end(),
                     [&](std::string_view suffix) { return has_suffix(name, suffix); });
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

bool must_be_quoted(const std::string& name) {
  return name.find_first_of("()\"") != std::string::npos || name.front() == ' ' ||
         name.back() == ' ';
}

// What follows the opening quote, the closing one included.
std::string read_quoted(TextCursor& cursor) {
  std::string name;
  while (!cursor.take('"')) {
    const bool escapes = cursor.take('\\');
    const char c = cursor.peek();
    if (cursor.at_end() || is_control(c))
      cursor.fail_expected("'\"' at the end of the file's name");
    if (escapes && c != '"' && c != '\\') cursor.fail_expected("'\"' or '\\'");
    cursor.take(c);
    name += c;
  }
  return name;
}

std::string read_bare(TextCursor& cursor) {
  std::string name;
  for (char c = cursor.peek(); !cursor.at_end() && c != ')'; c = cursor.peek()) {
    if (is_control(c) || c == '(' || c == '"')
      cursor.fail_expected(
          "')'; a name with brackets or quotes stands in quotes, where \\\" is one,");
    cursor.take(c);
    name += c;
  }
  name.erase(name.find_last_not_of(' ') + 1);
  return name;
}

std::string read_name(TextCursor& cursor) {
  const TextCursor begin = cursor;
  std::string name = cursor.take('"') ? read_quoted(cursor) : read_bare(cursor);
  if (name.size() > kMaxNameBytes)
    begin.fail_at(begin.at(),
                  text_of("expected a file's name of at most ", kMaxNameBytes, " bytes"));
  return name;
}

void check_suffix(const std::string& name, const TextCursor& begin) {
  if (is_weights_name(name) || is_image_file_name(name)) return;
  begin.fail_at(
      begin.at(),
      "expected an image (.jpg, .jpeg, .png) or weights (.pth, .pt, .safetensors) to copy "
      "from");
}

}  // namespace

bool is_weights_name(const std::string& name) {
  return std::any_of(kWeights.begin(), kWeights.end(),
                     [&](std::string_view suffix) { return has_suffix(name, suffix); });
}

std::string read_patch_source(TextCursor& cursor) {
  cursor.open_bracket();
  const TextCursor begin = cursor;
  const std::string name = read_name(cursor);
  check_suffix(name, begin);
  cursor.close_bracket();
  return name;
}

std::string read_means_source(TextCursor& cursor) {
  const TextCursor begin = cursor;
  const std::string name = read_name(cursor);
  if (!has_suffix(name, ".safetensors"))
    begin.fail_at(begin.at(),
                  "expected a .safetensors file of head means, as eval --head-means writes it");
  return name;
}

std::string source_text(const std::string& name) {
  if (!must_be_quoted(name)) return name;
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

}  // namespace saccade
