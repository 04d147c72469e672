/*
 * record.c - stands between a submission and the system, for grade.sh.
 *
 * grade.sh compiles a student's file with -Dopen=record_open and so on for the
 * five calls below, and links it with this file. What happens is up to the
 * variable RECORD:
 *
 *     not set    the calls go through, as if this file were not there
 *     mapped     what is mapped MAP_SHARED is the file "mapped" in place of
 *                "temp": so a store that arrives there, or a value that comes
 *                from there, went through such a mapping, and no other way
 *     alone      the calls go through, but for sleep
 *     fail       open fails
 *
 * With RECORD, sleep does not wait, and the file "calls" gets a line for each
 * call. It has no exit status: it is no program.
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int record_open(const char *path, int flags, ...);
void *record_mmap(void *addr, size_t length, int prot, int flags, int fd,
                  off_t offset);
int record_ftruncate(int fd, off_t length);
unsigned record_sleep(unsigned seconds);

static int mode_is(const char *mode)
{
    const char *record = getenv("RECORD");
    return record != NULL && strcmp(record, mode) == 0;
}

static void note(const char *call, const char *what, long number)
{
    int before = errno;
    int fd = getenv("RECORD") == NULL
        ? -1 : open("calls", O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (fd != -1) {
        dprintf(fd, "%s %s %ld\n", call, what, number);
        close(fd);
    }
    errno = before;
}

int record_open(const char *path, int flags, ...)
{
    int mode = 0;
    if (flags & O_CREAT) {
        va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, int);
        va_end(rest);
    }
    note("open", flags & O_CREAT ? "create" : "-", flags);
    if (mode_is("fail")) {
        errno = EACCES;
        return -1;
    }
    return open(path, flags, (mode_t)mode);
}

void *record_mmap(void *addr, size_t length, int prot, int flags, int fd,
                  off_t offset)
{
    note("mmap", flags & MAP_SHARED ? "shared" : "private", (long)length);
    struct stat file;
    if (!mode_is("mapped") || !(flags & MAP_SHARED) || fstat(fd, &file) == -1)
        return mmap(addr, length, prot, flags, fd, offset);
    int mapped = open("mapped", O_RDWR | O_CREAT, 0666);
    if (mapped == -1 || fstat(mapped, &file) == -1)
        return MAP_FAILED;
    off_t end = offset + (off_t)length;
    if (file.st_size < end && ftruncate(mapped, end) == -1)
        return MAP_FAILED;
    void *result = mmap(addr, length, prot, flags, mapped, offset);
    close(mapped);
    return result;
}

int record_ftruncate(int fd, off_t length)
{
    note("ftruncate", "-", (long)length);
    return ftruncate(fd, length);
}

/* Notes how much of the output has arrived when it is called. */
unsigned record_sleep(unsigned seconds)
{
    if (getenv("RECORD") == NULL)
        return sleep(seconds);
    note("sleep", "-", (long)lseek(STDOUT_FILENO, 0, SEEK_END));
    return 0;
}
