// The rule for files that exist already, the same for every command.
#pragma once

#include <filesystem>
#include <set>
#include <string>

namespace saccade {

// Throws UsageError where the file exists and `overwrite` is false. An empty path is no file.
void refuse_to_replace(const std::filesystem::path& path, bool overwrite);

// Throws UsageError that names the option where the folder to write into is a file: before a long run, not after it.
void check_folder(const std::string& option, const std::filesystem::path& folder);

// The name of an image's picture among those of others, which are `taken` and it then is too: street.jpg -> street.png; where two
// would share a name, the second keeps its suffix.
std::string picture_name(const std::filesystem::path& image, std::set<std::string>& taken);

}  // namespace saccade
