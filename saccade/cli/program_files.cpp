// Finds the program's own parts from where it runs.
#include "saccade/cli/program_files.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "saccade/core/error.h"

namespace saccade {

namespace fs = std::filesystem;

fs::path installation_root() {
  const fs::path program = fs::read_symlink("/proc/self/exe");
  const fs::path folder = program.parent_path();
  return folder.filename() == "saccade" ? folder.parent_path().parent_path() : folder.parent_path();
}

fs::path torch_program() { return installation_root() / "libexec" / "saccade" / "saccade-torch"; }

fs::path shared_file(const std::string& name) {
  const fs::path path = installation_root() / "share" / "saccade" / name;
  if (!fs::exists(path))
    throw Error(text_of(path.string(), ": is missing; build or install the program again"));
  return path;
}

void become_torch_program(int argc, char** argv) {
  const fs::path program = torch_program();
  // By default OpenMP's idle threads spin: as soon as anything else wants a core, the spinning takes
  // it from the one thread that works (12 images on 2 busy cores: 48 s against 7 s).
  ::setenv("OMP_WAIT_POLICY", "PASSIVE", /*overwrite=*/0);
  // Errors are told once, in our words: c10d would print its own with a stack trace.
  ::setenv("TORCH_CPP_LOG_LEVEL", "FATAL", /*overwrite=*/0);
  std::vector<char*> arguments(argv, argv + argc);
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  throw Error(text_of(program.string(), ": cannot be started: ", std::strerror(errno),
                      "; this part of the program does everything that needs a model"));
}

}  // namespace saccade
