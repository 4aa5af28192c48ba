// The rule for files that exist already, the same for every command.
#pragma once

#include <filesystem>

namespace saccade {

// Throws UsageError where the file exists and `overwrite` is false. An empty path is no file.
void refuse_to_replace(const std::filesystem::path& path, bool overwrite);

}  // namespace saccade
