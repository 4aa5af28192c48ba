// The images that a viewer may open.
#include "saccade/server/image_shelf.h"

#include <openssl/sha.h>

#include "saccade/core/file_io.h"
#include "saccade/core/hex_text.h"
#include "saccade/core/one_line.h"
#include "saccade/core/parse_number.h"
#include "saccade/image/image_kind.h"

namespace saccade {
namespace {

// Of tiny pictures the bytes would allow millions, each with a name to keep and a row in every list.
constexpr std::size_t kMaxUploads = 1000;
constexpr std::size_t kMaxPhotoBytes = std::size_t{256} << 20;

std::string id_of(const std::string& bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return "u" + hex_text(std::as_bytes(std::span(digest)).first(8));
}

bool is_upload_id(const std::string& id) {
  return id.size() == 17 && id[0] == 'u' &&
         id.find_first_not_of("0123456789abcdef", 1) == std::string::npos;
}

}  // namespace

std::vector<ShelfImage> ImageShelf::list() const {
  std::vector<ShelfImage> all = given_;
  const std::lock_guard lock(mutex_);
  all.insert(all.end(), uploads_.begin(), uploads_.end());
  return all;
}

ShelfImage ImageShelf::find(const std::string& id) const {
  if (id.starts_with('i')) {
    const auto index = parse_number<std::size_t>(std::string_view(id).substr(1));
    if (index && *index < given_.size()) return given_[*index];
  }
  const std::lock_guard lock(mutex_);
  for (const ShelfImage& upload : uploads_)
    if (upload.id == id) return upload;
  if (is_upload_id(id))
    throw NoSuchImage("this upload is no longer in memory: upload it again", true);
  throw NoSuchImage("there is no image '" + one_line(id) + "': GET /api/images lists them", false);
}

ShelfImage ImageShelf::add(const std::string& name, std::string bytes) {
  ShelfImage image{.id = id_of(bytes), .name = name};
  const std::lock_guard lock(mutex_);
  for (const ShelfImage& upload : uploads_)
    if (upload.id == image.id) return upload;
  uploaded_ += bytes.size();
  image.bytes = std::make_shared<const std::string>(std::move(bytes));
  uploads_.push_back(image);
  while ((uploaded_ > upload_limit_ || uploads_.size() > kMaxUploads) && uploads_.size() > 1) {
    uploaded_ -= uploads_.front().bytes->size();
    uploads_.erase(uploads_.begin());
  }
  return image;
}

std::size_t ImageShelf::upload_bytes() const {
  const std::lock_guard lock(mutex_);
  return uploaded_;
}

std::shared_ptr<const std::string> photo_bytes(const ShelfImage& image) {
  if (image.bytes) return image.bytes;
  std::string bytes = read_file(image.path, kMaxPhotoBytes);
  image_kind(std::as_bytes(std::span(bytes)), one_line(image.name));  // throws for another
  return std::make_shared<const std::string>(std::move(bytes));
}

}  // namespace saccade
