#!/bin/sh
# run.sh - runs the tests, all side by side, and reports them in TAP.
#
#     make test                  all of them
#     tests/run.sh NAME...       these only
#
# For students and graders. Each test has a scratch folder of its own and works
# on programs that were compiled for it with CC, CFLAGS and LDFLAGS, so neither
# the binaries nor the temp of whoever runs it are touched. writer's ten seconds
# are waited for once, for all together.
#
# EMULATED, when it is set, says that the programs run under an emulator: what
# only a kernel can do is then skipped.
#
# The last line is "N passed, N failed". Exit status: 0 when none failed, 1 when
# one failed or the run was interrupted, 2 for a name that no test has.

# shellcheck disable=SC2034,SC2154 # variables are shared with the files read here

tests=$(dirname "$0")
# shellcheck source=/dev/null
. "$tests/scratch.sh"

# --- what a test is made of --------------------------------------------------

# The test NAME is the function test_NAME. It runs in a subshell, in an empty
# folder. $bin has the programs, $watch is watch.c: see there. "# long" behind its
# brace says that it waits for writer, "# first" that it also has much to do.

title() { echo "$*"; }

# The test cannot be made on this machine.
skip() {
    echo "SKIP $*"
    exit 77
}

# expect WHAT GOT WANTED
expect() {
    [ "$2" != "$3" ] || return 0
    failed=1
    echo "$1"
    printf '%s\n' "$3" | sed 's/^/expected: /'
    printf '%s\n' "$2" | sed 's/^/got:      /'
}

# see WATCH-ARGUMENT...: runs a program and remembers what there was to see.
see() { "$watch" "$@" >seen 2>&1; }

# saw LINE...: and that must have been exactly this, the times left out.
saw() {
    wanted=$(printf '%s\n' "$@")
    expect 'what is seen, line by line' "$(cut -d ' ' -f 2- seen)" "$wanted"
}

# holds SIZE INT...: what must be in temp.
holds() {
    expect 'size of temp, and the ints in it' \
        "$("$watch" -s temp | cut -d ' ' -f 3-)" "$*"
}

# shellcheck source=/dev/null
. "$tests/lab.sh"
# shellcheck source=/dev/null
. "$tests/plays.sh"
# shellcheck source=/dev/null
. "$tests/answers.sh"
# shellcheck source=/dev/null
. "$tests/broken.sh"

# --- all side by side, reported in order -------------------------------------

# One test, in the folder that it is called in. Exit status 0, 1, or 77: skipped
check() (
    failed=0
    "test_$1"
    exit "$failed"
)

# Reports one test by what it printed: its title, then what went wrong.
report() {
    number=$((number + 1))
    title=$(sed 1q "$1.log")
    case $2 in
    0)
        passed=$((passed + 1))
        echo "ok $number - $title" ;;
    77)
        skipped="$skipped $1"
        echo "ok $number - $title # SKIP $(sed -n 's/^SKIP //p' "$1.log")" ;;
    *)
        not_passed=$((not_passed + 1))
        echo "not ok $number - $title"
        sed '1d; s/^/#   /' "$1.log"
        echo "#   again: CC='$CC' CFLAGS='$CFLAGS' LDFLAGS='$LDFLAGS' tests/run.sh $1" ;;
    esac
}

# names_in FILE: the tests that it defines.
names_in() { sed -n 's/^test_\([a-z0-9_]*\)().*/\1/p' "$tests/$1"; }

# run NAME...: one after the other.
run() {
    for name do
        (cd "$scratch/$name" && check "$name") >"$name.log" 2>&1 </dev/null
        echo $? >"$name.status"
    done
}

all=$(names_in answers.sh; names_in lab.sh; names_in plays.sh; names_in broken.sh)
names=${*:-$all}
for name in $names; do
    if ! grep -q "^test_$name()" "$tests"/*.sh; then
        echo "run.sh: $name: there is no such test" >&2
        exit 2
    fi
done

cd "$scratch" && mkdir caught || exit 1
echo "# writer sleeps ten seconds, so this takes a little longer: please wait"
build_all watch order reader writer reader_safe
src=$lab
readme=$lab/README.md

# Most of the time nobody has anything to do but to wait for writer. So those
# that wait start at once and all together, the busiest of them with the right
# of way; the others take turns while they wait.
i=0
for name in $names; do
    mkdir "$name"
    kind=$(sed -n "s/^test_$name() { # //p" "$tests"/*.sh)
    if [ -n "$kind" ]; then
        run "$name" &
        running="$running $!"
        [ "$kind" = first ] || renice -n 5 -p $! >/dev/null 2>&1
    else
        i=$(((i + 1) % 4))
        echo "$name" >>"lane$i"
    fi
done
for lane in lane?; do
    [ -e "$lane" ] || continue
    # shellcheck disable=SC2046 # a list
    run $(cat "$lane") &
    running="$running $!"
    renice -n 15 -p $! >/dev/null 2>&1
done
# Whoever ends it because it hangs wants to know where.
trap 'for name in $names; do
    [ -e "$name.status" ] || echo "# not ended: $name"
done; exit 1' TERM
wait
trap 'exit 1' TERM
running=

number=0 passed=0 not_passed=0 skipped=
for name in $names; do
    report "$name" "$(cat "$name.status")"
done

# A test that cannot fail proves nothing: was each one seen to fail?
if [ $# = 0 ]; then
    for name in $(names_in lab.sh; names_in plays.sh); do
        case " $skipped " in *" $name "*) continue ;; esac
        [ -e "caught/$name" ] || echo "$name: no broken program fails it"
    done >missing
    { echo 'each test has failed on a broken program'; cat missing; } >all.log
    [ ! -s missing ]
    report all $?
fi

echo "1..$number"
[ -z "$skipped" ] || echo "# skipped:$skipped"
echo "$passed passed, $not_passed failed"
[ "$not_passed" = 0 ]
