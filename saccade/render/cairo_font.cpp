// The figures' two fonts as Cairo objects.
#include "saccade/render/cairo_font.h"

#include <cairo-ft.h>
#include <ft2build.h>
#include FT_FREETYPE_H

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "saccade/core/error.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> font_folders() {
  if (const char* chosen = std::getenv("SACCADE_FONT_DIR"); chosen != nullptr && *chosen != '\0')
    return {chosen};
  return {"/usr/share/fonts/truetype/dejavu",                               // Debian, Ubuntu
          "/usr/share/fonts/TTF",                                           // Arch
          "/usr/share/fonts/dejavu-sans-fonts", "/usr/share/fonts/dejavu",  // Fedora, SUSE
          "/usr/local/share/fonts/dejavu"};
}

fs::path find_font(const char* file) {
  std::string tried;
  for (const fs::path& folder : font_folders()) {
    std::error_code ignored;
    if (fs::is_regular_file(folder / file, ignored)) return folder / file;
    tried += (tried.empty() ? "" : ", ") + folder.string();
  }
  throw Error(text_of(file, ": font not found in ", tried,
                      "; install fonts-dejavu-core or set SACCADE_FONT_DIR to its folder"));
}

FT_Library free_type() {
  static FT_Library library = [] {
    FT_Library made = nullptr;
    if (FT_Init_FreeType(&made) != 0) throw Error("FreeType cannot be started");
    return made;
  }();
  return library;
}

cairo_font_face_t* load_font(const char* file) {
  const fs::path path = find_font(file);
  FT_Face face = nullptr;
  if (FT_New_Face(free_type(), path.c_str(), 0, &face) != 0)
    throw Error(text_of(path.string(),
                        ": is not a font FreeType can read; reinstall "
                        "fonts-dejavu-core or set SACCADE_FONT_DIR"));
  return cairo_ft_font_face_create_for_ft_face(face, FT_LOAD_NO_HINTING);
}

}  // namespace

cairo_font_face_t* figure_font(bool bold) {
  static cairo_font_face_t* const regular_face = load_font("DejaVuSans.ttf");
  static cairo_font_face_t* const bold_face = load_font("DejaVuSans-Bold.ttf");
  return bold ? bold_face : regular_face;
}

cairo_font_options_t* figure_font_options() {
  static cairo_font_options_t* const options = [] {
    cairo_font_options_t* made = cairo_font_options_create();
    cairo_font_options_set_hint_style(made, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(made, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(made, CAIRO_ANTIALIAS_GRAY);
    return made;
  }();
  return options;
}

}  // namespace saccade
