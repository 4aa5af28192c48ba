// What every picture records of how it was made.
#pragma once

#include <string>

#include "saccade/render/figure_file.h"

namespace saccade {

// As a shell would need it: quoted where it holds anything but plain characters.
std::string shell_word(const std::string& word);

// Remembers the command line, quoted for a shell; called once at the start.
void set_command_text(int argc, char** argv);
const std::string& command_text();

// `seed` of what was drawn at random; empty where nothing was.
FigureRecord figure_record(const std::string& weights_sha256, const std::string& seed = "");

}  // namespace saccade
