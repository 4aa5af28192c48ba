// A JSON file that is read piece by piece.
#include "saccade/data/json_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "saccade/core/error.h"

namespace saccade {
namespace {

std::int64_t modified_ns(const struct stat& info) {
  return std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
}

}  // namespace

JsonFile::JsonFile(std::filesystem::path path) : path_(std::move(path)) {
  // O_NONBLOCK: a pipe without a writer must not hang us; it has no meaning for regular files.
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0)
    throw Error(text_of(path_.string(), ": cannot be opened: ", std::strerror(errno)));
  struct stat info {};
  if (::fstat(descriptor_, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(descriptor_);
    throw Error(text_of(path_.string(), ": is ", S_ISDIR(info.st_mode) ? "a folder" : "no file",
                        ", a JSON file was expected"));
  }
  size_ = info.st_size;
  modified_ns_ = modified_ns(info);
}

JsonFile::~JsonFile() { ::close(descriptor_); }

void JsonFile::read(std::int64_t offset, char* to, std::int64_t count) const {
  while (count > 0) {
    const ssize_t got = ::pread(descriptor_, to, static_cast<std::size_t>(count), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(text_of(path_.string(), ": cannot be read: ", std::strerror(errno)));
    if (got == 0) throw Error(text_of(path_.string(), ": became shorter while it was being read"));
    offset += got;
    to += got;
    count -= got;
  }
}

void JsonFile::check_unchanged() const {
  struct stat info {};
  if (::fstat(descriptor_, &info) == 0 && info.st_size == size_ &&
      modified_ns(info) == modified_ns_)
    return;
  throw Error(text_of(path_.string(), ": was written to after it was loaded; load it again"));
}

}  // namespace saccade
