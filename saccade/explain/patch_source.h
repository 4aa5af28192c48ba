// The file that a patch copies from, in the text of an intervention: patch(street.jpg), patch("one (2).pth").
#pragma once

#include <string>

#include "saccade/explain/text_cursor.h"

namespace saccade {

// Whether a file is weights, by its name's suffix: .pth, .pt or .safetensors; else an image.
bool is_weights_name(const std::string& name);

// Reads "(FILE)": as it stands up to ')', or in quotes, where \" and \\ stand for " and \. Nothing is opened.
// Throws UsageError: no name, a control character, a suffix of neither an image nor weights.
std::string read_patch_source(TextCursor& cursor);

// "(FILE)", in quotes only where it must be.
std::string patch_source_text(const std::string& name);

}  // namespace saccade
