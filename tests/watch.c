/*
 * watch.c - runs one program the way a student runs it, and writes down what
 * there is to see, and when. The tests and the grader look through it.
 *
 *     watch [-k] [-p] [-s FILE] [-t SECONDS] [-u UID] PROGRAM [ARGUMENT...]
 *     watch -s FILE                    only reports FILE, as below
 *
 * -p  gives the program a pseudo-terminal (one that does not echo), not pipes.
 * -s  types slowly: standard input line by line, the next one only when the
 *     last integer of the line has arrived among the ints in FILE; then FILE is
 *     reported. When one has not arrived after 3 seconds, no more are awaited.
 *     A line that begins with ! is not typed: it is a shell command, run when
 *     its turn comes. $WATCHED is the process of the program.
 * -k  with -p or -s: after the last line comes no end of input.
 * -t  the time limit, in seconds; 10 without it.
 * -u  runs the program as this user (for root only).
 *
 * Without -p and -s the program has watch's own standard input. If the variable
 * WATCH_WHILE names a file, watch stops when that is gone, as on an interrupt.
 *
 * Each line of standard output is MILLISECONDS WHAT TEXT, counted from just
 * before the program's start. WHAT is
 *     out, err  a line that the program wrote (or what it wrote of one, and
 *               then paused), when its first character came,
 *     tty       the same, from the pseudo-terminal,
 *     FILE      its size in bytes and the ints in it, or "none",
 *     end       always last, how the program ended: exit STATUS, signal NAME,
 *               time-out or "too much output". The last two were ended here,
 *               with SIGKILL. All that the program started is killed with it
 *               (but on systems other than Linux not what called setsid).
 *
 * Exit status: 0 when the program was run, whatever became of it; 1 when it
 * could not be run, or watch was interrupted; 2 for wrong usage.
 */
#define _POSIX_C_SOURCE 200809L /* makes glibc's getopt stop at PROGRAM */
#define _XOPEN_SOURCE 700       /* for posix_openpt and its kin */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h> /* for TIOCSCTTY: not POSIX, but everybody has it */
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum {
    TICK = 50,              /* ms between two looks at the clock */
    SHORT_TICK = 5,         /* the same while FILE or the end is awaited */
    PATIENCE = 3000,        /* ms that FILE is awaited */
    PAUSE = 200,            /* ms after which an unfinished line is reported */
    MOST_OUTPUT = 1 << 14,  /* bytes */
    MOST_INTS = 16
};

/* One descriptor that the program writes to. */
struct stream {
    const char *name;
    int fd;                 /* -1: ended */
    long since;             /* when the first byte of the line came */
    size_t length, total;
    char line[1024];
};

/* What is still to be typed. */
struct keyboard {
    int fd;                 /* -1: not ours, or ended */
    int terminal, keep, ended;
    const char *file;       /* NULL: all at once */
    long since;             /* when the last line was typed; -1: it arrived */
    int awaited;            /* the last integer of that line */
    long patience;          /* ms */
    size_t length;
    char text[1 << 16];
};

static struct timespec start;
static pid_t program = -1; /* also the number of its process group */
static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
    interrupted = signal_number;
}

static void fail(const char *object)
{
    fprintf(stderr, "watch: %s: %s\n", object, strerror(errno));
    if (program != -1)
        kill(-program, SIGKILL);
    exit(1);
}

static void usage(void)
{
    fprintf(stderr, "usage: watch [-k] [-p] [-s FILE] [-t SECONDS] [-u UID] "
                    "PROGRAM [ARGUMENT...]\n");
    exit(2);
}

/* Milliseconds since the first call, rounded down. */
static long now(void)
{
    struct timespec t;
    if (clock_gettime(CLOCK_MONOTONIC, &t) == -1)
        fail("clock");
    if (start.tv_sec == 0)
        start = t;
    long ns = t.tv_nsec - start.tv_nsec;
    return (long)(t.tv_sec - start.tv_sec) * 1000 + (ns + 1000000000) / 1000000
           - 1000;
}

static void report(long when, const char *what, const char *text)
{
    if (printf("%ld %s %s\n", when, what, text) < 0 || fflush(stdout) == EOF)
        fail("standard output");
}

static void report_line(struct stream *s)
{
    s->line[s->length] = '\0';
    report(s->since, s->name, s->line);
    s->length = 0;
}

/* Takes what the program has written; returns 0 if that was nothing. */
static int take(struct stream *s)
{
    char bytes[4096];
    ssize_t n = read(s->fd, bytes, sizeof bytes);
    if (n == -1 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n <= 0) { /* EIO is how a pseudo-terminal ends on some systems */
        close(s->fd);
        s->fd = -1;
        return 0;
    }
    s->total += (size_t)n;
    for (ssize_t i = 0; i < n && s->total < MOST_OUTPUT; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (s->length == 0)
            s->since = now();
        if (c == '\n' || s->length == sizeof s->line - 1)
            report_line(s);
        if (c != '\n')
            s->line[s->length++] = c < ' ' || c == 127 ? ' ' : (char)c;
    }
    return 1;
}

/* Reads the ints at the start of the file; returns its size, -1 for none. */
static long look(const char *file, int ints[MOST_INTS])
{
    int fd = open(file, O_RDONLY | O_NONBLOCK);
    if (fd == -1)
        return -1;
    memset(ints, 0, MOST_INTS * sizeof(int));
    ssize_t n = read(fd, ints, MOST_INTS * sizeof(int));
    long size = n == -1 ? -1 : (long)lseek(fd, 0, SEEK_END);
    close(fd);
    return size;
}

static void report_file(const char *file)
{
    int ints[MOST_INTS];
    long size = look(file, ints);
    char text[MOST_INTS * 12 + 32] = "none";
    if (size != -1) {
        int end = sprintf(text, "%ld", size);
        for (long i = 0; i < MOST_INTS && i < size / (long)sizeof(int); i++)
            end += sprintf(text + end, " %d", ints[i]);
    }
    report(now(), file, text);
}

static int holds(const char *file, int awaited)
{
    int ints[MOST_INTS];
    long size = look(file, ints);
    for (long i = 0; i < MOST_INTS && i < size / (long)sizeof(int); i++)
        if (ints[i] == awaited)
            return 1;
    return 0;
}

/* Takes what is to be typed from standard input. */
static void hear(struct keyboard *k)
{
    ssize_t n = read(STDIN_FILENO, k->text + k->length,
                     sizeof k->text - k->length);
    if (n > 0)
        k->length += (size_t)n;
    else if (n == 0 || errno != EINTR)
        k->ended = 1;
}

/* The last word of a text, as an integer. */
static int last_integer(const char *text, size_t length)
{
    while (length > 0 && strchr(" \n", text[length - 1]) != NULL)
        length--;
    while (length > 0 && strchr(" \n", text[length - 1]) == NULL)
        length--;
    return atoi(text + length);
}

/* Types one line, or without -s all that there is. Returns 0 if it waits. */
static int type_line(struct keyboard *k)
{
    size_t due = k->length;
    char *newline = memchr(k->text, '\n', k->length);
    if (k->file != NULL && newline != NULL)
        due = (size_t)(newline + 1 - k->text);
    else if (k->file != NULL && !k->ended)
        return 0; /* the rest of the line is still to come */
    if (due == 0)
        return 0;

    if (k->file != NULL && newline != NULL && k->text[0] == '!') {
        *newline = '\0';
        errno = EINVAL;
        if (system(k->text + 1) != 0)
            fail(k->text + 1);
    } else {
        ssize_t n = write(k->fd, k->text, due);
        if (n == -1 && (errno == EAGAIN || errno == EINTR))
            return 0;
        if (n >= 0 && (size_t)n < due) {
            due = (size_t)n;
        } else if (k->file != NULL) {
            k->awaited = last_integer(k->text, due);
            k->since = now();
        }
    }
    k->length -= due;
    memmove(k->text, k->text + due, k->length);
    return 1;
}

/* Types what is due, and after all of it ends the input. */
static void type(struct keyboard *k)
{
    do {
        if (k->since != -1) {
            if (!holds(k->file, k->awaited)) {
                if (now() - k->since < k->patience)
                    return;
                k->patience = 0;
            }
            report_file(k->file);
            k->since = -1;
        }
    } while (type_line(k));

    if (!k->ended || k->length > 0 || k->since != -1 || k->keep)
        return;
    if (k->terminal && write(k->fd, "\004", 1) == -1)
        return; /* no room for the Ctrl-D yet */
    close(k->fd);
    k->fd = -1;
}

static const char *signal_name(int number)
{
    static const struct { int number; const char *name; } known[] = {
        { SIGABRT, "SIGABRT" }, { SIGALRM, "SIGALRM" }, { SIGBUS, "SIGBUS" },
        { SIGFPE, "SIGFPE" },   { SIGHUP, "SIGHUP" },   { SIGILL, "SIGILL" },
        { SIGINT, "SIGINT" },   { SIGKILL, "SIGKILL" }, { SIGPIPE, "SIGPIPE" },
        { SIGQUIT, "SIGQUIT" }, { SIGSEGV, "SIGSEGV" }, { SIGSYS, "SIGSYS" },
        { SIGTERM, "SIGTERM" }, { SIGTRAP, "SIGTRAP" }, { SIGXCPU, "SIGXCPU" },
        { SIGXFSZ, "SIGXFSZ" }
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].number == number)
            return known[i].name;
    return "without a name here";
}

/* Opens a pseudo-terminal that neither echoes nor turns \n into \r\n. */
static void open_terminal(int *master, int *slave)
{
    *master = posix_openpt(O_RDWR | O_NOCTTY);
    if (*master == -1 || grantpt(*master) == -1 || unlockpt(*master) == -1)
        fail("pseudo-terminal");
    *slave = open(ptsname(*master), O_RDWR | O_NOCTTY);
    struct termios mode;
    if (*slave == -1 || tcgetattr(*slave, &mode) == -1)
        fail("pseudo-terminal");
    mode.c_lflag &= ~(tcflag_t)ECHO;
    mode.c_oflag &= ~(tcflag_t)OPOST;
    mode.c_cc[VEOF] = '\004';
    if (tcsetattr(*slave, TCSANOW, &mode) == -1)
        fail("pseudo-terminal");
}

static void open_pipe(int *from, int *to)
{
    int ends[2];
    if (pipe(ends) == -1)
        fail("pipe");
    *from = ends[0];
    *to = ends[1];
}

/*
 * Starts the program in a session of its own, with these three descriptors and
 * no other, and with the signals as they are after a login.
 */
static pid_t run(char *const command[], const int fds[3], int terminal, long uid)
{
    static const int usual[] = { SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM };
    int from, to; /* carries errno back if the program cannot be run */
    open_pipe(&from, &to);
    pid_t pid = fork();
    if (pid == -1)
        fail("fork");
    if (pid == 0) {
        for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
            signal(usual[i], SIG_DFL);
        if (setsid() != -1 && dup2(fds[0], STDIN_FILENO) != -1 &&
            dup2(fds[1], STDOUT_FILENO) != -1 &&
            dup2(fds[2], STDERR_FILENO) != -1 &&
            (!terminal || ioctl(STDIN_FILENO, TIOCSCTTY, 0) != -1) &&
            (uid == -1 || (setgid((gid_t)uid) == 0 && setuid((uid_t)uid) == 0))) {
            for (int fd = STDERR_FILENO + 1; fd < 64; fd++)
                fcntl(fd, F_SETFD, FD_CLOEXEC);
            execvp(command[0], command);
        }
        ssize_t written = write(to, &errno, sizeof errno);
        _exit(written == -1 ? 126 : 127);
    }
    close(to);
    int reason;
    if (read(from, &reason, sizeof reason) > 0) {
        errno = reason;
        fail(command[0]);
    }
    close(from);
    return pid;
}

/*
 * Ends whatever is left of the program. Its process group is all of it, unless
 * a process left the group with setsid. On Linux we are then the parent of that
 * one (see PR_SET_CHILD_SUBREAPER) and find it in our list of children.
 */
static void end_all(void)
{
    kill(-program, SIGKILL);
#ifdef __linux__
    char list[64];
    snprintf(list, sizeof list, "/proc/self/task/%ld/children", (long)getpid());
    for (;;) {
        pid_t ended;
        while ((ended = waitpid(-1, NULL, WNOHANG)) > 0)
            ;
        if (ended == -1)
            return;
        FILE *children = fopen(list, "r");
        if (children == NULL)
            return;
        int child;
        while (fscanf(children, "%d", &child) == 1)
            kill(child, SIGKILL);
        fclose(children);
        poll(NULL, 0, 1);
    }
#endif
}

int main(int argc, char *argv[])
{
    static struct keyboard keyboard = { .fd = -1, .since = -1,
                                        .patience = PATIENCE };
    static struct stream streams[] = { { .name = "out", .fd = -1 },
                                       { .name = "err", .fd = -1 } };
    long limit = 10, uid = -1;
    int option;
    while ((option = getopt(argc, argv, "kps:t:u:")) != -1)
        switch (option) {
        case 'k': keyboard.keep = 1; break;
        case 'p': keyboard.terminal = 1; break;
        case 's': keyboard.file = optarg; break;
        case 't': limit = atol(optarg); break;
        case 'u': uid = atol(optarg); break;
        default: usage();
        }
    if (optind == argc && keyboard.file != NULL) {
        report_file(keyboard.file);
        return 0;
    }
    if (optind == argc || limit < 1)
        usage();

    const char *go_on = getenv("WATCH_WHILE");
    struct sigaction action = { .sa_handler = interrupt };
    if (sigemptyset(&action.sa_mask) == -1 ||
        sigaction(SIGHUP, &action, NULL) == -1 ||
        sigaction(SIGINT, &action, NULL) == -1 ||
        sigaction(SIGTERM, &action, NULL) == -1 ||
        signal(SIGCHLD, SIG_DFL) == SIG_ERR || /* ignored, no status is kept */
        signal(SIGPIPE, SIG_IGN) == SIG_ERR) /* write says EPIPE instead */
        fail("signals");

    int fds[3] = { STDIN_FILENO, -1, -1 };
    if (keyboard.terminal) {
        open_terminal(&keyboard.fd, &fds[0]);
        fds[1] = fds[2] = fds[0];
        streams[0].name = "tty";
        streams[0].fd = dup(keyboard.fd);
    } else {
        if (keyboard.file != NULL)
            open_pipe(&fds[0], &keyboard.fd);
        open_pipe(&streams[0].fd, &fds[1]);
        open_pipe(&streams[1].fd, &fds[2]);
    }
    if (keyboard.fd != -1 && fcntl(keyboard.fd, F_SETFL, O_NONBLOCK) == -1)
        fail("keyboard");

#ifdef __linux__
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
        errno = 0; /* then it is as on other systems */
#endif
    now();
    program = run(&argv[optind], fds, keyboard.terminal, uid);
    char number[32];
    snprintf(number, sizeof number, "%ld", (long)program);
    if (setenv("WATCHED", number, 1) == -1)
        fail("setenv");
    for (int i = 0; i < 3; i++)
        if (fds[i] != STDIN_FILENO && (i == 0 || fds[i] != fds[0]))
            close(fds[i]);

    const char *killed = NULL;
    int status;
    pid_t ended = 0;
    while (ended == 0) {
        struct pollfd p[3] = { { .fd = streams[0].fd, .events = POLLIN },
                               { .fd = streams[1].fd, .events = POLLIN },
                               { .fd = -1, .events = POLLIN } };
        if (keyboard.fd != -1 && !keyboard.ended &&
            keyboard.length < sizeof keyboard.text)
            p[2].fd = STDIN_FILENO;
        int soon = keyboard.since != -1 ||
                   (streams[0].fd == -1 && streams[1].fd == -1);
        if (poll(p, 3, soon ? SHORT_TICK : TICK) == -1) {
            if (errno != EINTR)
                fail("poll");
            for (int i = 0; i < 3; i++)
                p[i].revents = 0;
        }

        for (int i = 0; i < 2; i++) {
            if (p[i].revents != 0)
                take(&streams[i]);
            if (streams[i].length > 0 && now() - streams[i].since > PAUSE)
                report_line(&streams[i]);
            if (streams[i].total >= MOST_OUTPUT)
                killed = "too much output";
        }
        if (p[2].revents != 0)
            hear(&keyboard);
        if (keyboard.fd != -1)
            type(&keyboard);

        if (go_on != NULL && access(go_on, F_OK) == -1)
            interrupted = 1;
        /* It may have ended in time while we were not given the processor. */
        ended = waitpid(program, &status, WNOHANG);
        if (ended == 0 && killed == NULL && now() >= limit * 1000)
            killed = "time-out";
        if (ended == 0 && (killed != NULL || interrupted))
            kill(-program, SIGKILL);
    }
    long end = now();
    end_all();
    if (interrupted)
        return 1;

    /* What the program wrote last, which nobody may still be holding open. */
    for (int i = 0; i < 2; i++) {
        struct stream *s = &streams[i];
        if (s->fd != -1 && fcntl(s->fd, F_SETFL, O_NONBLOCK) == -1)
            fail(s->name);
        while (s->fd != -1 && s->total < MOST_OUTPUT && take(s)) {
        }
        if (s->length > 0)
            report_line(s);
    }
    if (keyboard.since != -1)
        report_file(keyboard.file);

    char how[64];
    if (killed != NULL)
        snprintf(how, sizeof how, "%s", killed);
    else if (WIFSIGNALED(status))
        snprintf(how, sizeof how, "signal %s", signal_name(WTERMSIG(status)));
    else
        snprintf(how, sizeof how, "exit %d", WEXITSTATUS(status));
    report(end, "end", how);
    return 0;
}
