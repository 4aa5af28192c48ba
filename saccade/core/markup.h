// Text inside HTML and XML.
#pragma once

#include <string>
#include <string_view>

namespace saccade {

// The text with &, <, > and " written so that it is no markup, in an element as in a quoted attribute.
std::string markup_text(std::string_view text);

}  // namespace saccade
