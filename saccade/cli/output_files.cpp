// The rule for files that exist already.
#include "saccade/cli/output_files.h"

#include "saccade/core/error.h"

namespace saccade {

void refuse_to_replace(const std::filesystem::path& path, bool overwrite) {
  if (path.empty() || overwrite || !std::filesystem::exists(path)) return;
  throw UsageError(
      text_of(path.string(), ": exists already; add --overwrite or choose another name"));
}

void check_folder(const std::string& option, const std::filesystem::path& folder) {
  if (std::filesystem::exists(folder) && !std::filesystem::is_directory(folder))
    throw UsageError(text_of(option, " ", folder.string(), ": is a file; expected a folder"));
}

std::string picture_name(const std::filesystem::path& image, std::set<std::string>& taken) {
  std::string name = image.stem().string() + ".png";
  for (int copy = 1; !taken.insert(name).second; ++copy)
    name = image.filename().string() + (copy > 1 ? "-" + std::to_string(copy) : "") + ".png";
  return name;
}

}  // namespace saccade
