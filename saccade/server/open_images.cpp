// Images that are open in a model.
#include "saccade/server/open_images.h"

#include <algorithm>

namespace saccade {

const OpenImage& OpenImages::get(const LoadedModel& model, const ShelfImage& image,
                                 int longest_side, const StopFlag& stop, const TellProgress& tell) {
  const auto found = std::find_if(open_.begin(), open_.end(), [&](const Entry& entry) {
    return entry.model == &model && entry.id == image.id && entry.longest_side == longest_side;
  });
  if (found != open_.end()) {
    open_.splice(open_.begin(), open_, found);
  } else {
    const auto bytes = photo_bytes(image);
    const std::span<const char> characters(*bytes);
    open_.push_front({&model, image.id, longest_side,
                      std::make_unique<OpenImage>(model, std::as_bytes(characters), image.name,
                                                  apply_exif_, longest_side, stop, tell)});
  }
  close_beyond_budget();
  return *open_.front().image;
}

void OpenImages::close_all(const LoadedModel& model) {
  open_.remove_if([&](const Entry& entry) { return entry.model == &model; });
}

void OpenImages::close_beyond_budget() {
  int count = 0;
  while (open_.size() > 1 && bytes() > budget_) {
    open_.pop_back();
    ++count;
  }
  if (count > 0) closed_(count);
}

std::size_t OpenImages::bytes() const {
  std::size_t sum = 0;
  for (const Entry& entry : open_) sum += entry.image->bytes();
  return sum;
}

}  // namespace saccade
