# answers.sh - answers to the lab, right and wrong, and what grade.sh must say.
#
# For run.sh, which reads this file and says there what a test is made of, and
# for whoever changes grade.sh. It is not run by itself and has no exit status
# of its own.
# shellcheck shell=sh disable=SC2016,SC2154 # edits; the variables are run.sh's

# A right answer, as a student writes it; the others are edits of it.
plain_reader() {
    cat <<'END'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
int main(void)
{
    int i, *p;
    int fd = open("temp", O_RDWR | O_CREAT, 0666);
    ftruncate(fd, 10 * sizeof(int));
    p = mmap(NULL, 10 * sizeof(int), PROT_WRITE, MAP_SHARED, fd, 0);
    for (i = 0; i < 10; i++)
        scanf("%d", p + i);
    return 0;
}
END
}

plain_writer() {
    cat <<'END'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
int main(void)
{
    int i, *p;
    int fd = open("temp", O_RDONLY | O_CREAT, 0600);
    p = mmap(NULL, 10 * sizeof(int), PROT_READ, MAP_SHARED, fd, 0);
    sleep(5);
    for (i = 0; i < 5; i++)
        printf("%d\n", p[i]);
    sleep(5);
    for (i = 5; i < 10; i++)
        printf("%d\n", p[i]);
    return 0;
}
END
}

# answer NAME FAILS READER-EDIT WRITER-EDIT: FAILS are numbers of requirements.
# One edit can be of many lines: line 12 and so on are those of the texts above.
answer() {
    mkdir "$1"
    plain_reader | sed "$3" >"$1/reader.c"
    plain_writer | sed "$4" >"$1/writer.c"
    printf '%s:%s\n' "$1" "$2" >>table
}

right_answers() {
    answer own '' '' '' && cp "$lab/reader.c" "$lab/writer.c" own
    answer own_safe '' '' '' && cp "$lab/writer.c" own_safe &&
        cp "$lab/reader_safe.c" own_safe/reader.c
    answer mmap_first '' '10{h;d;};11G' ''
    answer long_mapping '' '11s/10 \* sizeof(int), PROT_WRITE/4096, PROT_READ | PROT_WRITE/
        s/O_CREAT, 0666/O_CREAT | O_TRUNC, 0600/; 14s/^/munmap(p, 4096); close(fd);/' \
        's/O_RDONLY | O_CREAT, 0600/O_RDWR/; 10s/10 \* sizeof(int)/512/'
    answer talks '' '12s/^/printf("ten integers, please: ");/; 14s/^/printf("thank you\\n");/' ''
    answer 'with spaces' '' '' '13s/\\n/ /; 13s/$/ printf("\\n");/; 16s/\\n/ /; 16s/$/ printf("\\n");/'
    answer no_headers '' '/unistd/d; /stdlib/d; s/return 0/exit(0)/' \
        '/unistd/d; /stdlib/d; s/return 0/exit(0)/'
    answer no_void '' 's/main(void)/main()/' 's/int main(void)/main()/; s/return 0/exit(0)/'
    answer labels '' '' '11s/^/puts("5 seconds, please");/; 13s/%d/p[%d] = %d;/; 13s/p.i.)/i, &/; 17s/^/system("ls -l temp");/'
    answer large_files '' '1s/^/#define _FILE_OFFSET_BITS 64\
/' '1s/^/#define _FILE_OFFSET_BITS 64\
/'
    answer within_limits '' '9s/$/ if (system("test $(ulimit -u || ulimit -p) -le 2000")) pause();/' ''
    answer '김 철수' '' '' ''
    { printf '\357\273\277// 메모리 매핑\n'; plain_reader; } |
        awk '{ printf "%s\r\n", $0 }' >'김 철수/reader.c'
    { printf '/* \270\336\270\360\270\256 */\r\n'; plain_writer; } >'김 철수/writer.c'
}

wrong_answers() {
    answer stays '7' '' '17s/^/pause();/'
    answer no_compile_a '1' '10s/;//' ''
    answer no_compile_b '2' '' '12s/(/{/'
    answer nothing '1 2' '' '' && rm nothing/*.c
    answer no_newline '8 9' '' '13s/\\n/ /; 16s/\\n/ /'
    answer no_temp '3' 's/ | O_CREAT//' ''
    answer eleven '3' '14s/^/scanf("%d", \&i);/' ''
    answer no_ftruncate '3' '/ftruncate/d' ''
    answer loops '3' '14s/^/for (;;) ;/' ''
    answer huge '3' '10s/10 \* sizeof(int)/1L << 30/' ''
    answer floats '4' '13s/.*/{ float f; scanf("%f", \&f); p[i] = f; }/' ''
    answer stores_late '5' '8s/;/, late[10];/; 13s/p + i/late + i/
        14s/^/for (i = 0; i < 10; i++) p[i] = late[i];/' ''
    answer writes '6' '13s/.*/{ int n; scanf("%d", \&n); write(fd, \&n, sizeof n); }/' ''
    answer private_a '4 5 6' 's/MAP_SHARED/MAP_PRIVATE/' ''
    answer nine_typed '4 5' '12s/10/9/' ''
    answer overlaps '4 5' '13s/p + i/(int *)((char *)p + i)/' ''
    answer bytes_20 '4 5 12' '10s/10 \* sizeof(int)/20/' ''
    answer bytes_512 '12' '10s/10 \* sizeof(int)/512/; 11s/10 \* sizeof(int)/512/' ''
    answer backwards '7' '' '13s/p\[i\]/p[4 - i]/'
    answer nine_printed '7' '' '15s/10/9/'
    answer crashes_b '7' '' '11s/^/*(volatile int *)0 = 1;/'
    answer chatters_b '7' '' '11s/^/for (;;) puts("and on");/'
    answer early '8' '' '11s/5/3/'
    answer hurries '9' '' '14s/5/3/'
    answer one_sleep '9 10' '' '14d'
    answer only_five '7 9 10' '' '15,16d'
    answer copies '10' '' '9s/;/, copy[10];/; 11s/$/ for (i = 0; i < 10; i++) copy[i] = p[i]; p = copy;/'
    answer preads '11' '' '13s/^/pread(fd, \&fd + 0 * i, 0, 0),/
        8s/$/ int n;/; 13s/p\[i\]/(pread(fd, \&n, 4, 4 * i), n)/; 16s/p\[i\]/(pread(fd, \&n, 4, 4 * i), n)/'
    answer private_b '11' '' 's/MAP_SHARED/MAP_PRIVATE/'
}

# failed FILE: the numbers of what failed in a report.
failed() { sed -n 's/^not ok \([0-9]*\) .*/\1/p' "$1" | tr '\n' ' ' | sed 's/ $//'; }

test_grade_class() { # first
    title 'grade: a class of right and wrong answers, each for its own reason'
    mkdir class && cd class || exit
    wrong_answers
    right_answers
    cksum ./*/* >../before
    set --
    while IFS=: read -r name _; do set -- "$@" "$name"; done <table
    TMPDIR=$scratch/grade_class "$watch" -t 300 sh "$tests/grade.sh" -o ../reports "$@" >../seen 2>&1 <<END
this is not for the submissions
END
    cd ..
    expect 'exit status' "$(sed -n 's/.* end //p' seen)" 'exit 1'
    while IFS=: read -r name wanted; do
        got=$(failed "reports/$name.txt")
        expect "$name: what must fail" "$got" "$wanted"
        [ "$got" = "$wanted" ] || sed -n '/^not ok/p; /^#/p' "reports/$name.txt"
    done <class/table
    expect 'a line for each, in order' \
        "$(sed -n 's/^[0-9]* out \(.*[^ ]\)  *\([0-9]*\)\/12  .*/\1/p' seen)" \
        "$(cut -d : -f 1 class/table)"
    for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
        expect "an answer that fails only $n" \
            "$(cut -d : -f 2 class/table | grep -c -x "$n" | sed 's/[1-9].*/yes/')" yes
    done
    (cd class && cksum ./*/*) >after
    expect 'the folders of the class' "$(cat after)" "$(cat before)"
}

test_grade_setsid() { # long
    title 'grade: a process that has left its session is ended too'
    [ "$(uname)" = Linux ] || skip 'this machine is not Linux'
    [ -z "$EMULATED" ] || skip 'an emulator does not hand such a process over'
    cat >leave.c <<'END'
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
int main(void)
{
    if (fork() == 0) {
        setsid();
        open("held", O_WRONLY);
        open("left", O_CREAT | O_WRONLY, 0600);
        poll(NULL, 0, 9000);
        open("survived", O_CREAT | O_WRONLY, 0600);
        return 0;
    }
    while (access("left", F_OK) != 0)
        poll(NULL, 0, 10);
    return 0;
}
END
    build leave leave.c
    mkfifo held
    "$watch" -t 30 cat held >/dev/null & # until what holds it has ended
    see ./leave
    wait
    saw 'end exit 0'
    expect 'files' "$(echo *)" 'held leave leave.c left seen'
}

# A class of two, kim and lee: the one in README.md, and a right one.
kim_and_lee() {
    answer kim '' '10{h;d;};11G; s/ftruncate(fd, 10 \* sizeof(int))/ftruncate(fd, 50)/' \
        '9s/;/, copy[10];/; 11s/$/ for (i = 0; i < 10; i++) copy[i] = p[i]; p = copy;/'
    answer lee '' '' ''
}

test_grade_report() { # long
    title 'make test DIR=...: the report of README.md'
    kim_and_lee
    here=$PWD
    (cd "$lab" && TMPDIR=$here "$watch" -t 60 "${MAKE:-make}" -s CC="$CC" \
        CFLAGS="$CFLAGS" LDFLAGS="$LDFLAGS" DIR="$here/kim" test) >seen 2>&1
    sed -n 's/^[0-9]* out //p' seen >report
    expect 'the report' "$(sed -n '/^1\.\.12/,/^[0-9]* passed/p' report)" \
        "$(sed -n '/^1\.\.12/,/^[0-9]* passed/p' "$readme")"
    expect 'exit status 0' "$(grep -c 'end exit 0' seen)" 0
}

test_grade_verbose() { # long
    title 'grade -v: a report and a line for each, in order; standard input is not theirs'
    kim_and_lee
    echo 1 2 3 | TMPDIR=$PWD "$watch" -t 60 sh "$tests/grade.sh" -v kim lee >seen 2>&1
    expect 'in order' "$(sed -n 's/^[0-9]* out \(# [a-z]*\)$/\1/p; s/^[0-9]* out \(.*\/12\) .*/\1/p' seen)" \
"# kim
kim                      10/12
# lee
lee                      12/12"
    expect 'reports' "$(grep -c 'out 1\.\.12' seen)" 2
    expect 'how it ended' "$(sed -n 's/.* end //p' seen)" 'exit 1'
}

test_grade_interrupted() {
    title 'grade: Ctrl-C ends it at once, and no scratch folder is left'
    kim_and_lee
    mkdir tmp
    mkfifo keys
    # shellcheck disable=SC2094 # keys is a FIFO
    TMPDIR=$PWD/tmp "$watch" -k -p -t 20 sh "$tests/grade.sh" kim lee <keys | tee seen | {
        exec 4>keys
        read -r _ _ text
        echo "$text" >first
        printf '\003\n' >&4
        cat >/dev/null
    }
    expect 'first line' "$(cut -d ' ' -f 1-3 first)" 'grading 2 submissions,'
    expect 'end' "$(sed -n 's/.* end //p' seen)" 'exit 1'
    expect 'what is left' "$(ls tmp)" ''
}
