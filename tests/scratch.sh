# scratch.sh - a scratch folder with the compiled programs in $scratch/bin, and
# nothing left of the folder or of what runs in it, also after an interrupt.
#
# For run.sh and grade.sh, which set $tests to this folder and read this file. It
# ends them with status 1 when the folder or a program cannot be made.
# shellcheck shell=sh disable=SC2034 # $lab, $bin and $watch are for them

CC=${CC:-cc}
CFLAGS=${CFLAGS-}
LDFLAGS=${LDFLAGS-}
EMULATED=${EMULATED-}
unset MAKEFLAGS MFLAGS MAKELEVEL ASAN_OPTIONS
LC_ALL=C
TZ=UTC0
export CC CFLAGS LDFLAGS LC_ALL TZ
umask 022

tests=$(cd "$tests" && pwd) || exit 1
lab=$(dirname "$tests")

scratch=${TMPDIR:-/tmp}/mmap-lab.$$
(umask 077 && mkdir "$scratch") || exit 1
running=

# On an interrupt all that runs has to end, and then the folder can go. The file
# go_on keeps every watch going. Descriptor 9 is the writing end of a FIFO that
# all that is started here holds (but not what watch runs): when the FIFO ends,
# they all have ended. watch waits for that, but for no longer than ten seconds.
cleanup() {
    ending=$? # mksh would forget it
    trap '' HUP INT TERM
    rm -f "$scratch/go_on"
    if [ -n "$running" ]; then
        # shellcheck disable=SC2086 # a list
        kill $running 2>/dev/null
        exec 8<"$scratch/ended" 9>&-
        (unset WATCH_WHILE; "$watch" cat <&8 >/dev/null)
    fi
    wait # for compilers
    chmod -R u+rwx "$scratch"
    rm -rf "$scratch"
    exit "$ending"
}
: >"$scratch/go_on"
WATCH_WHILE=$scratch/go_on
export WATCH_WHILE
mkfifo "$scratch/ended" || exit 1
: <"$scratch/ended" &
exec 9>"$scratch/ended"
trap cleanup 0
trap 'exit 1' HUP INT TERM

# --- programs ----------------------------------------------------------------

# build PROGRAM SOURCE [OPTION...]
build() {
    program=$1 source=$2
    shift 2
    # shellcheck disable=SC2086 # lists of words
    $CC $CFLAGS "$@" -o "$program" "$source" $LDFLAGS
}

# build_all NAME...: programs of the lab and of the tests, into $bin.
build_all() {
    for name do
        source=$lab/$name.c
        [ -e "$source" ] || source=$tests/$name.c
        build "$bin/$name" "$source" &
    done
    wait
    for name do
        [ -x "$bin/$name" ] || { echo "Bail out! $name: not compiled"; exit 1; }
    done
}

bin=$scratch/bin
watch=$bin/watch
mkdir "$bin" || exit 1
