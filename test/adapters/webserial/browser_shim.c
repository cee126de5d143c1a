// Preloaded into the browser alone, ahead of umockdev's library: sends opens of the adapter's tty to
// the serial line of the test, and the folder of managed policies to a folder of the test.
//
// The tty is opened by a system call, past umockdev, which would otherwise emulate its ioctls. The
// policy is read from $SHIM_POLICY instead of /etc, so that the test needs no rights there, meets no
// policy of the machine's owner, and leaves none behind. A tty that the browser takes for itself alone
// is free again once it is closed; a pty stays taken while its other end lives, so that is left out.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_tty(const char *path) {
  const char *tty = getenv("SHIM_TTY");
  return path && tty && !strcmp(path, tty);
}

// /etc/chromium/policies/managed/x.json is $SHIM_POLICY/managed/x.json, whatever the brand.
static const char *moved(const char *path, char *buffer) {
  const char *policy = getenv("SHIM_POLICY");
  if (!path || !policy || strncmp(path, "/etc/", 5)) return path;
  const char *rest = strstr(path, "/policies");
  if (!rest || (rest[9] && rest[9] != '/')) return path;
  snprintf(buffer, PATH_MAX, "%s%s", policy, rest + 9);
  return buffer;
}

#define NEXT(name) \
  static __typeof__(&name) next; \
  if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    char buffer[PATH_MAX]; \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    if (is_tty(path)) return syscall(SYS_openat, AT_FDCWD, getenv("SHIM_LINE"), flags, mode); \
    NEXT(name); \
    return next(moved(path, buffer), flags, mode); \
  }
OPEN(open)
OPEN(open64)

int ioctl(int fd, unsigned long request, ...) {
  va_list rest;
  va_start(rest, request);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  if (request == TIOCEXCL) return 0;
  NEXT(ioctl);
  return next(fd, request, argument);
}

#define FOPEN(name) \
  FILE *name(const char *path, const char *mode) { \
    char buffer[PATH_MAX]; \
    NEXT(name); \
    return next(moved(path, buffer), mode); \
  }
FOPEN(fopen)
FOPEN(fopen64)

DIR *opendir(const char *path) {
  char buffer[PATH_MAX];
  NEXT(opendir);
  return next(moved(path, buffer));
}

int access(const char *path, int mode) {
  char buffer[PATH_MAX];
  NEXT(access);
  return next(moved(path, buffer), mode);
}

#define STAT(name, type) \
  int name(const char *path, struct type *to) { \
    char buffer[PATH_MAX]; \
    NEXT(name); \
    return next(moved(path, buffer), to); \
  }
STAT(stat, stat)
STAT(stat64, stat64)
STAT(lstat, stat)
STAT(lstat64, stat64)

// What a browser that was built for a glibc before 2.33 calls instead.
int __xstat64(int version, const char *path, struct stat64 *to) {
  (void)version;
  return stat64(path, to);
}
int __lxstat64(int version, const char *path, struct stat64 *to) {
  (void)version;
  return lstat64(path, to);
}
