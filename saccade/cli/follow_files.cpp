// Files of `saccade follow`.
#include "saccade/cli/follow_files.h"

#include <fstream>
#include <set>

#include "saccade/cli/output_files.h"
#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/image/png_animation.h"

namespace saccade {

namespace fs = std::filesystem;

FollowFiles follow_files(const fs::path& folder, const std::vector<fs::path>& frames) {
  FollowFiles files{folder / "follow.png",
                    folder / "traces.png",
                    folder / "follow.csv",
                    folder / "follow.json",
                    {}};
  std::set<std::string> taken;
  for (const fs::path& frame : frames)
    files.pictures.push_back(folder / "frames" / picture_name(frame, taken));
  return files;
}

FollowFiles to_be_written(FollowFiles files, const std::vector<fs::path>& frames, bool overwrite) {
  std::error_code none;
  for (const fs::path& picture : files.pictures) {
    if (!fs::exists(picture, none)) continue;
    for (const fs::path& frame : frames)
      if (fs::equivalent(picture, frame, none))
        throw UsageError(text_of(picture.string(),
                                 ": is one of the frames and would be replaced by its picture; "
                                 "name another folder with --out"));
  }
  check_folder("--out", files.animation.parent_path());
  for (const fs::path& file : {files.animation, files.traces, files.table, files.numbers})
    refuse_to_replace(file, overwrite);
  for (const fs::path& picture : files.pictures) refuse_to_replace(picture, overwrite);
  return files;
}

void write_animation(const fs::path& out, const std::vector<fs::path>& pictures,
                     double frames_per_second) {
  write_file_with(out, [&](const fs::path& temporary) {
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    PngAnimation animation(file, static_cast<std::uint32_t>(pictures.size()), frames_per_second);
    for (const fs::path& picture : pictures) animation.add(read_file(picture));
    animation.finish();
    file.close();
    if (!file) throw Error(text_of(out.string(), ": cannot be written; is the disk full?"));
  });
}

}  // namespace saccade
