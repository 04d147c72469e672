# lab.sh - what reader, writer and reader_safe must do, one test a function.
#
# For run.sh, which reads this file and says there what a test is made of, and
# for whoever wants to know what exactly the lab asks for. It is not run by
# itself and has no exit status of its own.
# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # $ for others; run.sh's own

ten='1 2 3 4 5 6 7 8 9 10'
extreme='-2147483648 2147483647 -1 0 7 -70000 65536 8 9 10'

# --- the main job: reader in one terminal, writer in the other ---------------

# Lines must not be early. As for late, the control only sleeps and tells what
# this machine is able to do at this moment. However late that is, the second
# sleep is to be seen between the batches.
start_control() { "$watch" -t 60 sh -c 'sleep 5; echo; sleep 5; echo' >control & }

came_in_time() {
    wait
    expect 'ten lines, five after 5 s and five after 10 s' "$(awk '
        FILENAME == "control" && $2 == "out" {
            late = $1 - 5000 * ++pauses
            if (late > latest) latest = late
        }
        FILENAME == "seen" && $2 ~ /out|tty/ {
            due = ++n <= 5 ? 5000 : 10000
            if ($1 < due) print "line " n " was early: " $1 " ms"
            if ($1 > due + 900 + 3 * latest) print "line " n " was late: " $1 " ms"
            if (n == 6 && $1 < fifth + 2500) print "no sleep before line 6"
            fifth = $1
        }
        END { if (n != 10) print n + 0 " lines" }' control seen)" ''
}

test_session() { # long
    title 'two terminals: what is typed while writer sleeps is printed when due'
    start_control
    mkfifo keys
    # writer is started when the first five have arrived. The typist looks at its
    # screen, and goes on when that shows a 5.
    # shellcheck disable=SC2094 # keys is a FIFO
    "$watch" -p -s temp -t 25 "$bin/reader" <keys | tee typed | {
        exec 4>keys
        echo 1 2 3 4 5 >&4
        read -r _
        "$watch" -p -t 20 "$bin/writer" | tee seen | while read -r _ _ text; do
            [ "$text" != 5 ] || echo 6 7 8 9 10 >&4
        done
    }
    saw 'tty 1' 'tty 2' 'tty 3' 'tty 4' 'tty 5' \
        'tty 6' 'tty 7' 'tty 8' 'tty 9' 'tty 10' 'end exit 0'
    mv seen screen && mv typed seen
    saw "temp 40 1 2 3 4 5 0 0 0 0 0" "temp 40 $ten" 'end exit 0'
    mv screen seen
    holds 40 "$ten"
    came_in_time
}

test_writer_pipe() { # long
    title 'writer, through a pipe: five lines after 5 s, five after 10 s'
    start_control
    echo "$extreme" | "$bin/reader"
    see -t 20 "$bin/writer"
    saw 'out -2147483648' 'out 2147483647' 'out -1' 'out 0' 'out 7' \
        'out -70000' 'out 65536' 'out 8' 'out 9' 'out 10' 'end exit 0'
    came_in_time
}

test_writer_file() { # long
    title 'writer, into a file: killed during the second sleep, five are there'
    echo "$ten" | "$bin/reader"
    see -t 9 sh -c 'exec "$0" >screen' "$bin/writer"
    saw 'end time-out'
    expect 'what is in the file' "$(cat screen)" "$(printf '%d\n' 1 2 3 4 5)"
}

# --- reader ------------------------------------------------------------------

test_reader_line() {
    title 'reader: ten integers on one line; it prints nothing and exits with 0'
    echo "$extreme" | see "$bin/reader"
    saw 'end exit 0'
    holds 40 "$extreme"
}

test_reader_typed() {
    title 'reader: each integer is in temp the moment that it is typed'
    typed_slowly reader
}

typed_slowly() {
    printf '%d\n' 9 -8 7 -6 5 -4 3 -2 1 2147483647 |
        see -k -p -s temp "$bin/$1"
    saw 'temp 40 9 0 0 0 0 0 0 0 0 0' \
        'temp 40 9 -8 0 0 0 0 0 0 0 0' \
        'temp 40 9 -8 7 0 0 0 0 0 0 0' \
        'temp 40 9 -8 7 -6 0 0 0 0 0 0' \
        'temp 40 9 -8 7 -6 5 0 0 0 0 0' \
        'temp 40 9 -8 7 -6 5 -4 0 0 0 0' \
        'temp 40 9 -8 7 -6 5 -4 3 0 0 0' \
        'temp 40 9 -8 7 -6 5 -4 3 -2 0 0' \
        'temp 40 9 -8 7 -6 5 -4 3 -2 1 0' \
        'temp 40 9 -8 7 -6 5 -4 3 -2 1 2147483647' 'end exit 0'
}

test_reader_word() {
    title 'reader: a word that is no integer is named, what came before stays'
    echo '1 2 x 4' | see "$bin/reader"
    saw 'err reader: integer 3 of 10: not an integer' 'end exit 1'
    holds 40 1 2 0 0 0 0 0 0 0 0
}

test_reader_end() {
    title 'reader: the input ends early (Ctrl-D): said, what came before stays'
    end_early reader
}

end_early() {
    echo '1 2 3' | see -p "$bin/$1"
    saw "tty $1: integer 4 of 10: the input ended" 'end exit 1'
    holds 40 1 2 3 0 0 0 0 0 0 0
}

test_reader_stale() {
    title 'reader: a temp of another size ends at 40 bytes'
    printf '%0100d' 0 >temp
    echo "$ten" | see "$bin/reader"
    holds 40 "$ten"
    printf '%08d' 0 >temp
    echo "$ten" | see "$bin/reader"
    holds 40 "$ten"
}

test_reader_killed() {
    title 'reader: killed half way, what was stored is in temp'
    kill_half_way reader
}

kill_half_way() {
    printf '%s\n' '1 2 3' '!kill -9 $WATCHED' | see -k -s temp "$bin/$1"
    saw 'temp 40 1 2 3 0 0 0 0 0 0 0' 'end signal SIGKILL'
    holds 40 1 2 3 0 0 0 0 0 0 0
}

# --- a temp that cannot be used ----------------------------------------------

# Each says so at once, that is, without waiting for any input.
says() {
    see -k -s none </dev/null "$@"
    saw "err $reason" 'end exit 1'
}

test_folder() {
    title 'temp is a folder: all three say so, exit 1'
    mkdir temp
    for program in reader writer reader_safe; do
        reason="$program: temp: Is a directory"
        says "$bin/$program"
    done
}

test_denied() {
    title 'temp is not permitted: all three say so, exit 1'
    : >temp
    chmod 0 temp
    for program in reader writer reader_safe; do
        cp "$bin/$program" .
        reason="$program: temp: Permission denied"
        if [ "$(id -u)" = 0 ]; then
            says -u 65534 "./$program"
        else
            says "./$program"
        fi
    done
}

# What ftruncate says of a thing that has no size differs from system to system.
any_reason() {
    sed 's/\(err reader: temp: \)..*/\1REASON/' seen >any
    mv any seen
}

test_fifo() {
    title 'temp is a FIFO: reader and reader_safe say so, exit 1'
    mkfifo temp
    see -k -s none "$bin/reader" </dev/null
    any_reason
    saw 'err reader: temp: REASON' 'end exit 1'
    reason='reader_safe: temp: is not a regular file'
    says "$bin/reader_safe"
}

test_reader_device() {
    title 'temp is a device: reader says so, exit 1'
    ln -s /dev/null temp
    see -k -s none "$bin/reader" </dev/null
    any_reason
    saw 'err reader: temp: REASON' 'end exit 1'
}

# as_root COMMAND: in namespaces of its own, where it may mount things that are
# gone with it. Only Linux has them, and not every Linux lets one in.
as_root() {
    unshare -rm true 2>/dev/null || skip 'this machine allows no mount'
    unshare -rm sh -c "$1" "$watch" "$bin/reader_safe"
}

test_safe_device() {
    title 'temp is a device: reader_safe says so, exit 1'
    : >temp
    as_root 'mount --bind /dev/null temp &&
        exec "$0" -k -s none "$1" </dev/null' >seen 2>&1
    saw 'err reader_safe: temp: is not a regular file' 'end exit 1'
}

# --- writer when things go wrong ---------------------------------------------

test_writer_alone() { # long
    title 'writer alone: it says what to do, exits with 1, and temp is its own'
    see "$bin/writer"
    saw 'err writer: temp: too short, run ./reader first' 'end exit 1'
    # shellcheck disable=SC2012 # no other utility shows the mode
    expect 'mode of temp' "$(ls -l temp | cut -c 1-10)" '-rw-------'
}

test_writer_short() { # long
    title 'writer: temp is cut while it sleeps: no Bus error, exit 1'
    echo "$ten" | "$bin/reader"
    "$watch" -t 20 "$bin/writer" 2>&1 | tee seen | while read -r _ _ text; do
        [ "$text" != 5 ] || printf '%020d' 0 >temp
    done
    saw 'out 1' 'out 2' 'out 3' 'out 4' 'out 5' \
        'err writer: temp: too short, run ./reader first' 'end exit 1'
}

test_writer_full() { # long
    title 'writer: a full device: it says so, exits with 1'
    [ -c /dev/full ] || skip 'this machine has no /dev/full'
    echo "$ten" | "$bin/reader"
    see sh -c 'exec "$0" >/dev/full' "$bin/writer"
    saw 'err writer: standard output: No space left on device' 'end exit 1'
}

# A temp that is cut between the look at its size and the touch: here fstat is a
# function that always finds 40 bytes.
deceive() {
    cat >deceive.c <<'END'
#undef fstat
#include <sys/types.h>
#include <sys/stat.h>
int deceive(int fd, struct stat *file);
int deceive(int fd, struct stat *file)
{
    int result = fstat(fd, file);
    file->st_size = 10 * sizeof(int);
    return result;
}
END
    build deceived "$src/$1.c" -Dfstat=deceive deceive.c
}

test_writer_race() { # long
    title 'writer: temp is cut after it has looked: no Bus error, exit 1'
    deceive writer
    see ./deceived
    saw 'err writer: temp: cut short by another process' 'end exit 1'
}

# --- reader_safe -------------------------------------------------------------

test_safe_line() {
    title 'reader_safe: ten integers on one line; silent, exits with 0'
    echo "$extreme" | see "$bin/reader_safe"
    saw 'end exit 0'
    holds 40 "$extreme"
}

test_safe_typed() {
    title 'reader_safe: each integer is in temp the moment that it is typed'
    typed_slowly reader_safe
}

test_safe_words() {
    title 'reader_safe: a word that is no int is shown and refused, not stored'
    for word in 99999999999 2147483648 -2147483649 99999999999999999999 \
        1.5 12abc 0x10 1,2 x - 1e3; do
        rm -f temp
        echo "1 2 $word 4" | see "$bin/reader_safe"
        case $word in
        *[!0-9-]* | -) reason='is not a decimal integer' ;;
        *) reason='does not fit an int' ;;
        esac
        saw "err reader_safe: integer 3 of 10: \"$word\" $reason" 'end exit 1'
        holds 40 1 2 0 0 0 0 0 0 0 0
    done
}

test_safe_long() {
    title 'reader_safe: a long word is refused whole, and not shown whole'
    for zeros_and_7 in "$(printf '%05000d' 7)" "$(printf '%0301d' 7)"; do
        rm -f temp
        echo "1 2 $zeros_and_7 4" | see "$bin/reader_safe"
        saw 'err reader_safe: integer 3 of 10: "0000000000000000000000000000000..." is too long' \
            'end exit 1'
        holds 40 1 2 0 0 0 0 0 0 0 0
    done
}

test_safe_control() {
    title 'reader_safe: NUL bytes and control characters are refused, not shown'
    printf '1 2\0003 4' | see "$bin/reader_safe"
    saw 'err reader_safe: integer 2 of 10: "2?3" is not a decimal integer' \
        'end exit 1'
    printf '1 2\033[31m 4' | see "$bin/reader_safe"
    saw 'err reader_safe: integer 2 of 10: "2?[31m" is not a decimal integer' \
        'end exit 1'
    holds 40 1 0 0 0 0 0 0 0 0 0
}

test_safe_end() {
    title 'reader_safe: the input ends early (Ctrl-D): said, exit 1'
    end_early reader_safe
}

test_safe_stale() {
    title 'reader_safe: temp ends at 40 bytes, and keeps what is not typed over'
    echo "$ten" | "$bin/reader"
    printf '%0100d' 0 >>temp
    echo 9 | see "$bin/reader_safe"
    holds 40 9 2 3 4 5 6 7 8 9 10
}

test_safe_killed() {
    title 'reader_safe: killed half way, what was stored is in temp'
    kill_half_way reader_safe
}

test_safe_full() {
    title 'reader_safe: a full disk is found before anything is asked for'
    mkdir full
    as_root 'mount -t tmpfs -o size=64k none full && cd full || exit
        cat /dev/zero >fill 2>/dev/null
        exec "$0" -k -s none "$1" </dev/null' >seen 2>&1
    saw 'err reader_safe: temp: No space left on device' 'end exit 1'
}

test_safe_cut() {
    title 'reader_safe: temp is cut while it waits: said, exit 1, no Bus error'
    for size in 0 20; do
        rm -f temp
        printf '%s\n' 1 2 "!printf '%.${size}s' '                    ' >temp" 3 |
            see -s temp "$bin/reader_safe"
        expect "with $size bytes left" "$(grep ' err ' seen | cut -d ' ' -f 2-)" \
            'err reader_safe: temp: cut short by another process'
        expect 'how it ended' "$(sed -n 's/.* end //p' seen)" 'exit 1'
    done
}

test_safe_race() {
    title 'reader_safe: temp is cut after it has looked: said, exit 1'
    deceive reader_safe
    printf '%s\n' 1 2 '!: >temp' 3 | see -s temp ./deceived
    expect 'what it said' "$(grep ' err ' seen | cut -d ' ' -f 2-)" \
        'err reader_safe: temp: cut short by another process, or no room on disk'
    expect 'how it ended' "$(sed -n 's/.* end //p' seen)" 'exit 1'
}

test_safe_changed() {
    title 'reader_safe: another process has undone the stores: said, exit 1'
    printf '%s\n' 1 2 '!cp temp copy && : >temp && tr "\0-\377" "\0" <copy >temp' \
        3 4 5 6 7 8 9 10 | see -s temp "$bin/reader_safe"
    expect 'what it said' "$(grep ' err ' seen | cut -d ' ' -f 2-)" \
        'err reader_safe: temp: changed by another process'
    expect 'how it ended' "$(sed -n 's/.* end //p' seen)" 'exit 1'
}

test_safe_replaced() {
    title 'reader_safe: temp is removed or replaced meanwhile: said, exit 1'
    printf '%s\n' 1 2 '!rm temp' 3 | sed '4s/$/ 4 5 6 7 8 9 10/' |
        see -s temp "$bin/reader_safe"
    expect 'removed' "$(sed -n 's/^[0-9]* err //p; s/.* end //p' seen)" \
'reader_safe: temp: No such file or directory
exit 1'
    printf '%s\n' 1 2 '!cp temp other && mv other temp' 3 |
        sed '4s/$/ 4 5 6 7 8 9 10/' | see -s temp "$bin/reader_safe"
    expect 'replaced' "$(sed -n 's/^[0-9]* err //p; s/.* end //p' seen)" \
'reader_safe: temp: replaced by another process
exit 1'
}

test_safe_closed() {
    title 'reader_safe: without a standard input it does not take temp for it'
    echo "$ten" >temp
    see sh -c 'exec "$0" <&-' "$bin/reader_safe"
    saw 'err reader_safe: temp: standard input, output or error is closed' \
        'end exit 1'
    see sh -c 'exec "$0" </dev/null 2>&-' "$bin/reader_safe"
    saw 'end exit 1'
    expect 'temp' "$(cat temp)" "$ten"
}

test_safe_link() {
    title 'reader_safe: a symbolic link is refused, what it points to untouched'
    echo precious >file
    ln -s file temp
    reason='reader_safe: temp: is a symbolic link'
    says "$bin/reader_safe"
    expect 'the file' "$(cat file)" precious
}

test_safe_disk() {
    title 'reader_safe: exit 0 only when msync says that all is on the disk'
    cat >fail.c <<'END'
#undef msync
#include <errno.h>
#include <stddef.h>
int fail_msync(void *address, size_t length, int flags);
int fail_msync(void *address, size_t length, int flags)
{
    (void)address, (void)length, (void)flags;
    errno = ENOSPC;
    return -1;
}
END
    build failing "$src/reader_safe.c" -Dmsync=fail_msync fail.c
    echo "$ten" | see ./failing
    saw 'err reader_safe: temp: No space left on device' 'end exit 1'
    holds 40 "$ten"
}

# --- make --------------------------------------------------------------------

# In a copy of the project, with the two programs of make run already built.
make_in_copy() {
    cp "$src"/*.c "$src/Makefile" .
    cp "$bin/reader" "$bin/writer" .
    cat >make.sh <<'END'
exec "${MAKE:-make}" -s CC="$CC" CFLAGS="$CFLAGS" LDFLAGS="$LDFLAGS" "$@"
END
}

# make's output goes through cat, which ends when everybody who could write to
# it has ended. So a writer that was left behind is seen by what it prints.
numbers_seen() { grep -c -E '^[0-9]+ (out|tty) [0-9]+$' seen; }

test_make_run() { # long
    title 'make run: the whole lab in one terminal, then temp with its 40 bytes'
    make_in_copy
    echo "$ten" | see -t 20 sh make.sh run
    sed 's/^\([0-9]* out -rw-r--r--\) .* 40 .* temp$/\1 40 temp/' seen >short
    mv short seen
    saw 'out 1' 'out 2' 'out 3' 'out 4' 'out 5' 'out 6' 'out 7' 'out 8' \
        'out 9' 'out 10' 'out -rw-r--r-- 40 temp' 'end exit 0'
}

test_make_run_fails() {
    title 'make run: when reader fails it fails, and leaves no writer behind'
    make_in_copy
    echo 1 2 x | see sh -c '{ sh make.sh run; echo "status $?"; } 2>&1 | cat'
    expect 'what reader says' "$(sed -n 's/.* out reader: //p' seen)" \
        'integer 3 of 10: not an integer'
    expect 'status 0' "$(grep -c 'out status 0' seen)" 0
    expect 'lines of writer' "$(numbers_seen)" 0
}

test_make_run_interrupted() { # long
    title 'make run: Ctrl-C leaves no writer behind'
    [ -z "$EMULATED" ] || skip 'an emulator ends a sleep at a signal that is ignored'
    make_in_copy
    mkfifo keys
    # Ctrl-C comes after the first batch: a writer that is left prints another.
    # shellcheck disable=SC2094 # keys is a FIFO
    "$watch" -k -p -s temp -t 20 sh -c \
        'trap : INT; sh make.sh run | (trap "" INT; exec cat)' <keys | tee seen | {
        exec 4>keys
        echo 11 >&4
        while read -r _ _ text; do
            [ "$text" != 11 ] || printf '\003\n' >&4
        done
    }
    expect 'end' "$(sed -n 's/.* end \([a-z]*\) .*/\1/p' seen)" exit
    expect 'lines of writer' "$(numbers_seen)" 5
}

test_make_clean() {
    title 'make clean: nothing is left of make and make run'
    make_in_copy
    rm reader writer
    sh make.sh all
    for program in reader writer reader_safe; do
        [ -x "$program" ] || expect "$program" 'not built' 'built by make'
    done
    : >temp
    sh make.sh clean
    expect 'what is left' "$(echo *)" \
        'Makefile make.sh reader.c reader_safe.c writer.c'
}
