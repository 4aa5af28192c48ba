// Preloaded into the program: makes calls of the C library go wrong, as FAULT says.
//   eintr   every third read, write and fsync of a file or a pipe is interrupted by a signal
//   short   no read or write moves more than 1000 bytes
//   slow    each takes two milliseconds longer
//   clock   the time of day jumps by a year, back and forth, whenever it is asked for
// FAULT_COUNT names a file to which the numbers of calls that went wrong are added.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static unsigned calls, wrong;

static int fault_is(const char* name) {
  const char* given = getenv("FAULT");
  return given != NULL && strcmp(given, name) == 0;
}

// Not /proc, which no signal interrupts and whose readers rely on it: LibTorch would not find out what the processor can.
static int is_file_or_pipe(int fd) {
  struct stat info;
  struct statfs system;
  if (fstat(fd, &info) != 0 || fstatfs(fd, &system) != 0 || system.f_type == PROC_SUPER_MAGIC) return 0;
  return S_ISREG(info.st_mode) || S_ISFIFO(info.st_mode);
}

// How many of `size` bytes may move; -1: interrupted.
static ssize_t allowed(int fd, size_t size) {
  if (!is_file_or_pipe(fd)) return (ssize_t)size;
  if (fault_is("eintr") && __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) % 3 == 0) {
    __atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
    errno = EINTR;
    return -1;
  }
  if (fault_is("slow")) {
    const struct timespec pause = {0, 2000000};
    __atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
    nanosleep(&pause, NULL);
  }
  if (!fault_is("short") || size <= 1000) return (ssize_t)size;
  __atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
  return 1000;
}

ssize_t read(int fd, void* to, size_t size) {
  const ssize_t count = allowed(fd, size);
  return count < 0 ? -1 : REAL(read)(fd, to, (size_t)count);
}

ssize_t pread(int fd, void* to, size_t size, off_t at) {
  const ssize_t count = allowed(fd, size);
  return count < 0 ? -1 : REAL(pread)(fd, to, (size_t)count, at);
}

ssize_t write(int fd, const void* from, size_t size) {
  const ssize_t count = allowed(fd, size);
  return count < 0 ? -1 : REAL(write)(fd, from, (size_t)count);
}

// The C++ library writes large blocks behind its buffer with this. Short: the first part alone.
ssize_t writev(int fd, const struct iovec* parts, int count) {
  size_t size = 0;
  for (int i = 0; i < count; ++i) size += parts[i].iov_len;
  const ssize_t may = allowed(fd, size);
  if (may < 0) return -1;
  if ((size_t)may == size) return REAL(writev)(fd, parts, count);
  int first = 0;
  while (parts[first].iov_len == 0) ++first;
  const size_t part = parts[first].iov_len;
  return REAL(write)(fd, parts[first].iov_base, part < (size_t)may ? part : (size_t)may);
}

int fsync(int fd) { return allowed(fd, 1) < 0 ? -1 : REAL(fsync)(fd); }

static void tell(unsigned count) {
  const char* path = getenv("FAULT_COUNT");
  const int fd = path == NULL || count == 0 ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (fd < 0) return;
  char line[32];
  const int length = snprintf(line, sizeof(line), "%u\n", count);
  if (REAL(write)(fd, line, (size_t)length) < 0) abort();
  close(fd);
}

static time_t jump(void) {
  if (!fault_is("clock")) return 0;
  tell(1);  // at once: a process with LibTorch ends without destructors
  const time_t year = 365 * 86400;
  return __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) % 2 == 0 ? year : -year;
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  const int result = REAL(clock_gettime)(clock, now);
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += jump();
  return result;
}

int gettimeofday(struct timeval* now, void* zone) {
  const int result = REAL(gettimeofday)(now, zone);
  now->tv_sec += jump();
  return result;
}

time_t time(time_t* result) {
  const time_t now = REAL(time)(NULL) + jump();
  if (result != NULL) *result = now;
  return now;
}

__attribute__((destructor)) static void tell_all(void) { tell(wrong); }
