#!/bin/sh
# demo.sh - plays what the lecture claims of mmap, and says what stands behind it.
#
#     make demo                      or: tests/demo.sh [ORDER]
#
# For instructors, on a projector. ORDER is tests/order, compiled. Each play is
# a list of steps that can be typed again after tests/order, what happened here,
# and who says so:
#     POSIX promises it      any POSIX system does this
#     POSIX leaves it open   another system may do something else
#     this system does it    beyond what POSIX speaks of
# A line that begins with ! corrects the lecture.
#
# Exit status: 0 when all that POSIX promises was seen here, 1 when not, or when
# nothing could be played.

LC_ALL=C
export LC_ALL
order=${1:-$(dirname "$0")/order}
plays=0 promises=0 broken=0
"$order" open >/dev/null || exit 1

# play STEPS WHO [PROMISE]: the promise is an extended regular expression.
play() {
    plays=$((plays + 1))
    # shellcheck disable=SC2086 # a list of steps
    seen=$("$order" $1 2>/dev/null | awk -v steps="$1" '
        BEGIN { split(steps, step, " ") }
        $1 ~ /^[0-9]+$/ && step[$1] ~ /^(load|read)/ && $(NF - 1) !~ /^SIG/ {
            found = found ", " step[$1] " gave " $(NF - 1)
        }
        /^result: / { sub("result: ", ""); print $0 found }')
    printf '\n%2d. %s\n' "$plays" "$1"
    printf '    %-52s%s\n' "$seen" "$2"
    [ $# = 3 ] || return 0
    promises=$((promises + 1))
    if ! echo "$seen" | grep -E -q -x "$3"; then
        broken=$((broken + 1))
        echo "    BROKEN PROMISE: POSIX says $3"
    fi
}

because() { printf '    %s\n' "$@"; }
lecture() { printf '  ! %s\n' "$@"; }

promised='POSIX promises it' open='POSIX leaves it open' system='this system does it'

cat <<'END'
Each play: its steps, to be typed after tests/order; what they gave here, and
who says so. A line with ! corrects the lecture. The first three are the lab's.
END

play 'open mmap ftruncate store' "$open"
because "The lecture's listing. POSIX does not specify what a mapping makes of a" \
    'size that changes later; Linux looks at the size when a page is touched.'
lecture 'The lecture: SIGBUS, and luck where not. On Linux it works every time.'

play 'open ftruncate mmap store' "$promised" 'completed'
because 'The safe order: the file has its page before anything can touch it.'
lecture 'The lecture: no SIGBUS, on any system. But for a full disk, as ftruncate' \
    'reserves no block, and for a file that another process cuts: play 4.'

play 'open mmap store' "$promised" 'SIGBUS at step 3, store'
because 'No ftruncate: the mapping has a page, the file has none.'
lecture 'The lecture: maybe a segmentation fault. It is SIGBUS, and always.'

play 'open ftruncate mmap ftruncate=0 store' "$open"
because 'The file is cut under its mapping. On Linux its page goes with it.'

play 'open ftruncate mmap store=5:6 ftruncate=20 load=5' "$open"
because 'Cut to 20 bytes: on Linux int 5 is lost, but its page is still there.'
lecture 'The lecture: SIGBUS. Only a whole page past the end raises that.'

play 'open ftruncate mmap load=10 store=10 read=10' "$promised" \
    'completed, load=10 gave 0, read=10 gave eof'
because 'The tail of the page, behind the 40 bytes: memory, 0 at first, that' \
    'never gets into the file.'
lecture 'The lecture: a signal behind the size. Not up to the end of the page.'

play 'open ftruncate mmap=2p store=1p' "$promised" 'SIGBUS at step 4, store=1p'
because 'Page 1 is mapped, but the file ends in page 0.'
lecture 'The lecture: SIGBUS or SIGSEGV. Inside the mapping it is SIGBUS.'

play 'open ftruncate mmap store=10:5 ftruncate=80 load=10' "$open"
because 'A store to the tail, and then the file grows over it: some file systems' \
    'give 0, some 5. Compare with TMPDIR=/dev/shm before the command.'

play 'open ftruncate mmap ftruncate=2p read=11' "$promised" \
    'completed, read=11 gave 0'
because 'A file that grows is filled with zeros.'

play 'open ftruncate mmap mprotect=read load store' "$promised" \
    'SIGSEGV at step 6, store, load gave 0'
because 'A store to a mapping that may only be read.'

play 'open ftruncate mmap mprotect=none load' "$promised" \
    'SIGSEGV at step 5, load'

play 'open ftruncate mmap mprotect=read mprotect=write store' "$promised" \
    'completed'

play 'open ftruncate mmap mprotect=read store=11' "$promised" \
    'SIGSEGV at step 5, store=11'
because 'Asked for 40 bytes, but protection comes in whole pages.'

play 'open ftruncate mmap store munmap load' "$promised" \
    'SIGSEGV at step 6, load'

play 'open ftruncate mmap close store' "$promised" 'completed'
because 'A mapping outlives its descriptor: close does not unmap.'

play 'open ftruncate store' "$system"
because 'Without mmap, addr is a null pointer here. To C this is undefined.'

play 'open ftruncate private store=0:7 load read' "$promised" \
    'completed, load gave 7, read gave 0'
because 'MAP_PRIVATE: the store is to a copy of our own.'

play 'open ftruncate mmap store=0:7 read' "$open"
because 'MAP_SHARED: read finds it at once where mappings and files share one page' \
    'cache, as on Linux. With an msync in between, everywhere:'

play 'open ftruncate mmap store=0:7 msync read' "$promised" \
    'completed, read gave 7'
lecture 'The lecture: msync, so that others have it at once. Who has mapped the' \
    'file has it without; MS_SYNC waits for the disk, MS_ASYNC does not wait.'

play 'open ftruncate=2p mmap=40@1p store' "$promised" 'completed'

play 'open ftruncate=2p mmap=40@1' "$open"
because 'An offset that is no multiple of the page: mmap "may fail".'

play 'open ftruncate mmap=0' "$promised" 'EINVAL at step 3, mmap=0'

play 'truncate open=r mmap' "$promised" 'EACCES at step 3, mmap'
because 'A shared mapping with PROT_WRITE needs a descriptor open for both.'

play 'truncate open=w mmap' "$promised" 'EACCES at step 3, mmap'
because 'And so it does when it is open for writing only.'

play 'truncate open=r private store=0:7 load read' "$promised" \
    'completed, load gave 7, read gave 0'
because 'But a private one may be written: the file is only read.'

play 'open=r ftruncate' "$promised" '(EBADF|EINVAL) at step 2, ftruncate'

echo
[ "$broken" = 0 ] && verdict='all seen here' || verdict="$broken BROKEN here"
echo "$plays plays, $promises of them promised by POSIX: $verdict"
[ "$broken" = 0 ]
