#!/bin/sh
# grade.sh - judges answers to the lab: folders with a reader.c and a writer.c.
#
#     make test DIR=FOLDER                         or: tests/grade.sh FOLDER
#     tests/grade.sh [-v] [-o REPORTS] FOLDER...   the whole class, side by side
#
# For graders. One folder gives a report in TAP: a line for each requirement,
# under a failure what was expected, what came, and what to look at; notes, which
# cost nothing; and last "N passed, N failed". Several folders give a line each:
# folder, requirements passed, and what failed. -v gives the reports as well, -o
# writes each to a file of its own in the folder REPORTS.
#
# A submission is compiled and run only as a copy in a scratch folder, within
# limits of time, output, file size, processor time and (where ulimit can) of
# memory and processes. README.md says what that does not protect from.
# GRADE_MEMORY is the limit of memory, in KiB, or "unlimited".
#
# Exit status: 0 when every requirement was met by all, 1 when not or when the
# run was interrupted, 2 for wrong usage.

# shellcheck disable=SC2016 # $ for an inner shell
# shellcheck disable=SC2317 # functions are called by name
# shellcheck disable=SC2154 # scratch.sh sets some variables

usage() {
    echo "usage: tests/grade.sh [-v] [-o REPORTS] FOLDER..." >&2
    exit 2
}

verbose='' reports=''
while getopts vo: option; do
    case $option in
    v) verbose=yes ;;
    o) reports=$OPTARG ;;
    *) usage ;;
    esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || usage
status=0
given=$#
for folder do
    shift
    if [ -d "$folder" ]; then
        set -- "$@" "$folder"
    else
        echo "grade.sh: $folder: not a folder" >&2
        status=1
    fi
done
[ $# -gt 0 ] || exit 2
if [ -n "$reports" ]; then
    mkdir -p "$reports" || exit 2
    reports=$(cd "$reports" && pwd) || exit 2
fi

start=$PWD
tests=$(dirname "$0")
# shellcheck source=/dev/null
. "$tests/scratch.sh"

# --- what is typed, and what temp then holds ---------------------------------

# Numbers that appear neither in a date nor in a size.
first='11011 22022 33033 44044 55055'
second='66066 77077 88088 99099 100100'
extreme='-2147483648 2147483647 -1 1 -70000 70000 8 -9 65536 1234567890'

build_all watch reader
# Without CFLAGS, as the submissions are.
# shellcheck disable=SC2086 # a list of words
$CC -c -o "$scratch/record.o" "$tests/record.c" || exit 1
cd "$scratch" || exit 1
echo "$extreme" >one_line
echo "$first $second" | tr ' ' '\n' >ten_lines
made() { echo "$2" | "$bin/reader" && mv temp "$1"; }
made all "$first $second"
: >empty
made five "$first 0 0 0 0 0"
made decoy '-1 -2 -3 -4 -5 -6 -7 -8 -9 -10'

# What root runs has no limit of processes, so root has it run by nobody.
as=
if [ "$(id -u)" = 0 ] && "$watch" -u 65534 true >/dev/null 2>&1; then
    as='-u 65534'
fi

# --- the evidence: all the runs of a submission, side by side ----------------

# Becomes the program $2, within limits. Not every shell can set each of them, and
# the one of processes is -u here and -p there.
limited='{ ulimit -c 0; ulimit -f 2048; ulimit -S -t "$1"
    ulimit -u 2000 || ulimit -p 2000
    ulimit -v "${GRADE_MEMORY:-2097152}"; } 2>/dev/null; exec "$2"'

# shellcheck disable=SC2086 # an option and its argument, or nothing
watch_it() { "$watch" $as "$@"; }

# What the submission may write to: folders NAME..., put FILE NAME
folders() { mkdir "$@" && chmod a+rwx "$@"; }
put() { cp "$scratch/$1" "$2" && chmod a+rw "$2"; }

# in_folder FOLDER COMMAND...: what it shows goes to FOLDER.seen.
in_folder() {
    folder=$1
    shift
    (cd "$folder" && "$@") >"$folder.seen" 2>&1 </dev/null
}

# A header that is missing shall be no error, not even to a compiler that takes
# it for one; -D puts record.c between the program and the system. What a compiler
# that is killed leaves behind goes with the scratch folder.
compile() {
    if [ ! -f "$1.c" ]; then
        echo "0 err error: there is no regular file $1.c"
        return
    fi
    # shellcheck disable=SC2086 # lists of words
    TMPDIR=$scratch "$watch" -t 60 $CC -Dopen=record_open -Dmmap=record_mmap \
        -Dftruncate=record_ftruncate -Dsleep=record_sleep -Dopen64=record_open \
        -Dmmap64=record_mmap -Dftruncate64=record_ftruncate \
        -Wno-error=implicit-function-declaration -Wno-error=implicit-int \
        -Wno-error=int-conversion -o "$1" "$1.c" "$scratch/record.o" $LDFLAGS \
        2>&1 </dev/null
}

# type_to_reader INPUT FILE: slowly, and the keyboard stays after the last line.
type_to_reader() {
    watch_it -k -s "$2" -t 5 sh -c "$limited" sh 1 ../reader <"$scratch/$1"
    "$watch" -s "$2"
}

# It is typed to in one go, integer by integer, and where RECORD says. Beside
# it runs a control, whose lines say when they were due, in milliseconds: what
# they are late, this machine is, or its disk.
run_reader() {
    folders one typed mapped rfail
    "$watch" -t 60 sh -c 'sleep 2; : >disk; echo 2000; sleep 2; : >disk; echo 4000' \
        >>"$scratch/controls" &
    in_folder one type_to_reader one_line temp
    ls one >one.files
    if [ ! -e one/temp ]; then
        # It did not create temp? Then the rest is judged with one that is there.
        folders again
        for folder in again typed mapped; do put empty "$folder/temp"; done
        in_folder again type_to_reader one_line temp
    fi
    last=again.seen
    [ -e "$last" ] || last=one.seen
    if grep -q -E ' end (exit|time-out|signal SIGXCPU)' "$last"; then
        in_folder typed type_to_reader ten_lines temp &
        (RECORD=mapped; export RECORD
        in_folder mapped type_to_reader ten_lines mapped) &
    fi
    (RECORD=fail; export RECORD; in_folder rfail type_to_reader one_line temp) &
    wait
    [ ! -e mapped/calls ] || cp mapped/calls reader.calls
}

# On a terminal, and beside it a control.
pace_of_writer() {
    put all temp
    "$watch" -t 60 sh -c 'sleep 5; echo 5000; sleep 5; echo 10000' \
        >>"$scratch/controls" &
    watch_it -p -t 13 sh -c "$limited" sh 12 ../writer
    wait
    "$watch" -s temp
}

# The last five are typed a second after the fifth is seen.
live_writer() {
    put five temp
    watch_it -p -t 13 sh -c "$limited" sh 12 ../writer |
        while read -r time what text; do
            echo "$time $what $text"
            case " $text " in
            *[!0-9]55055[!0-9]*)
                "$watch" -t 60 sh -c 'sleep 1; "$0"; echo 1000' "$bin/reader" \
                    <"$scratch/ten_lines" >>"$scratch/controls" ;;
            esac
        done
}

mapped_writer() {
    put decoy temp
    put all mapped
    watch_it -p -t 13 sh -c "$limited" sh 12 ../writer
}

# Into a file: what is there when it sleeps?
writer_to_file() {
    put all temp
    watch_it -t 13 sh -c "$limited >screen" sh 12 ../writer
    [ ! -e calls ] || cp calls ../writer.calls
}

lone_writer() { watch_it -t 13 sh -c "$limited" sh 12 ../writer; }

run_writer() {
    folders pace live wmapped wfile alone wfail
    in_folder pace pace_of_writer &
    in_folder live live_writer &
    (RECORD=mapped; export RECORD; in_folder wmapped mapped_writer) &
    (RECORD=alone; export RECORD; in_folder wfile writer_to_file) &
    (RECORD=alone; export RECORD; in_folder alone lone_writer) &
    (RECORD=fail; export RECORD; in_folder wfail lone_writer) &
    wait
}

# judge N: writes the report of the submission in the folder N. How late this
# machine was, the controls of all submissions tell.
judge() (
    cd "$scratch/$1" || exit
    set --
    for file in *.compiled *.files *.seen *.calls ../controls; do
        [ ! -e "$file" ] || set -- "$@" "$file"
    done
    awk -v first="$first" -v second="$second" -v extreme="$extreme" \
        -f "$tests/grade.awk" "$@" >report
)

# copy FOLDER N: nothing of a submission is used but its C text, and that without
# _FILE_OFFSET_BITS, with which glibc calls mmap by another name.
copy() (
    cd "$1" || exit
    ulimit -f 2048
    bom=$(printf '\357\273\277')
    for file in *.c *.h; do
        if [ ! -f "$file" ] || [ -h "$file" ]; then continue; fi
        tr -d '\r' <"$file" | sed "1s/^$bom//
            s/^[ 	]*#[ 	]*define[ 	]*_FILE_OFFSET_BITS.*//" >"$scratch/$2/$file"
    done
)

# run_compiled N PROGRAM
run_compiled() (
    cd "$scratch/$1" || exit
    [ ! -x "$2" ] || "run_$2"
)

# lane N...: compiles one after the other, but does not wait for the runs. First
# those that take ten seconds in any case.
lane() {
    for program in writer reader; do
        for n do
            (cd "$scratch/$n" && compile "$program" >"$program.compiled")
            run_compiled "$n" "$program" &
        done
    done
    wait
    for n do
        judge "$n"
    done
}

# --- all submissions, side by side -------------------------------------------

cd "$start" || exit 1
n=0
for folder do
    n=$((n + 1))
    mkdir "$scratch/$n"
    copy "$folder" "$n"
    echo "$n" >>"$scratch/lane$((n % 3))"
done
if [ "$given" = 1 ]; then
    echo 'grading, which takes about eleven seconds: please wait' >&2
else
    echo "grading $# submissions, which takes about $((15 + $# / 5)) seconds:" \
        'please wait' >&2
fi
for file in "$scratch"/lane*; do
    # shellcheck disable=SC2046 # a list
    lane $(cat "$file") &
    running="$running $!"
done
wait

# What was late while the machine was busy is looked at again while it is not.
again() {
    (cd "$scratch/$1" && rm -rf late ./*.seen ./*.calls one again typed \
        mapped rfail pace live wmapped wfile alone wfail)
    run_compiled "$1" reader &
    run_compiled "$1" writer &
    wait
    judge "$1"
}

# All at once, and what then still is in doubt, fewer and fewer at a time.
for most in 1000 4 2 1; do
    : >"$scratch/controls"
    n=0
    for late in "$scratch"/*/late; do
        [ -e "$late" ] || continue
        again "$(basename "$(dirname "$late")")" &
        running="$running $!"
        n=$((n + 1))
        [ $((n % most)) != 0 ] || wait
    done
    wait
done
running=

n=0
for folder do
    n=$((n + 1))
    report=$scratch/$n/report
    name=$(basename "$folder")
    tail -n 1 "$report" | grep -q ', 0 failed$' || status=1
    if [ -e "$scratch/$n/late" ]; then
        echo "grade.sh: $folder: this machine was too busy for a fair verdict" >&2
    fi
    if [ -n "$reports" ]; then
        file=$reports/$name.txt
        [ ! -e "$scratch/handed/$name" ] || file=$reports/$name.$n.txt
        mkdir -p "$scratch/handed/$name"
        { echo "# $folder"; cat "$report"; } >"$file" || exit 1
    fi
    if [ "$given" = 1 ]; then
        cat "$report"
    else
        if [ -n "$verbose" ]; then
            echo "# $folder"
            cat "$report"
        fi
        printf '%-24s %s\n' "$folder" "$(cat "$scratch/$n/summary")"
    fi
done
exit "$status"
