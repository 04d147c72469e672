/*
 * writer.c - part (b) of the lab: writes the ten integers in the file "temp"
 * to the screen, five after five seconds and five after five more, without a
 * single read(): the file is mapped, and printf() takes them from the mapping.
 *
 *     $ ./writer
 */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COUNT = 10, BATCH = 5, PAUSE = 5 };

/*
 * SIGBUS: the file became shorter between print_batch's look at its size and
 * the touch of the page. Only async-signal-safe functions may be called here.
 */
static void cut_short(int signal_number)
{
    static const char message[] = "writer: temp: cut short by another process\n";
    (void)signal_number;
    ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
    (void)written; /* If stderr is closed, the exit status must do. */
    _exit(1);
}

/* Prints addr[first] and the four after it, as they are at this moment. */
static void print_batch(int fd, const int *addr, int first)
{
    /* A touch of a page past the end of the file would raise SIGBUS. */
    struct stat file;
    if (fstat(fd, &file) == -1) {
        perror("writer: temp");
        exit(1);
    }
    if (file.st_size < (off_t)(COUNT * sizeof(int))) {
        fprintf(stderr, "writer: temp: too short, run ./reader first\n");
        exit(1);
    }

    for (int i = first; i < first + BATCH; i++) {
        if (printf("%d\n", addr[i]) < 0) {
            perror("writer: standard output");
            exit(1);
        }
    }

    /* Into a pipe or a file, stdio would keep the lines until the end. */
    if (fflush(stdout) == EOF) {
        perror("writer: standard output");
        exit(1);
    }
}

int main(void)
{
    if (signal(SIGBUS, cut_short) == SIG_ERR) {
        perror("writer: SIGBUS");
        return 1;
    }

    /*
     * (1) open: for reading only. O_CREAT, because writer may be started
     * before reader; the file is then the owner's alone (0600), and empty.
     */
    int fd = open("temp", O_RDONLY | O_CREAT, 0600);
    if (fd == -1) {
        perror("writer: temp");
        return 1;
    }

    /*
     * (2) mmap: the page that reader stores into. An empty file can be mapped,
     * if it is not touched. But when reader makes it longer afterwards, POSIX
     * leaves open what this mapping makes of it (Linux looks at the size anew
     * at each page fault): to be portable, start reader first.
     */
    const int *addr = mmap(NULL, COUNT * sizeof(int), PROT_READ, MAP_SHARED,
                           fd, 0);
    if (addr == MAP_FAILED) {
        perror("writer: temp");
        return 1;
    }

    /* (3) sleep: time to type. It waits for the clock, not for reader. */
    sleep(PAUSE);

    /* (4) print the first five. */
    print_batch(fd, addr, 0);

    /* (5) sleep again: what is typed now is in the second batch. */
    sleep(PAUSE);

    /* (6) print the other five. */
    print_batch(fd, addr, BATCH);

    /* (7) exit: the system unmaps the file and closes the descriptor. */
    return 0;
}
