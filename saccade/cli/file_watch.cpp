// Waits for files to change.
#include "saccade/cli/file_watch.h"

#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <utility>

namespace saccade {

FileWatch::FileWatch() {
  ::sigemptyset(&awaited_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&awaited_, signal);
  ::pthread_sigmask(SIG_BLOCK, &awaited_, &before_);
}

FileWatch::~FileWatch() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

FileWatch::State FileWatch::state_of(const std::filesystem::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return {};
  return {info.st_size, std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec};
}

bool FileWatch::changed(const std::vector<std::filesystem::path>& files) {
  std::vector<State> now(files.size());
  std::transform(files.begin(), files.end(), now.begin(), state_of);
  return std::exchange(seen_, now) != now;
}

int FileWatch::wait() {
  const timespec second{1, 0};
  return std::max(0, ::sigtimedwait(&awaited_, nullptr, &second));
}

}  // namespace saccade
