// The images that a viewer may open: those given at start, and what was uploaded, which stays in memory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "saccade/core/error.h"

namespace saccade {

// One image; never changes.
struct ShelfImage {
  std::string id;                            // "i12" of those given, "u" and 16 digits of uploads
  std::string name;                          // as the viewer shows it
  std::filesystem::path path;                // where it lies; empty: `bytes`
  std::shared_ptr<const std::string> bytes;  // of uploads
  int truth = -1;                            // index into the annotations' images; -1: none
};

// An id that was never given (404), or an upload that is gone (410).
class NoSuchImage : public Error {
 public:
  NoSuchImage(const std::string& what, bool was_there) : Error(what), was_there(was_there) {}
  const bool was_there;
};

class ImageShelf {
 public:
  // Uploads above `upload_bytes` in all push out the oldest ones.
  ImageShelf(std::vector<ShelfImage> given, std::size_t upload_bytes)
      : given_(std::move(given)), upload_limit_(upload_bytes) {}

  std::vector<ShelfImage> list() const;
  // Throws NoSuchImage.
  ShelfImage find(const std::string& id) const;
  // The same bytes are the same image, under the name that they had first.
  ShelfImage add(const std::string& name, std::string bytes);
  std::size_t upload_bytes() const;

 private:
  const std::vector<ShelfImage> given_;
  const std::size_t upload_limit_;
  mutable std::mutex mutex_;
  std::vector<ShelfImage> uploads_;  // oldest first
  std::size_t uploaded_ = 0;
};

// The file's bytes. Throws Error: not a JPEG or PNG by its first bytes, too large, gone.
std::shared_ptr<const std::string> photo_bytes(const ShelfImage& image);

}  // namespace saccade
