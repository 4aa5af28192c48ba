// A JSON file that is read piece by piece.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace saccade {

// Whether JSON takes the byte for white space.
inline bool is_json_space(int byte) {
  return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

// Open for reading until it is destroyed; any thread may read at any time.
class JsonFile {
 public:
  // Throws Error: cannot be opened, is a folder or a pipe.
  explicit JsonFile(std::filesystem::path path);
  ~JsonFile();
  JsonFile(const JsonFile&) = delete;
  JsonFile& operator=(const JsonFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string name() const { return path_.filename().string(); }  // for messages
  std::int64_t size() const { return size_; }                     // bytes, when it was opened

  // Copies the bytes from `offset` on. Throws Error where the file ends before them.
  void read(std::int64_t offset, char* to, std::int64_t count) const;

  // Throws Error when the file was written to since it was opened.
  void check_unchanged() const;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::int64_t size_ = 0;
  std::int64_t modified_ns_ = 0;
};

}  // namespace saccade
