// Names of the files that `saccade follow` writes, and how its animation and its table are written.
#pragma once

#include <filesystem>
#include <vector>

namespace saccade {

struct FollowFiles {
  std::filesystem::path animation, traces, table,
      numbers;                                  // follow.png, traces.png, follow.csv, follow.json
  std::vector<std::filesystem::path> pictures;  // frames/NAME.png, of each frame given
};

// In this folder; pictures by picture_name (output_files.h).
FollowFiles follow_files(const std::filesystem::path& folder,
                         const std::vector<std::filesystem::path>& frames);

// These files. Throws UsageError where the folder is a file, files exist and `overwrite` is false, or one of the frames
// would be replaced.
FollowFiles to_be_written(FollowFiles files, const std::vector<std::filesystem::path>& frames,
                          bool overwrite);

// Joins pictures to one that moves. Throws Error.
void write_animation(const std::filesystem::path& out,
                     const std::vector<std::filesystem::path>& pictures, double frames_per_second);

}  // namespace saccade
