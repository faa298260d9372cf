// Makes calls on files fail, and the clock jump: a library to be preloaded into the command under test.
//
//   FAULT_UNDER=/folder      only files below this folder are touched
//   FAULT=write:7:once:28    the 7th write there fails once with error number 28 (ENOSPC); `sticky`: so do all after it;
//                            `short`: half of its bytes are written first, and all after it fail
//                            calls: write (pwrite, writev), rename, fsync (fdatasync), open (for writing), truncate, unlink
//   FAULT_COUNT=/file        at the end the number of calls of each kind is written there
//   FAULT_CLOCK=1            every look at the calendar is a day before or behind the truth, by turns
//
//   cc -shared -fPIC -O1 -o faults.so faults.c -ldl -lpthread

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WRITE, RENAME, FSYNC, OPEN, TRUNCATE, UNLINK, KINDS };
static const char *names[KINDS] = {"write", "rename", "fsync", "open", "truncate", "unlink"};
static atomic_long counts[KINDS];
static int wanted = -1, number, mode; // mode: 0 once, 1 sticky, 2 short
static long nth;
static char under[PATH_MAX];
static int jumps;

__attribute__((constructor)) static void begin(void) {
  const char *folder = getenv("FAULT_UNDER"), *fault = getenv("FAULT");
  if (folder) snprintf(under, sizeof under, "%s", folder);
  jumps = getenv("FAULT_CLOCK") != NULL;
  char kind[16], how[16];
  if (fault && sscanf(fault, "%15[^:]:%ld:%15[^:]:%d", kind, &nth, how, &number) == 4)
    for (int i = 0; i < KINDS; i++)
      if (!strcmp(kind, names[i])) {
        wanted = i;
        mode = !strcmp(how, "once") ? 0 : !strcmp(how, "sticky") ? 1 : 2;
      }
}

__attribute__((destructor)) static void end(void) {
  const char *path = getenv("FAULT_COUNT");
  if (!path) return;
  FILE *file = fopen(path, "w");
  if (!file) return;
  for (int i = 0; i < KINDS; i++) fprintf(file, "%s %ld\n", names[i], atomic_load(&counts[i]));
  fclose(file);
}

static int isUnder(const char *path) { return under[0] && path && !strncmp(path, under, strlen(under)); }

// A relative path is taken for one below the folder where the process works there.
static int concernsPath(const char *path) {
  if (!path) return 0;
  if (path[0] == '/') return isUnder(path);
  char here[PATH_MAX];
  return getcwd(here, sizeof here) && isUnder(here);
}

static int concerns(int descriptor) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return isUnder(path);
}

// 1: this call fails; 2: it is to write half.
static int fails(int kind) {
  long n = atomic_fetch_add(&counts[kind], 1) + 1;
  if (kind != wanted || n < nth || (mode == 0 && n > nth)) return 0;
  if (mode == 2 && n == nth) return 2;
  errno = number;
  return 1;
}

#define REAL(name) \
  static typeof(&name) real; \
  if (!real) real = (typeof(&name))dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *bytes, size_t count) {
  REAL(write);
  int fault = concerns(fd) ? fails(WRITE) : 0;
  return fault == 1 ? -1 : real(fd, bytes, fault == 2 ? (count + 1) / 2 : count);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
  REAL(pwrite);
  int fault = concerns(fd) ? fails(WRITE) : 0;
  return fault == 1 ? -1 : real(fd, bytes, fault == 2 ? (count + 1) / 2 : count, offset);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
  REAL(pwrite64);
  int fault = concerns(fd) ? fails(WRITE) : 0;
  return fault == 1 ? -1 : real(fd, bytes, fault == 2 ? (count + 1) / 2 : count, offset);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(writev);
  return concerns(fd) && fails(WRITE) == 1 ? -1 : real(fd, parts, count);
}
int rename(const char *from, const char *to) {
  REAL(rename);
  return concernsPath(to) && fails(RENAME) ? (errno = number, -1) : real(from, to);
}
int renameat(int a, const char *from, int b, const char *to) {
  REAL(renameat);
  return concernsPath(to) && fails(RENAME) ? (errno = number, -1) : real(a, from, b, to);
}
int renameat2(int a, const char *from, int b, const char *to, unsigned int flags) {
  REAL(renameat2);
  return concernsPath(to) && fails(RENAME) ? (errno = number, -1) : real(a, from, b, to, flags);
}
int fsync(int fd) {
  REAL(fsync);
  return concerns(fd) && fails(FSYNC) ? (errno = number, -1) : real(fd);
}
int fdatasync(int fd) {
  REAL(fdatasync);
  return concerns(fd) && fails(FSYNC) ? (errno = number, -1) : real(fd);
}
int ftruncate(int fd, off_t length) {
  REAL(ftruncate);
  return concerns(fd) && fails(TRUNCATE) ? (errno = number, -1) : real(fd, length);
}
int ftruncate64(int fd, off64_t length) {
  REAL(ftruncate64);
  return concerns(fd) && fails(TRUNCATE) ? (errno = number, -1) : real(fd, length);
}
int unlink(const char *path) {
  REAL(unlink);
  return concernsPath(path) && fails(UNLINK) ? (errno = number, -1) : real(path);
}

static int opensForWriting(int flags) { return (flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT; }
#define OPEN_BODY(call) \
  mode_t permissions = 0; \
  if (flags & (O_CREAT | __O_TMPFILE)) { va_list rest; va_start(rest, flags); permissions = va_arg(rest, mode_t); va_end(rest); } \
  if (opensForWriting(flags) && concernsPath(path) && fails(OPEN)) { errno = number; return -1; } \
  return call;
int open(const char *path, int flags, ...) { REAL(open); OPEN_BODY(real(path, flags, permissions)) }
int open64(const char *path, int flags, ...) { REAL(open64); OPEN_BODY(real(path, flags, permissions)) }
int openat(int at, const char *path, int flags, ...) { REAL(openat); OPEN_BODY(real(at, path, flags, permissions)) }
int openat64(int at, const char *path, int flags, ...) { REAL(openat64); OPEN_BODY(real(at, path, flags, permissions)) }

static long leap(void) {
  static atomic_long looks;
  return (atomic_fetch_add(&looks, 1) & 1 ? 1 : -1) * 86400L;
}
int clock_gettime(clockid_t clock, struct timespec *time) {
  REAL(clock_gettime);
  int result = real(clock, time);
  if (jumps && result == 0 && clock == CLOCK_REALTIME) time->tv_sec += leap();
  return result;
}
int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  REAL(gettimeofday);
  int result = real(time, zone);
  if (jumps && result == 0) time->tv_sec += leap();
  return result;
}
