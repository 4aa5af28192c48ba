// Images that are open in a model, the least recently used closed first where memory runs out. For one thread.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "saccade/server/image_shelf.h"
#include "saccade/server/open_image.h"

namespace saccade {

class OpenImages {
 public:
  // `closed` is told how many images were closed to stay within the budget.
  OpenImages(std::size_t budget_bytes, bool apply_exif, std::function<void(int)> closed)
      : budget_(budget_bytes), apply_exif_(apply_exif), closed_(std::move(closed)) {}

  // Opens it where it is not, at this longest side (0: as the model wants it). Throws as OpenImage. The reference holds
  // until the next call.
  const OpenImage& get(const LoadedModel& model, const ShelfImage& image, int longest_side,
                       const StopFlag& stop, const TellProgress& tell);
  // Closes what memory does not suffice for; the image of the last get() stays, whatever its size. get() has done so, but
  // what was asked of an image since may have made it larger.
  void close_beyond_budget();
  // Closes the images of a model that is about to go.
  void close_all(const LoadedModel& model);

  int count() const { return static_cast<int>(open_.size()); }
  std::size_t bytes() const;

 private:
  struct Entry {
    const LoadedModel* model;
    std::string id;
    int longest_side;
    std::unique_ptr<OpenImage> image;
  };

  const std::size_t budget_;
  const bool apply_exif_;
  const std::function<void(int)> closed_;
  std::list<Entry> open_;  // the last used first
};

}  // namespace saccade
