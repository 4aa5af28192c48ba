// Usage errors in one line, with the word that was probably meant.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace saccade {

// The command of this name, or null.
const CLI::App* find_command(const CLI::App& app, const std::string& name);

// Long names of a command's options, such as "--from-level".
std::vector<std::string> option_names(const CLI::App& command);

// Whether two option names differ in hyphens and underscores at most.
bool same_spelling(const std::string& a, const std::string& b);

// What was wrong with the arguments, in our words.
std::string usage_message(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv);

}  // namespace saccade
