/*
 * reader.c - part (a) of the lab: reads ten integers from the keyboard and
 * stores them in the file "temp", without a single write(): the file is
 * mapped, and scanf() stores straight into the mapping.
 *
 *     $ ./reader
 *     1 2 3 4 5 6 7 8 9 10
 */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { COUNT = 10 };

int main(void)
{
    /*
     * (1) open: a file descriptor for "temp", which is created if it is not
     * there. O_RDWR, because a shared mapping that is written to needs a
     * descriptor that may read as well.
     */
    int fd = open("temp", O_RDWR | O_CREAT, 0666);
    if (fd == -1) {
        perror("reader: temp");
        return 1;
    }

    /*
     * (2) ftruncate: room for ten ints. A mapping never makes its file longer,
     * and a store to a page past the end of the file raises SIGBUS. Before
     * mmap, because POSIX leaves open what a mapping makes of a size that
     * changes later (Linux looks at the size anew at each page fault).
     */
    if (ftruncate(fd, COUNT * sizeof(int)) == -1) {
        perror("reader: temp");
        return 1;
    }

    /*
     * (3) mmap: from here on the file's bytes are memory. MAP_SHARED, because
     * the stores are to reach the file and everyone else who has mapped it.
     */
    int *addr = mmap(NULL, COUNT * sizeof(int), PROT_WRITE, MAP_SHARED, fd, 0);
    if (addr == MAP_FAILED) {
        perror("reader: temp");
        return 1;
    }

    /*
     * (4) scanf: each integer is in writer's mapping the moment it is stored,
     * for both are the same page. No msync: that is for the disk.
     */
    for (int i = 0; i < COUNT; i++) {
        int got = scanf("%d", &addr[i]);
        if (got != 1) {
            fprintf(stderr, "reader: integer %d of %d: %s\n", i + 1, COUNT,
                    got == EOF ? "the input ended" : "not an integer");
            return 1;
        }
    }

    /* (5) exit: the system unmaps the file and closes the descriptor. */
    return 0;
}
