// The figures' two fonts as Cairo objects. Only canvas.cpp and text_layout.cpp include this.
#pragma once

#include <cairo.h>

namespace saccade {

// DejaVu Sans, regular or bold, loaded by file: from the folder in SACCADE_FONT_DIR when it is set,
// otherwise from the folders distributions use. Never freed, shared by all threads.
// Throws Error that says where the file was looked for.
cairo_font_face_t* figure_font(bool bold);

// Options under which text has the same shape and width in every output: no hinting.
cairo_font_options_t* figure_font_options();

}  // namespace saccade
