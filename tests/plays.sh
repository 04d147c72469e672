# plays.sh - what tests/order and make demo must do.
#
# For run.sh, which reads this file and says there what a test is made of. It is
# not run by itself and has no exit status of its own.
# shellcheck shell=sh disable=SC2016,SC2154 # edits; run.sh's variables

order() { TMPDIR=$PWD "$bin/order" "$@" 2>errors; }

# ends STEPS RESULT: the last line of the play.
ends() {
    # shellcheck disable=SC2086 # a list of steps
    expect "$1" "$(order $1 | tail -n 1)" "result: $2"
}

# gives STEPS VALUES: what its loads and reads gave, each with a space before it.
gives() {
    # shellcheck disable=SC2086 # a list of steps
    expect "$1" "$(order $1 | awk '
        / addr.[0-9]*\] +[^=]|pread/ { values = values " " $(NF - 1) }
        END { print values }')" " $2"
}

test_order_lines() {
    title 'order: a line for each step, the size after it, why the signal came'
    page=$(getconf PAGESIZE)
    expect 'a play' "$(order open mmap store; echo "exit $?")" \
"step  call                                                          gave   size
   1  fd = open(\"temp\", O_RDWR)                                        3      0
   2  mmap(NULL, 40, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)       addr      0
   3  addr[0] = 1                                                 SIGBUS      0
why: page 0, file bytes 0 to $((page - 1)), was touched; the file was 0 bytes long
result: SIGBUS at step 3, store
exit 1"
    expect 'another' "$(order open ftruncate read=9 read=10 close; echo "exit $?")" \
"step  call                                                          gave   size
   1  fd = open(\"temp\", O_RDWR)                                        3      0
   2  ftruncate(fd, 40)                                                0     40
   3  pread(fd, &n, 4, 36)                                             0     40
   4  pread(fd, &n, 4, 40)                                           eof     40
   5  close(fd)                                                        0     40
result: completed
exit 0"
    expect 'a call that fails' "$(order ftruncate; echo "exit $?")" \
"step  call                                                          gave   size
   1  ftruncate(fd, 40)                                            EBADF      0
result: EBADF at step 1, ftruncate
exit 1"
    expect 'what is left behind' "$(echo *)" errors
}

test_order_promised() {
    title 'order: what POSIX promises, play by play'
    ends 'open ftruncate mmap store' completed
    ends 'open mmap store' 'SIGBUS at step 3, store'
    ends 'open mmap load=9' 'SIGBUS at step 3, load=9'
    ends 'open ftruncate mmap store=10' completed
    ends 'open ftruncate mmap=2p store=1p:5' 'SIGBUS at step 4, store=1p:5'
    ends 'open ftruncate=1p mmap=2p load=1p' 'SIGBUS at step 4, load=1p'
    ends 'open ftruncate=2p mmap=2p load=1p' completed
    ends 'open ftruncate mmap mprotect=read store' 'SIGSEGV at step 5, store'
    ends 'open ftruncate mmap mprotect=read store=11' 'SIGSEGV at step 5, store=11'
    ends 'open ftruncate mmap mprotect=none load' 'SIGSEGV at step 5, load'
    ends 'open ftruncate mmap mprotect=none mprotect=write store' completed
    ends 'open ftruncate mmap munmap store' 'SIGSEGV at step 5, store'
    ends 'open ftruncate mmap close store msync' completed
    ends 'open ftruncate mmap close ftruncate' 'EBADF at step 5, ftruncate'
    ends 'open ftruncate mmap close truncate=0' completed
    ends 'open mmap=0' 'EINVAL at step 2, mmap=0'
    ends 'truncate open=r mmap' 'EACCES at step 3, mmap'
    ends 'truncate open=w mmap' 'EACCES at step 3, mmap'
    ends 'truncate open=r private store' completed
    ends 'mmap' 'EBADF at step 1, mmap'
    ends 'close' 'EBADF at step 1, close'
    ends 'open close read' 'EBADF at step 3, read'
    ends 'open=w read' 'EBADF at step 2, read'
    ends 'open ftruncate=2p mmap=40@1p store' completed
}

test_order_values() {
    title 'order: what a load and a read find, play by play'
    gives 'open ftruncate mmap load=9 store=9:-5 load=9' '0 -5'
    gives 'open ftruncate mmap store=0:7 msync read' '7'
    gives 'open ftruncate private store=0:7 load read' '7 0'
    gives 'open ftruncate mmap load=10 store=10:5 load=10 read=10' '0 5 eof'
    gives 'open ftruncate read=9 ftruncate=1p read=10' '0 0'
    gives 'open ftruncate=2p mmap=2p store=1p:8 msync read=1p' '8'
    gives 'open ftruncate=2p mmap=2p store=1p:8 mmap=40@1p load' '8'
}

test_order_linux() {
    title 'order: what POSIX leaves open, as Linux does it'
    [ "$(uname)" = Linux ] || skip 'this machine is not Linux'
    ends 'open mmap ftruncate store' completed
    ends 'open ftruncate mmap ftruncate=0 store' 'SIGBUS at step 5, store'
    ends 'open ftruncate mmap truncate=0 load=9' 'SIGBUS at step 5, load=9'
    ends 'open ftruncate mmap ftruncate=20 store=5' completed
    ends 'open mmap=2p ftruncate store=1p' 'SIGBUS at step 4, store=1p'
    ends 'open ftruncate=2p mmap=40@1' 'EINVAL at step 3, mmap=40@1'
    ends 'open=r ftruncate' 'EINVAL at step 2, ftruncate'
    ends 'store' 'SIGSEGV at step 1, store'
    ends 'open ftruncate load=3' 'SIGSEGV at step 3, load=3'
    gives 'open ftruncate mmap store=5:6 ftruncate=20 load=5 ftruncate read=5' '0 0'
    gives 'open ftruncate mmap store=0:7 read' '7'
}

test_order_usage() {
    title 'order: a step that it does not know: usage, exit 2, nothing is done'
    for steps in '' 'open fly' 'open ftruncate=-1' 'open ftruncate=x' 'open=x' \
        'open store=:1' 'open store=0:2147483648' 'open load=1:2' 'open munmap=1' \
        'open mmap=40@' 'open mmap=99999999999999999999' 'open mprotect' \
        'open mmap=40@1q' 'opens' 'open store=999999999999'; do
        # shellcheck disable=SC2086 # a list of steps
        expect "$steps" "$(order $steps; echo "exit $?")" 'exit 2'
        expect "$steps" "$(sed -n 2p errors)" 'usage: tests/order STEP...'
    done
}

test_demo() {
    title 'make demo: all promises are kept here, in 80 columns'
    TMPDIR=$PWD sh "$tests/demo.sh" "$bin/order" >demo
    expect 'exit status' $? 0
    expect 'last line' "$(sed -n '$s/.*: //p' demo)" 'all seen here'
    expect 'lines that are too long' "$(awk 'length > 80' demo)" ''
}

test_readme_orders() {
    title 'README.md: the three orders are what make demo prints'
    [ "$(uname)" = Linux ] || skip 'this machine is not Linux'
    TMPDIR=$PWD sh "$tests/demo.sh" "$bin/order" >demo
    orders='/^ 1\. open mmap/,/^  ! The lecture: maybe/p'
    expect 'the three orders' "$(sed -n "$orders" "$readme")" "$(sed -n "$orders" demo)"
}

test_readme_lines() {
    title 'README.md: the lines of the steps stand in the programs'
    sed -n '/^## The steps/,/^### /s/^| [1-6] [^|]*| `\(.*\)` |$/\1/p' "$readme" |
        sed 's/\\|/|/g' >steps
    expect 'steps' "$(wc -l <steps | tr -d ' ')" 11
    while read -r line; do
        grep -q -F "$line" "$src/reader.c" "$src/writer.c" || echo "$line"
    done <steps >missing
    expect 'lines that are not there' "$(cat missing)" ''
}
