// Whole files in and out.
#include "saccade/core/file_io.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "saccade/core/error.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, std::string_view doing) {
  throw Error(text_of(path.string(), ": cannot ", doing, ": ", std::strerror(errno)));
}

// An open file descriptor of a regular file, closed on destruction.
struct OpenFile {
  // O_NONBLOCK: a pipe without a writer must not hang us; it has no meaning for regular files.
  explicit OpenFile(const fs::path& path)
      : fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (fd < 0) fail(path, "open");
    try {
      size = size_of(path);
    } catch (...) {
      ::close(fd);  // no destructor runs for what was not made
      throw;
    }
  }
  ~OpenFile() { ::close(fd); }
  int fd = -1;
  std::size_t size = 0;

 private:
  std::size_t size_of(const fs::path& path) const {
    struct stat info {};
    if (::fstat(fd, &info) != 0) fail(path, "read its size");
    if (S_ISDIR(info.st_mode))
      throw Error(text_of(path.string(), ": is a folder, expected a file"));
    if (!S_ISREG(info.st_mode)) throw Error(text_of(path.string(), ": is not a regular file"));
    return static_cast<std::size_t>(info.st_size);
  }
};

// Makes the temporary file, empty. In a folder where others may write, one of its name could be a link of theirs to any
// file of ours: what is there is removed, and the file is ours or an error.
void make_temporary(const fs::path& path, const fs::path& temporary) {
  ::unlink(temporary.c_str());
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) fail(path, "write");
  ::close(fd);
}

// Waits until a file, or the names in a folder, are on the disk.
void sync(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail(path, "open");
  int result = ::fsync(fd);
  while (result != 0 && errno == EINTR) result = ::fsync(fd);
  const int error = errno;
  ::close(fd);
  errno = error;
  if (result != 0 && error != EINVAL)
    fail(path, "write to the disk");  // EINVAL: it cannot be synced
}

}  // namespace

std::string read_file(const fs::path& path, std::size_t max_bytes) {
  const OpenFile file(path);
  if (file.size > max_bytes) {
    throw Error(text_of(path.string(), ": ", file.size, " bytes are too many, at most ", max_bytes,
                        " are read"));
  }
  std::string bytes(file.size, '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::read(file.fd, bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(path, "read");
    if (got == 0) throw Error(text_of(path.string(), ": became shorter while it was read"));
    have += static_cast<std::size_t>(got);
  }
  return bytes;
}

void write_file_with(const fs::path& path, const std::function<void(const fs::path&)>& write,
                     Durability durability) {
  std::error_code no_folder, ignored;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), no_folder);
  if (no_folder)
    throw Error(text_of(path.string(), ": cannot make its folder: ", no_folder.message()));
  if (fs::is_directory(path, ignored))
    throw Error(text_of(path.string(), ": is a folder, cannot write a file there"));
  // To rename a file over /dev/null would take the device away from everybody.
  if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored))
    throw Error(text_of(path.string(), ": is a device or a pipe, give the name of a file"));
  fs::path temporary = path.parent_path();
  temporary /=
      text_of(".", path.stem().string(), ".", ::getpid(), ".tmp", path.extension().string());
  try {
    make_temporary(path, temporary);
    write(temporary);
    if (durability == Durability::kSynced) sync(temporary);
    fs::rename(temporary, path);
    if (durability == Durability::kSynced)
      sync(path.has_parent_path() ? path.parent_path() : fs::path("."));
  } catch (const fs::filesystem_error& error) {
    fs::remove(temporary, ignored);
    throw Error(text_of(path.string(), ": cannot write: ", error.code().message()));
  } catch (...) {
    fs::remove(temporary, ignored);
    throw;
  }
}

void write_file(const fs::path& path, std::string_view bytes) {
  write_file_with(path, [&](const fs::path& temporary) {
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.flush();
    if (!out) fail(path, "write");
  });
}

MappedFile::MappedFile(const fs::path& path) : path_(path) {
  const OpenFile file(path);
  size_ = file.size;
  if (size_ == 0) return;
  void* address = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (address == MAP_FAILED) fail(path, "map into memory");
  data_ = static_cast<const std::byte*>(address);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace saccade
