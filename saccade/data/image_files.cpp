// The image files of a data set.
#include "saccade/data/image_files.h"

#include <unistd.h>

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/image/decode.h"

namespace saccade {

namespace fs = std::filesystem;

std::vector<fs::path> images_below(const fs::path& folder) {
  std::vector<fs::path> images;
  std::error_code fault;
  for (fs::recursive_directory_iterator entry(folder, fault), end; !fault && entry != end;
       entry.increment(fault)) {
    std::error_code gone;
    if (entry->is_regular_file(gone) && is_image_name(entry->path()))
      images.push_back(entry->path());
  }
  if (fault) throw Error(text_of(folder.string(), ": cannot be listed: ", fault.message()));
  if (images.empty()) throw Error(text_of(folder.string(), ": no image files in this folder"));
  std::sort(images.begin(), images.end());
  return images;
}

void place_image(const fs::path& image, const fs::path& target, bool copy) {
  std::error_code fault;
  const bool is_link = fs::is_symlink(target, fault);
  // The image itself: to replace it by a link to itself would lose it.
  if (!is_link && fs::equivalent(image, target, fault)) return;
  const fs::path source = fs::canonical(image, fault);
  if (fault) throw Error(text_of(image.string(), ": cannot be found: ", fault.message()));
  const fs::path beside =
      target.parent_path() / text_of(".", target.filename().string(), ".", ::getpid(), ".tmp");
  fs::create_directories(target.parent_path(), fault);
  if (copy) {
    fs::copy_file(source, beside, fs::copy_options::overwrite_existing, fault);
  } else {
    fs::remove(beside, fault);
    fs::create_symlink(source, beside, fault);
  }
  if (!fault) fs::rename(beside, target, fault);
  if (!fault) return;
  const std::string why = fault.message();
  fs::remove(beside, fault);
  throw Error(text_of(target.string(), ": cannot ", copy ? "copy" : "link", " ", image.string(),
                      ": ", why));
}

}  // namespace saccade
