// Whole files in and out. Files are written beside their target and renamed, so a reader never meets
// half a file and a failed write leaves the old one alone.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace saccade {

// Reads a file of at most `max_bytes`. Throws Error that names the file and the fault.
std::string read_file(const std::filesystem::path& path,
                      std::size_t max_bytes = std::size_t{1} << 32);

// Writes `bytes` to `path` through a temporary file in the same folder; makes missing folders.
// Throws Error, also where `path` is a folder, a device or a pipe.
void write_file(const std::filesystem::path& path, std::string_view bytes);

// kSynced: the file is on the disk when the call returns, and the old one until then.
enum class Durability { kBuffered, kSynced };

// As write_file for writers that want a path: `write` fills the temporary file it is given (whose
// name ends in the suffix of `path`); if it throws, the temporary file is removed.
void write_file_with(const std::filesystem::path& path,
                     const std::function<void(const std::filesystem::path&)>& write,
                     Durability durability = Durability::kBuffered);

// A file mapped read-only into memory; empty files give an empty span. Throws Error.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace saccade
