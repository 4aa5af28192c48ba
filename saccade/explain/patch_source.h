// The files that interventions take numbers from, in their text: patch(street.jpg), patch("one (2).pth"),
// off(mean,means.safetensors).
#pragma once

#include <string>

#include "saccade/explain/text_cursor.h"

namespace saccade {

// Whether a file is weights, by its name's suffix: .pth, .pt or .safetensors; else an image.
bool is_weights_name(const std::string& name);

// Reads "(FILE)": as it stands up to ')', or in quotes, where \" and \\ stand for " and \. Nothing is opened.
// Throws UsageError: no name, a control character, a suffix of neither an image nor weights.
std::string read_patch_source(TextCursor& cursor);

// The same of head means, a .safetensors file, without the brackets.
std::string read_means_source(TextCursor& cursor);

// The name, in quotes only where it must be.
std::string source_text(const std::string& name);

}  // namespace saccade
