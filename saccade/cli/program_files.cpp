// Finds the program's own parts from where it runs.
#include "saccade/cli/program_files.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "saccade/core/error.h"

namespace saccade {
namespace {

// How OpenMP's idle threads wait. Its own default is to spin for milliseconds: as soon as anything else wants a core, the
// spinning takes it from the thread that works. Asleep at once, they have to be woken for each of the hundreds of
// parallel parts of a pass: a sixth of its time on two threads. So they spin for 2,000 turns, some 50 us.
void wait_briefly() {
  if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) return;
  // With more threads than cores in its pools libgomp spins for 1,000 turns at most under this policy, for 100 without.
  ::setenv("OMP_WAIT_POLICY", "ACTIVE", 0);
  ::setenv("GOMP_SPINCOUNT", "2000", 0);
}

}  // namespace

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

fs::path weights_file(const std::string& named) {
  return named.empty() ? shared_file("street_r18.safetensors") : fs::path(named);
}

void become_torch_program(int argc, char** argv) {
  const fs::path program = torch_program();
  wait_briefly();
  // Errors are told once, in our words: c10d would print its own with a stack trace.
  ::setenv("TORCH_CPP_LOG_LEVEL", "FATAL", /*overwrite=*/0);
  std::vector<char*> arguments(argv, argv + argc);
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  throw Error(text_of(program.string(), ": cannot be started: ", std::strerror(errno),
                      "; this part of the program does everything that needs a model"));
}

}  // namespace saccade
