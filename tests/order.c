/*
 * order.c - plays the lab's calls in any order, for "what if ...?" in front of
 * the class. Exactly these steps are done, on a new empty file of their own,
 * and nothing guards you from a wrong order.
 *
 *     tests/order STEP...          for example: tests/order open mmap store
 *
 *     open[=rw|r|w]                mmap[=BYTES[@OFFSET]]     store[=INDEX[:VALUE]]
 *     ftruncate[=BYTES]            private[=BYTES[@OFFSET]]  load[=INDEX]
 *     truncate[=BYTES]             mprotect=none|read|write  read[=INDEX]
 *     msync   munmap   close
 *
 * Without a value: rw, the lab's ten ints (40 bytes), offset 0, int number 0,
 * and the value 1. A p behind BYTES, OFFSET or INDEX makes them pages: mmap=2p,
 * store=1p (the first int of page 1). private is mmap with MAP_PRIVATE; load
 * looks into the mapping, read into the file itself.
 *
 * The file is in a scratch folder below TMPDIR, so that file systems can be
 * compared: TMPDIR=/dev/shm tests/order ...
 *
 * Prints a line for each step: its number, the call, what it gave, and the
 * size of the file after it, in bytes. The last line is the result. Exit
 * status: 0 when the play was completed; 1 when a call failed, a signal came,
 * or the play could not be staged; 2 for a step that is not in the list.
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum kind { OPEN, FTRUNCATE, TRUNCATE, MMAP, PRIVATE, STORE, LOAD, READ,
            MPROTECT, MSYNC, MUNMAP, CLOSE, KINDS };

static const char *const names[KINDS] = {
    "open", "ftruncate", "truncate", "mmap", "private", "store", "load", "read",
    "mprotect", "msync", "munmap", "close"
};

struct step {
    enum kind kind;
    long n;                 /* bytes, index, O_ or PROT_ flags */
    long m;                 /* offset or value */
    const char *flags;      /* n's name, when it is flags */
};

/* What the calls so far have left behind. */
struct stage {
    int fd;
    volatile int *addr;     /* volatile: each load and store is a real one */
    size_t length;
    long offset;
    int mapped;
    const char *protection;
};

/* What the player tells the stage manager before each step. */
struct progress {
    int number;             /* of the step, from 1 */
    struct stage stage;
    char error[32];         /* of the call that ended the play */
};

static const char *parsed = "no step"; /* what usage complains of */

static void usage(void)
{
    fprintf(stderr, "order: %s: cannot be played\n", parsed);
    fprintf(stderr,
            "usage: tests/order STEP...\n"
            "  open[=rw|r|w]      mmap[=BYTES[@OFFSET]]     store[=INDEX[:VALUE]]\n"
            "  ftruncate[=BYTES]  private[=BYTES[@OFFSET]]  load[=INDEX]\n"
            "  truncate[=BYTES]   mprotect=none|read|write  read[=INDEX]\n"
            "  msync  munmap  close           numbers may be pages: mmap=2p store=1p\n");
    exit(2);
}

/* --- the steps, from the command line ------------------------------------ */

/* Takes a number off the text, with a p behind it for pages if page is not 1. */
static long number(const char **text, long least, long most, long page)
{
    const char *digit = *text + (least < 0 && **text == '-');
    char *end;
    errno = 0;
    if (*digit < '0' || *digit > '9')
        usage();
    long n = strtol(*text, &end, 10);
    if (errno == ERANGE || n < least || n > most)
        usage();
    if (page != 1 && *end == 'p') {
        if (n > most / page)
            usage();
        n *= page;
        end++;
    }
    *text = end;
    return n;
}

static void flags(struct step *s, const char *value)
{
    static const struct {
        enum kind kind; const char *value; int flags; const char *name;
    } known[] = {
        { OPEN, "rw", O_RDWR, "O_RDWR" },
        { OPEN, "r", O_RDONLY, "O_RDONLY" },
        { OPEN, "w", O_WRONLY, "O_WRONLY" },
        { MPROTECT, "none", PROT_NONE, "PROT_NONE" },
        { MPROTECT, "read", PROT_READ, "PROT_READ" },
        { MPROTECT, "write", PROT_READ | PROT_WRITE, "PROT_READ|PROT_WRITE" }
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].kind == s->kind && strcmp(known[i].value, value) == 0) {
            s->n = known[i].flags;
            s->flags = known[i].name;
            return;
        }
    usage();
}

static struct step parse(const char *text, long page)
{
    struct step s = { .kind = OPEN };
    parsed = text;
    size_t length = strcspn(text, "=");
    while (s.kind < KINDS && (strlen(names[s.kind]) != length ||
                              strncmp(names[s.kind], text, length) != 0))
        s.kind++;
    const char *value = text[length] == '=' ? text + length + 1 : NULL;

    switch (s.kind) {
    case OPEN:
        flags(&s, value != NULL ? value : "rw");
        return s;
    case MPROTECT:
        flags(&s, value != NULL ? value : "");
        return s;
    case FTRUNCATE: case TRUNCATE: case MMAP: case PRIVATE:
        s.n = 10 * sizeof(int);
        if (value != NULL)
            s.n = number(&value, 0, LONG_MAX, page);
        if (s.kind >= MMAP && value != NULL && *value == '@') {
            value++;
            s.m = number(&value, 0, LONG_MAX, page);
        }
        break;
    case STORE: case LOAD: case READ:
        s.m = 1;
        if (value != NULL)
            s.n = number(&value, 0, INT_MAX / (long)sizeof(int),
                         page / (long)sizeof(int));
        if (s.kind == STORE && value != NULL && *value == ':') {
            value++;
            s.m = number(&value, INT_MIN, INT_MAX, 1);
        }
        break;
    case MSYNC: case MUNMAP: case CLOSE:
        if (value != NULL)
            usage();
        break;
    default:
        usage();
    }
    if (value != NULL && *value != '\0')
        usage();
    return s;
}

/* --- the play ------------------------------------------------------------- */

static long file_size(void)
{
    struct stat file;
    return stat("temp", &file) == -1 ? -1 : (long)file.st_size;
}

/* The call as one would write it in C. */
static void write_call(char *c, size_t room, const struct step *s,
                       const struct stage *stage)
{
    switch (s->kind) {
    case OPEN:
        snprintf(c, room, "fd = open(\"temp\", %s)", s->flags);
        break;
    case FTRUNCATE:
        snprintf(c, room, "ftruncate(fd, %ld)", s->n);
        break;
    case TRUNCATE:
        snprintf(c, room, "truncate(\"temp\", %ld)", s->n);
        break;
    case MMAP: case PRIVATE:
        snprintf(c, room, "mmap(NULL, %ld, PROT_READ|PROT_WRITE, %s, fd, %ld)",
                 s->n, s->kind == MMAP ? "MAP_SHARED" : "MAP_PRIVATE", s->m);
        break;
    case STORE:
        snprintf(c, room, "addr[%ld] = %ld", s->n, s->m);
        break;
    case LOAD:
        snprintf(c, room, "addr[%ld]", s->n);
        break;
    case READ:
        snprintf(c, room, "pread(fd, &n, %d, %ld)", (int)sizeof(int),
                 s->n * (long)sizeof(int));
        break;
    case MPROTECT:
        snprintf(c, room, "mprotect(addr, %ld, %s)", (long)stage->length, s->flags);
        break;
    case MSYNC:
        snprintf(c, room, "msync(addr, %ld, MS_SYNC)", (long)stage->length);
        break;
    case MUNMAP:
        snprintf(c, room, "munmap(addr, %ld)", (long)stage->length);
        break;
    default:
        snprintf(c, room, "close(fd)");
    }
}

/* Does the step. Returns -1 if the call failed; gives what it gave. */
static int play(const struct step *s, struct stage *stage, char *gave, size_t room)
{
    int result = 0, n = 0;
    void *addr = (void *)stage->addr;
    switch (s->kind) {
    case OPEN:
        result = stage->fd = open("temp", (int)s->n);
        break;
    case FTRUNCATE:
        result = ftruncate(stage->fd, s->n);
        break;
    case TRUNCATE:
        result = truncate("temp", s->n);
        break;
    case MMAP: case PRIVATE:
        addr = mmap(NULL, (size_t)s->n, PROT_READ | PROT_WRITE,
                    s->kind == MMAP ? MAP_SHARED : MAP_PRIVATE, stage->fd, s->m);
        if (addr == MAP_FAILED)
            return -1;
        *stage = (struct stage){ stage->fd, addr, (size_t)s->n, s->m, 1,
                                 "PROT_READ|PROT_WRITE" };
        snprintf(gave, room, "addr");
        return 0;
    case STORE:
        stage->addr[s->n] = (int)s->m;
        *gave = '\0';
        return 0;
    case LOAD:
        n = stage->addr[s->n];
        snprintf(gave, room, "%d", n);
        return 0;
    case READ:
        result = (int)pread(stage->fd, &n, sizeof n, s->n * (off_t)sizeof n);
        if (result == -1)
            return -1;
        if (result == (int)sizeof n)
            snprintf(gave, room, "%d", n);
        else
            snprintf(gave, room, "eof");
        return 0;
    case MPROTECT:
        result = mprotect(addr, stage->length, (int)s->n);
        if (result == 0)
            stage->protection = s->flags;
        break;
    case MSYNC:
        result = msync(addr, stage->length, MS_SYNC);
        break;
    case MUNMAP:
        result = munmap(addr, stage->length);
        if (result == 0)
            stage->mapped = 0;
        break;
    default:
        result = close(stage->fd);
    }
    snprintf(gave, room, "%d", result);
    return result == -1 ? -1 : 0;
}

static const char *signal_name(int number)
{
    static char other[32];
    if (number == SIGBUS)
        return "SIGBUS";
    if (number == SIGSEGV)
        return "SIGSEGV";
    if (number == SIGXFSZ)
        return "SIGXFSZ";
    snprintf(other, sizeof other, "signal %d", number);
    return other;
}

static const char *error_name(int number)
{
    static const struct { int number; const char *name; } known[] = {
        { EACCES, "EACCES" }, { EAGAIN, "EAGAIN" }, { EBADF, "EBADF" },
        { EFBIG, "EFBIG" },   { EINVAL, "EINVAL" }, { EIO, "EIO" },
        { ENODEV, "ENODEV" }, { ENOMEM, "ENOMEM" }, { ENOSPC, "ENOSPC" },
        { ENXIO, "ENXIO" },   { EOVERFLOW, "EOVERFLOW" }, { EPERM, "EPERM" }
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].number == number)
            return known[i].name;
    return strerror(number);
}

/* Why a touch raised a signal: the page, and the file at that moment. */
static void explain(const struct step *s, const struct stage *stage, long page,
                    int signal_number)
{
    if (s->kind != STORE && s->kind != LOAD)
        return;
    long size = file_size();
    long byte = s->n * (long)sizeof(int);
    long first = (stage->offset + byte) / page * page;
    if (stage->addr == NULL)
        printf("why: addr is a null pointer, no page; ");
    else if (!stage->mapped)
        printf("why: page %ld, which is unmapped, was touched; ", byte / page);
    else if (byte / page > ((long)stage->length - 1) / page)
        printf("why: page %ld, past the mapping, was touched; ", byte / page);
    else if (first >= size)
        printf("why: page %ld, file bytes %ld to %ld, was touched; ",
               byte / page, first, first + page - 1);
    else if (signal_number == SIGBUS)
        printf("why: page %ld, for which there is no room, was touched; ",
               byte / page);
    else
        printf("why: page %ld, which is %s, was touched; ", byte / page,
               stage->protection);
    printf("the file was %ld bytes long\n", size);
}

/*
 * Plays all the steps. In a process of its own: a wrong step may end it, and
 * may damage its memory before that.
 */
static void play_all(char *argv[], int count, long page, int tell)
{
    static const int usual[] = { SIGBUS, SIGSEGV, SIGXFSZ };
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (signal(usual[i], SIG_DFL) == SIG_ERR)
            _exit(2);

    static struct progress now = { .stage = { .fd = -1,
                                              .length = 10 * sizeof(int) } };
    while (now.number < count) {
        struct step step = parse(argv[now.number], page);
        now.number++;
        char call[128], gave[32];
        write_call(call, sizeof call, &step, &now.stage);
        printf("%4d  %-56s  ", now.number, call);
        if (fflush(stdout) == EOF ||
            write(tell, &now, sizeof now) != (ssize_t)sizeof now)
            _exit(2);
        if (play(&step, &now.stage, gave, sizeof gave) == -1) {
            snprintf(now.error, sizeof now.error, "%s", error_name(errno));
            printf("%8s %6ld\n", now.error, file_size());
            if (fflush(stdout) == EOF ||
                write(tell, &now, sizeof now) != (ssize_t)sizeof now)
                _exit(2);
            _exit(1);
        }
        printf("%8s %6ld\n", gave, file_size());
        if ((step.kind == STORE || step.kind == LOAD) &&
            step.n * (long)sizeof(int) / page > ((long)now.stage.length - 1) / page)
            printf("      past the mapping: that memory is used for something else\n");
    }
    _exit(fflush(stdout) == EOF ? 2 : 0);
}

/* The scratch folder, and the one that order was called in. */
static char folder[PATH_MAX];
static int home = -1;

static int clean_up(void)
{
    unlink("temp");
    return fchdir(home) == -1 || rmdir(folder) == -1 ? -1 : 0;
}

static void fail(const char *object)
{
    perror(object);
    clean_up();
    exit(1);
}

int main(int argc, char *argv[])
{
    static const int not_now[] = { SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM,
                                   SIGXFSZ };
    long page = sysconf(_SC_PAGESIZE);
    if (argc < 2)
        usage();
    for (int i = 1; i < argc; i++)
        parse(argv[i], page);

    /* A play takes no time; afterwards its folder is to be removed. */
    for (size_t i = 0; i < sizeof not_now / sizeof not_now[0]; i++)
        if (signal(not_now[i], SIG_IGN) == SIG_ERR) {
            perror("order: signal");
            return 1;
        }
    const char *tmpdir = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/order.XXXXXX",
             tmpdir != NULL && *tmpdir != '\0' ? tmpdir : "/tmp");
    home = open(".", O_RDONLY);
    if (home == -1 || mkdtemp(folder) == NULL || chdir(folder) == -1) {
        perror("order: scratch folder");
        return 1;
    }
    int temp = open("temp", O_WRONLY | O_CREAT, 0666);
    if (temp == -1 || close(temp) == -1)
        fail("order: temp");
    int ends[2];
    if (pipe(ends) == -1)
        fail("order: pipe");

    printf("step  %-56s  %8s %6s\n", "call", "gave", "size");
    if (fflush(stdout) == EOF)
        perror("order: standard output");
    /* If our parent ignores it, so do we, and then no status is kept. */
    if (signal(SIGCHLD, SIG_DFL) == SIG_ERR)
        fail("order: signal");
    pid_t player = fork();
    if (player == -1)
        fail("order: fork");
    if (player == 0) {
        /* The play's own descriptors begin with 3; and no core is left. */
        const struct rlimit none = { 0, 0 };
        int tell = dup2(ends[1], 63);
        if (tell == -1 || close(home) == -1 || close(ends[0]) == -1 ||
            close(ends[1]) == -1 || setrlimit(RLIMIT_CORE, &none) == -1)
            _exit(2);
        play_all(argv + 1, argc - 1, page, tell);
    }
    if (close(ends[1]) == -1)
        fail("order: pipe");
    struct progress last = { 0 };
    while (read(ends[0], &last, sizeof last) == (ssize_t)sizeof last)
        ; /* the last one is all that counts */
    int status;
    if (waitpid(player, &status, 0) == -1)
        fail("order: waitpid");

    const char *text = argv[last.number];
    if (WIFSIGNALED(status)) {
        struct step step = parse(text, page);
        const char *name = signal_name(WTERMSIG(status));
        printf("%8s %6ld\n", name, file_size());
        explain(&step, &last.stage, page, WTERMSIG(status));
        printf("result: %s at step %d, %s\n", name, last.number, text);
    } else if (last.error[0] != '\0') {
        printf("result: %s at step %d, %s\n", last.error, last.number, text);
    } else if (status != 0) {
        printf("result: exit status %d at step %d, %s\n", WEXITSTATUS(status),
               last.number, text);
    } else {
        printf("result: completed\n");
    }

    if (clean_up() == -1) {
        perror("order: scratch folder");
        return 1;
    }
    if (fflush(stdout) == EOF || ferror(stdout)) {
        perror("order: standard output");
        return 1;
    }
    return status == 0 ? 0 : 1;
}
