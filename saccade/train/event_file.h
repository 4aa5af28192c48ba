// A TensorBoard event file: curves and pictures of a run, for `tensorboard --logdir FOLDER`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace saccade {

// Makes FOLDER/events.out.tfevents.<time>.<host>.<pid>, with a number behind where that exists: a run
// that goes on writes a file of its own, and TensorBoard reads all of a folder one after another.
//
// Events are kept in memory until flush() or until they are a megabyte. A write that fails (full disk)
// throws Error that names the file and loses nothing: what is not written yet stays, the next flush()
// goes on after the last byte on the disk. One thread at a time.
// Source: TensorFlow's record format and its messages Event and Summary (core/util/event.proto,
// core/framework/summary.proto).
class EventFile {
 public:
  // Makes the folder too. Throws Error.
  explicit EventFile(const std::filesystem::path& folder);
  // Writes what is left; nobody hears of a failure here, so call flush() at the end.
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  // One point of the curve `tag`, such as "loss/total" (UTF-8). Kept as float32; what is beyond its
  // range becomes infinite, NaN stays.
  void scalar(std::string_view tag, std::int64_t step, double value);

  // A picture: the bytes of a PNG file, its size in pixels. Throws Error for an empty size.
  void image(std::string_view tag, std::int64_t step, std::string_view png, int width, int height);

  // Hands all events to the system. Throws Error.
  void flush();

  const std::filesystem::path& path() const { return path_; }

 private:
  void add(std::string_view event);

  std::filesystem::path path_;
  int file_ = -1;
  std::string pending_;  // records not written yet
};

}  // namespace saccade
