# broken.sh - breaks the programs one line at a time; the tests must notice.
#
# For run.sh, which reads this file, and for whoever adds a test to lab.sh: add
# a program here that fails it. It is not run by itself.
# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # edits; run.sh's variables

# broken WHAT FILE EDIT TEST...: when this edit (of sed's) has broken the file,
# each of these tests must fail. Only the edit tells src from the project.
broken() {
    title "broken: $1: noticed by $(shift 3; echo "$*")"
    file=$2 edit=$3 without=''
    shift 3
    mkdir src src/tests bin
    cp "$lab"/*.c "$lab/Makefile" "$lab/README.md" src
    cp "$lab"/tests/*.* src/tests
    ln "$bin"/* bin
    sed "$edit" "src/$file" >"src/edited"
    if cmp -s src/edited "src/$file"; then
        expect 'the edit' 'changed nothing' 'breaks the program'
    fi
    mv src/edited "src/$file"
    src=$PWD/src
    tests=$src/tests
    readme=$src/README.md
    bin=$PWD/bin
    watch=$bin/watch
    case $file in *.c)
        program=$(basename "$file" .c)
        rm "bin/$program"
        build "bin/$program" "src/$file" 2>compiler ||
            expect 'the compiler' "$(cat compiler)" 'no error' ;;
    esac
    for name do
        mkdir "$name"
        {
            (cd "$name" && check "$name") >"$name.log" 2>&1
            echo $? >"$name.status"
        } &
    done
    wait
    for name do
        case $(cat "$name.status") in
        1) : >"$scratch/caught/$name" ;;
        77) without=$name ;;
        *) expect "$name" passes fails ;;
        esac
    done
    [ -z "$without" ] || [ "$failed" = 1 ] || skip "without $without"
}

# --- the programs of the lab, each with one thing wrong ----------------------

test_no_ftruncate() {
    broken 'reader does not size temp' reader.c '/if (ftruncate/,/^    }/d' \
        reader_line reader_stale
}
test_36_bytes() {
    broken 'reader makes room for nine' reader.c \
        '/ftruncate(/s/COUNT/(COUNT - 1)/' reader_line reader_stale
}
test_reader_private() { # long
    broken 'reader maps MAP_PRIVATE' reader.c 's/MAP_SHARED, fd/MAP_PRIVATE, fd/' \
        session reader_line
}
test_nine_integers() {
    broken 'reader takes nine integers' reader.c 's/i < COUNT/i < COUNT - 1/' \
        reader_line reader_typed
}
test_late_stores() { # long
    broken 'reader stores when all are typed' reader.c '
        s/for (int i/int late[COUNT]; &/
        s/&addr\[i\]/\&late[i]/
        s/^    return 0/    for (int i = 0; i < COUNT; i++) addr[i] = late[i]; &/' \
        session reader_typed reader_word reader_killed
}
test_scanf_unchecked() {
    broken 'reader ignores what scanf returns' reader.c 's/got != 1/0/' \
        reader_word reader_end
}
test_open_status() {
    broken 'reader exits with 0 when open fails' reader.c \
        '/open("temp"/,/}/s/return 1/return 0/' folder denied
}
test_ftruncate_status() {
    broken 'reader exits with 0 when ftruncate fails' reader.c \
        '/if (ftruncate/,/}/s/return 1/return 0/' fifo reader_device
}

test_no_fflush() { # long
    broken 'writer does not flush' writer.c 's/fflush(stdout) == EOF/0/' \
        writer_pipe writer_file
}
test_four_seconds() { # long
    broken 'writer sleeps four seconds' writer.c 's/PAUSE = 5/PAUSE = 4/' \
        session writer_pipe
}
test_nine_seconds() { # long
    broken 'writer sleeps nine seconds, then one' writer.c '
        /(3) sleep/,/sleep(/s/sleep(PAUSE)/sleep(9)/
        /(5) sleep/,/sleep(/s/sleep(PAUSE)/sleep(1)/' session writer_pipe
}
test_one_sleep() { # long
    broken 'writer sleeps once' writer.c '/(5) sleep/,/sleep(/s/sleep(PAUSE);//' \
        session writer_pipe
}
test_five_lines() { # long
    broken 'writer prints five lines too few' writer.c \
        '/(6) print/,/print_batch/s/print_batch(.*//' session writer_pipe
}
test_same_five() { # long
    broken 'writer prints the first five twice' writer.c \
        's/print_batch(fd, addr, BATCH)/print_batch(fd, addr, 0)/' session
}
test_no_creat() { # long
    broken 'writer does not create temp' writer.c 's/O_RDONLY | O_CREAT/O_RDONLY/' \
        writer_alone
}
test_size_ignored() { # long
    broken 'writer does not look at the size' writer.c \
        's/file.st_size < .*)))/0)/' writer_alone writer_short
}
test_writer_no_handler() { # long
    broken 'writer does not catch SIGBUS' writer.c \
        's/signal(SIGBUS, cut_short)/signal(SIGBUS, SIG_DFL)/' writer_race
}
test_output_unchecked() { # long
    broken 'writer does not look whether its output arrives' writer.c \
        's/fflush(stdout) == EOF/fflush(stdout) == 1/
        s/addr\[i\]) < 0/addr[i]) == 0/' writer_full
}

test_safe_nine() {
    broken 'reader_safe takes nine integers' reader_safe.c \
        's/i < COUNT; i++) {/i < COUNT - 1; i++) {/' safe_line safe_typed
}
test_safe_late() { # long
    broken 'reader_safe stores when all are typed' reader_safe.c '
        s/addr\[i\] = value\[i\] =/value[i] =/
        s/^    if (msync/    memcpy(addr, value, sizeof value); &/' \
        safe_typed safe_words safe_killed
}
test_safe_split() {
    broken 'reader_safe takes 12 of 12abc' reader_safe.c \
        's/rest != word + length/rest == word/' safe_words safe_control
}
test_safe_range() {
    broken 'reader_safe ignores the range of int' reader_safe.c \
        's/errno == ERANGE || .*INT_MAX)/0)/' safe_words
}
test_safe_chunks() {
    broken 'reader_safe splits long words' reader_safe.c \
        's/length == (int)sizeof word - 1/0/' safe_long
}
test_safe_strlen() {
    broken 'reader_safe stops at a NUL byte' reader_safe.c \
        's/int length = end - start/int length = (int)strlen(word)/' safe_control
}
test_safe_raw() {
    broken 'reader_safe shows control characters' reader_safe.c \
        's/!isprint((unsigned char)word\[k\])/0/' safe_control
}
test_safe_silent() {
    broken 'reader_safe does not say that the input ended' reader_safe.c \
        's/"the input ended"/""/' safe_end
}
test_safe_zeros() {
    broken 'reader_safe reserves with zeros' reader_safe.c \
        's/moved = pwrite/memset(value, 0, sizeof value); &/' safe_stale
}
test_safe_unreserved() { # long
    broken 'reader_safe does not reserve' reader_safe.c \
        's/moved = pwrite(fd, .*/moved = sizeof value;/' safe_full
}
test_safe_size_ignored() {
    broken 'reader_safe does not look at the size' reader_safe.c \
        's/file.st_size < (off_t)sizeof value/0/' safe_cut
}
test_safe_no_handler() {
    broken 'reader_safe does not catch SIGBUS' reader_safe.c \
        's/signal(SIGBUS, page_gone)/signal(SIGBUS, SIG_DFL)/' safe_race
}
test_safe_not_compared() {
    broken 'reader_safe does not compare' reader_safe.c \
        's/memcmp(stored, value, sizeof value) != 0/0/' safe_changed
}
test_safe_not_named() {
    broken 'reader_safe does not look whether temp is still that file' reader_safe.c \
        's/named.st_ino != file.st_ino || named.st_dev != file.st_dev/0/' safe_replaced
}
test_safe_any_number() {
    broken 'reader_safe takes temp for its standard input' reader_safe.c \
        's/fd <= STDERR_FILENO/0/' safe_closed
}
test_safe_follows() { # long
    broken 'reader_safe follows a link' reader_safe.c 's/ | O_NOFOLLOW//' safe_link
}
test_safe_any_kind() {
    broken 'reader_safe takes any kind of file' reader_safe.c \
        's/!S_ISREG(file.st_mode)/0/' fifo safe_device
}
test_safe_no_msync() {
    broken 'reader_safe does not wait for the disk' reader_safe.c \
        's/msync(addr, sizeof value, MS_SYNC) == -1/0/' safe_disk
}

test_broken_private() {
    broken 'order maps private for mmap' tests/order.c \
        's/s->kind == MMAP ? MAP_SHARED/s->kind != MMAP ? MAP_SHARED/' \
        order_promised order_values demo
}
test_broken_fflush() {
    broken 'order loses what it printed before the signal' tests/order.c \
        's/if (fflush(stdout) == EOF ||/if (/' order_lines
}
test_broken_size() {
    broken 'order never cuts the file' tests/order.c \
        's/ftruncate(stage->fd, s->n)/s->n < 40 ? 0 : &/' order_linux
}
test_broken_step() {
    broken 'order ignores steps that it does not know' tests/order.c \
        '/^    default:/{n;s/usage();/break;/;}' order_usage
}

test_readme_report() { # long
    broken 'README.md shows another report' README.md \
        's/50 bytes after reader/49 bytes after reader/' grade_report
}
test_watch_lets_go() { # long
    broken 'watch does not end what has left its session' tests/watch.c \
        's/PR_SET_CHILD_SUBREAPER, 1/PR_SET_CHILD_SUBREAPER, 0/' grade_setsid
}
test_readme_drifts() {
    broken 'README.md shows other lines and another demo' README.md '
        s/O_RDONLY .| O_CREAT, 0600/O_RDONLY/
        s/SIGBUS at step 3, store   /SIGSEGV at step 3, store  /' \
        readme_lines readme_orders
}

test_run_no_ls() { # long
    broken 'make run does not show temp' Makefile 's/ && ls -l temp//' make_run
}
test_run_no_kill() { # long
    broken 'make run leaves writer behind' Makefile 's/kill $$writer 2>.dev.null && wait/:/' \
        make_run_fails make_run_interrupted
}
test_clean_no_temp() {
    broken 'make clean leaves temp' Makefile 's/tests.order temp/tests\/order/' \
        make_clean
}
test_folder_stays() {
    broken 'an interrupt leaves the scratch folder' tests/scratch.sh \
        '/^trap cleanup/d' grade_interrupted
}
