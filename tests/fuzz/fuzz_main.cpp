// libFuzzer's entry point, and what the targets share.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/fuzz.h"

namespace saccade::fuzz {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "a property does not hold: %s\n", what);
  std::abort();
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

InputFile::InputFile()
    : descriptor_(memfd_create("input", MFD_CLOEXEC)),
      path_("/proc/self/fd/" + std::to_string(descriptor_)) {
  require(descriptor_ >= 0, "the system gives a file in memory");
}

InputFile::~InputFile() { close(descriptor_); }

const std::filesystem::path& InputFile::with(std::string_view text) {
  const auto size = static_cast<off_t>(text.size());
  require(ftruncate(descriptor_, 0) == 0 && ftruncate(descriptor_, size) == 0 &&
              pwrite(descriptor_, text.data(), text.size(), 0) == size,
          "the file in memory takes the input");
  return path_;
}

// In memory where the system has such a folder: a file that replaces another one is written through to a disk at once.
InputFolder::InputFolder() {
  const std::filesystem::path memory = "/dev/shm";
  const bool has_memory = access(memory.c_str(), W_OK) == 0;
  const auto& parent = has_memory ? memory : std::filesystem::temp_directory_path();
  std::string name = (parent / "saccade_fuzz_XXXXXX").string();
  require(mkdtemp(name.data()) != nullptr, "the system gives a temporary folder");
  path_ = name;
}

InputFolder::~InputFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace saccade::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    saccade::fuzz::check_input({reinterpret_cast<const char*>(data), size});
  } catch (const saccade::Error&) {
  }
  return 0;
}
