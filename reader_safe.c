/*
 * reader_safe.c - reader's job when nothing may go wrong: the same steps in
 * the same order, and at each one an answer to "what if ...?".
 * Exit status 0 means that the ten integers are on the disk.
 *
 *     $ ./reader_safe
 *     1 2 3 4 5 6 7 8 9 10
 */
#define _POSIX_C_SOURCE 200809L

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COUNT = 10 };

static void fail(const char *reason)
{
    fprintf(stderr, "reader_safe: temp: %s\n", reason);
    exit(1);
}

/*
 * SIGBUS: the page that is stored to has no file behind it any more. main
 * looks at the file's size before each store; this is for the moment between
 * the look and the store. Only async-signal-safe functions may be called here.
 */
static void page_gone(int signal_number)
{
    static const char message[] =
        "reader_safe: temp: cut short by another process, or no room on disk\n";
    (void)signal_number;
    ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
    (void)written; /* If stderr is closed, the exit status must do. */
    _exit(1);
}

int main(void)
{
    if (signal(SIGBUS, page_gone) == SIG_ERR)
        fail(strerror(errno));

    /*
     * (1) open. What if temp is a symbolic link? O_NOFOLLOW refuses it: the
     * file that it points to is somebody's. What if it is a FIFO or a device?
     */
    int fd = open("temp", O_RDWR | O_CREAT | O_NOFOLLOW, 0666);
    if (fd == -1)
        fail(errno == ELOOP ? "is a symbolic link" : strerror(errno));
    if (fd <= STDERR_FILENO && close(fd) == 0) /* temp took its number */
        fail("standard input, output or error is closed");
    struct stat file;
    if (fstat(fd, &file) == -1)
        fail(strerror(errno));
    if (!S_ISREG(file.st_mode))
        fail("is not a regular file");

    /*
     * (2) ftruncate, before mmap as in reader.c. What if the disk is full? The
     * new size reserves no block on most file systems, and the first store
     * would raise SIGBUS. A write does: what is there is written once more.
     */
    int value[COUNT];
    if (ftruncate(fd, sizeof value) == -1)
        fail(strerror(errno));
    ssize_t moved = pread(fd, value, sizeof value, 0);
    if (moved != (ssize_t)sizeof value)
        fail(moved == -1 ? strerror(errno) : "cut short by another process");
    moved = pwrite(fd, value, sizeof value, 0);
    if (moved != (ssize_t)sizeof value)
        fail(moved == -1 ? strerror(errno) : "no room on the disk");

    /* (3) mmap. */
    int *addr = mmap(NULL, sizeof value, PROT_WRITE, MAP_SHARED, fd, 0);
    if (addr == MAP_FAILED)
        fail(strerror(errno));

    /*
     * (4) scanf. What if a word is no int? %d would take 12 of 12abc, and for
     * a number that is too large C promises nothing at all. So each word is
     * read whole, and stored only if all of it is an int. A word that fills
     * the array may go on: it is refused, not split.
     */
    for (int i = 0; i < COUNT; i++) {
        char word[32];
        int start, end;
        if (scanf(" %n%31s%n", &start, word, &end) != 1) {
            fprintf(stderr, "reader_safe: integer %d of %d: %s\n", i + 1, COUNT,
                    ferror(stdin) ? strerror(errno) : "the input ended");
            return 1;
        }
        int length = end - start; /* strlen would stop at a NUL byte */
        char *rest;
        errno = 0;
        long number = strtol(word, &rest, 10);
        const char *wrong = NULL;
        if (length == (int)sizeof word - 1)
            wrong = "...\" is too long";
        else if (rest != word + length)
            wrong = "\" is not a decimal integer";
        else if (errno == ERANGE || number < INT_MIN || number > INT_MAX)
            wrong = "\" does not fit an int";
        if (wrong != NULL) {
            for (int k = 0; k < length; k++)
                if (!isprint((unsigned char)word[k]))
                    word[k] = '?'; /* nothing that a terminal would obey */
            fprintf(stderr, "reader_safe: integer %d of %d: \"%s%s\n", i + 1,
                    COUNT, word, wrong);
            return 1;
        }

        /* What if another process has cut the file meanwhile? */
        if (fstat(fd, &file) == -1)
            fail(strerror(errno));
        if (file.st_size < (off_t)sizeof value)
            fail("cut short by another process");
        addr[i] = value[i] = (int)number;
    }

    /*
     * What if the power fails? msync returns when the page has been written to
     * the disk. What if another process has changed the file, or put another
     * one in its place? We look at what is there.
     */
    if (msync(addr, sizeof value, MS_SYNC) == -1)
        fail(strerror(errno));
    int stored[COUNT];
    if (pread(fd, stored, sizeof stored, 0) != (ssize_t)sizeof stored ||
        memcmp(stored, value, sizeof value) != 0)
        fail("changed by another process");
    struct stat named;
    if (lstat("temp", &named) == -1)
        fail(strerror(errno));
    if (named.st_ino != file.st_ino || named.st_dev != file.st_dev)
        fail("replaced by another process");

    /* (5) munmap: a touch of addr would raise SIGSEGV from here on. */
    if (munmap(addr, sizeof value) == -1)
        fail(strerror(errno));

    /* (6) close: the descriptor. This alone would leave the file mapped. */
    if (close(fd) == -1)
        fail(strerror(errno));
    return 0;
}
