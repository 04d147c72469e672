# grade.awk - judges one submission by the evidence that grade.sh has gathered.
#
#     awk -v first=INTS -v second=INTS -v extreme=INTS -f grade.awk FILE...
#
# For grade.sh. The files are what watch has seen of each run (see watch.c), and
# the calls that record.c has noted. Writes the report to standard output, a
# short form of it to the file "summary", and the file "late" if something was
# too late while the machine itself was late, or could not be run. It has no exit
# status of its own.

BEGIN {
    title[1] = "(a) reader.c compiles"
    title[2] = "(b) writer.c compiles"
    title[3] = "(a) reader creates temp and ends by itself after ten integers"
    title[4] = "(a) temp holds exactly these ten integers"
    title[5] = "(a) each integer is in temp as soon as it is typed"
    title[6] = "(a) reader stores through a MAP_SHARED mapping"
    title[7] = "(b) writer prints the ten integers in order"
    title[8] = "(b) the first five come 5 s after the start"
    title[9] = "(b) the other five come 5 s later"
    title[10] = "(b) what is typed during the second sleep is printed"
    title[11] = "(b) writer looks through a MAP_SHARED mapping"
    title[12] = "(c) temp is 40 bytes when both have ended"
    split("(a) reader.c does not compile;(b) writer.c does not compile;" \
          "(a) reader creates temp and ends;(a) the integers in temp;" \
          "(a) in temp as soon as typed;(a) reader's MAP_SHARED;" \
          "(b) ten integers in order;(b) first five at 5 s;" \
          "(b) other five 5 s later;(b) typed during the sleep;" \
          "(b) writer's MAP_SHARED;(c) 40 bytes", short, ";")
    for (i = split(first " " second, typed, " "); i > 0; i--) {
        is_typed[typed[i]]
        if (i > 5) is_second[typed[i]]
    }
    SLACK = 900     # ms
}

# --- reading the evidence ----------------------------------------------------

FNR == 1 { file = FILENAME; sub(/.*\//, "", file); sub(/[.]seen$/, "", file) }

file ~ /[.]calls$/ {
    order[file, ++calls[file]] = $1
    if ($1 == "open" && $2 != "create") uncreated[file] = 1
    if ($1 == "mmap") mapping[file] = $2
    if ($1 == "sleep") { sleeps[file]++; shown[file] = $3 }
    next
}
$2 == "end" {
    end[file] = $3 ($4 == "" ? "" : " " $4) ($5 == "" ? "" : " " $5)
    next
}
$2 == "temp" || $2 == "mapped" {
    held[file] = $0
    sub(/^[0-9]+ [a-z]+ /, "", held[file])
    holding[file, ++looks[file]] = held[file]
    next
}
$2 == "out" || $2 == "tty" {
    if (file == "controls") {
        if ($1 - $3 > latest) latest = $1 - $3
        next
    }
    text = $0
    sub(/^[0-9]+ [a-z]+ ?/, "", text)
    if (length(raw[file]) < 200) raw[file] = raw[file] " " text
    # Whatever stands around them: those of the ten that are in the line.
    for (n = 0; match(text, /[-+]?[0-9]+/); text = substr(text, RSTART + RLENGTH)) {
        number = substr(text, RSTART, RLENGTH) + 0
        if (number in is_typed) {
            value[file, ++integers[file]] = number
            time[file, integers[file]] = $1
            if (number in is_second) seconds[file]++
            n++
        }
    }
    if (n > 0 && (n > 1 || NF > 3)) unlike[file] = 1
    text = $0
    sub(/^[0-9]+ [a-z]+ ?/, "", text)
    if (text ~ /[^-+0-9 ]/) talks[file] = 1
    next
}
file ~ /[.]files$/ {
    if ($0 != "temp") others = others " " $0
    next
}
$2 == "err" && file ~ /compiled$/ {
    if (/error|undefined reference/ && errors[file]++ < 3) {
        sub(/^[0-9]+ err /, "")
        message[file] = message[file] (message[file] == "" ? "" : "\n") $0
    }
    if (/implicit(ly)? declar|call to undeclared/ && match($0, /'[A-Za-z0-9_]+'/)) {
        name = substr($0, RSTART + 1, RLENGTH - 2)
        sub(/^record_/, "", name)
        if (!((file, name) in missed))
            missing[file] = missing[file] " " name
        missed[file, name]
    }
}

# --- judging it --------------------------------------------------------------

function pass(n) { passed++; print "ok " n " - " title[n] }

function fail(n, wanted, got, look) {
    failed++
    failures = failures (failures == "" ? "" : ", ") short[n]
    print "not ok " n " - " title[n]
    gsub(/\n/, "\n#             ", got)
    print "#   expected: " wanted
    print "#   got:      " got
    print "#   look at:  " look
}

function not_run(n, why) {
    print "ok " n " - " title[n] " # SKIP not run: " why
}

function judge(n, good, wanted, got, look) {
    if (good) pass(n); else fail(n, wanted, got, look)
}

function same(file, from, wanted,    i, n, want) {
    n = split(wanted, want, " ")
    for (i = 1; i <= n; i++)
        if (value[file, from + i - 1] + 0 != want[i] || from + i - 1 > integers[file])
            return 0
    return 1
}

# How many of the ints in a file are, from the first on, the wanted ones?
function agree(text, wanted,    i, n, have, want) {
    split(text, have, " ")
    n = split(wanted, want, " ")
    for (i = 1; i <= n; i++)
        if (have[i + 1] "" != want[i] "")
            return i - 1
    return n
}

function came(file, from, to) {
    if (integers[file] < from) return "nothing"
    if (integers[file] < to) to = integers[file]
    return sprintf("%.1f s to %.1f s after the start", time[file, from] / 1000,
                   time[file, to] / 1000)
}

function killed(how) {
    return how ~ /^signal|^too much/ && how != "signal SIGXCPU"
}

function say(how) {
    if (how == "signal SIGXCPU") return "did not end: an endless loop"
    if (how == "signal SIGXFSZ") return "made a very large file: signal SIGXFSZ"
    if (how ~ /^too much/) return "wrote too much"
    if (how ~ /^signal/) return "was ended by " how
    if (how == "time-out") return "did not end: time-out"
    if (how ~ /^exit/) return "ended with " how
    return how
}

# Something took so many ms too long. Could the machine be to blame, which was
# itself "latest" ms late? Then grade.sh asks again.
function suspect(lateness) {
    if (lateness > 0 && lateness < 5 * latest) print lateness, latest > "late"
}

# What a signal usually means.
function hint(how, otherwise) {
    if (how == "signal SIGBUS")
        return "ftruncate(): a touch of a page past the end of the file is SIGBUS"
    if (how == "signal SIGSEGV")
        return "mmap(): MAP_FAILED? then an address that is not in the mapping"
    return otherwise
}

function judge_reader(    i, bad, what, temp, got, look) {
    what = end["one"]
    created = held["one"] != "none"
    temp = created ? held["one"] : held["again"]
    got = created ? say(what) : "no temp" (others == "" ? "" : ", but" others) \
        ", " say(what)
    look = "(a) " hint(what, what == "signal SIGXFSZ" ? "ftruncate(): the size" : \
        what == "time-out" || what == "signal SIGXCPU" ? \
        "the loop: ten integers, and no more" : \
        !created ? "open(): \"temp\", with O_CREAT" : "what it does at the end")
    if (what == "time-out") suspect(2000)
    judge(3, created && what ~ /^exit/, "temp, and an end without more input", got, look)
    if (!created) what = end["again"]
    if (killed(what)) {
        dead_reader = "reader " say(what)
        for (i = 4; i <= 6; i++) not_run(i, dead_reader)
        return
    }

    i = agree(temp, extreme)
    split(temp, ints, " ")
    judge(4, i == 10, extreme, shown_temp(temp), \
          "(a) the address that scanf() is given: addr + i, an int *")
    reader_size = ints[1]

    bad = 0
    for (i = 10; i > 0; i--)
        if (agree(holding["typed", i], first " " second) < i) bad = i
    if (bad) suspect(3000)
    judge(5, !bad, "integer " bad ", " typed[bad] ", in temp when it is typed", \
          shown_temp(holding["typed", bad]), \
          "(a) scanf() straight into the mapping, MAP_SHARED")

    judge(6, held["mapped"] ~ /^[0-9]+ .*[1-9]/, "stores that arrive through it", \
          "reader.calls" in mapping ? "a mapping (" mapping["reader.calls"] \
              "), and no store that arrives through it" : "no mapping", \
          "(a) mmap(): MAP_SHARED, and no write()")
}

function judge_writer(    i, what, n, base, ok1, ok2) {
    what = end["pace"]
    n = integers["pace"]
    got = raw["pace"] == "" ? "nothing" : substr(raw["pace"], 2)
    if (what !~ /^exit/) got = got "; it " say(what)
    judge(7, what ~ /^exit/ && n == 10 && same("pace", 1, first " " second), \
          first " " second, got, \
          "(b) " hint(what, "the two loops of printf(): 0 to 4, 5 to 9"))
    if (what == "time-out") suspect(2000)
    if (killed(what) || n == 0) {
        dead_writer = "writer " (killed(what) ? say(what) : \
            "prints none of the integers")
        for (i = 8; i <= 11; i++) not_run(i, dead_writer)
        return
    }

    i = n < 5 ? n : 5
    ok1 = time["pace", 1] >= 5000 && time["pace", i] <= 5000 + SLACK
    base = ok1 ? 5000 : time["pace", i] - SLACK
    suspect(time["pace", i] - 5000 - SLACK)
    i = n < 10 ? n : 10
    ok2 = n > 5 && time["pace", 6] >= base + 5000 && \
          time["pace", i] <= base + 5000 + 2 * SLACK
    suspect(time["pace", i] - base - 5000 - 2 * SLACK)
    kept = time["pace", 1] > 9000 && sleeps["writer.calls"] > 1
    judge(8, ok1, "five integers at 5 s", "they came " came("pace", 1, 5), \
          kept ? "(b) printf(): it stays in the buffer until \"\\n\" or fflush()" : \
          "(b) sleep(5) before the first loop")
    judge(9, ok2, "five integers 5 s after the first five", \
          (n > 5 ? "they came " : "") came("pace", 6, 10), kept ? \
          "(b) as above" : "(b) sleep(5) before the second loop")

    if (time["pace", 1] > 9000)
        not_run(10, "the first five came too late to type after them")
    else {
        good = seconds["live"] + 0 == seconds["pace"] + 0 && seconds["pace"] > 0
        if (!good) suspect(2000) # was it typed in time?
        judge(10, good, second ", typed during the second sleep", \
              raw["live"] == "" ? "nothing" : substr(raw["live"], 2), \
              "(b) *(addr + i) in the second loop, not a copy made earlier")
    }
    judge(11, integers["wmapped"] + 0 == n, "integers that come through it", \
          "writer.calls" in mapping ? "a mapping (" mapping["writer.calls"] \
              "), but what is printed does not come through it" : "no mapping", \
          "(b) mmap(): MAP_SHARED, and no read()")
    writer_size = held["pace"] + 0
}

# What watch reports of temp: its size, and the ints in it.
function shown_temp(report) {
    if (report == "none" || report == "") return "no temp"
    if (report !~ / /) return "temp with " report " bytes"
    sub(/^[0-9]+ /, "", report)
    return report
}

function note(text) { print "# note: " text }

function judge_notes(    i, mapped) {
    for (i = 1; i <= calls["reader.calls"]; i++) {
        if (order["reader.calls", i] == "mmap") mapped = 1
        if (order["reader.calls", i] == "ftruncate" && mapped) {
            note("reader calls mmap before ftruncate: right on Linux, but POSIX " \
                 "leaves open what comes of it")
            break
        }
    }
    # With an open that fails, a program that looks ends with another status.
    if (end["rfail"] ~ /^signal|^exit 0/) unchecked = "reader"
    if (end["wfail"] ~ /^signal|^exit 0/)
        unchecked = unchecked (unchecked == "" ? "" : " and ") "writer"
    if (unchecked != "")
        note(unchecked ": goes on when open or mmap has failed: return values unchecked")
    if (end["alone"] ~ /^signal/)
        note("writer alone, without reader's temp, is ended by " end["alone"])
    if (uncreated["writer.calls"])
        note("writer opens temp without O_CREAT: it cannot be started first")
    if (sleeps["writer.calls"] > 1 && shown["writer.calls"] < length(first))
        note("writer does not flush: into a pipe or a file all ten come at the end")
    if (unlike["pace"])
        note("writer does not print one integer a line")
    if (talks["pace"])
        note("writer prints text of its own")
    if ("reader.compiled" in missing)
        note("reader.c: no header for" missing["reader.compiled"])
    if ("writer.compiled" in missing)
        note("writer.c: no header for" missing["writer.compiled"])
}

END {
    # A run without an end could not be made: too few processes, say.
    for (i = 1; i < ARGC; i++) {
        file = ARGV[i]
        if (sub(/[.]seen$/, "", file) && !(file in end)) print file > "late"
    }
    print "1..12"
    judge(1, end["reader.compiled"] == "exit 0", "no error", \
          message["reader.compiled"], "(a) reader.c, what the compiler says")
    judge(2, end["writer.compiled"] == "exit 0", "no error", \
          message["writer.compiled"], "(b) writer.c, what the compiler says")
    if (end["reader.compiled"] == "exit 0") judge_reader()
    else {
        dead_reader = "reader.c does not compile"
        for (i = 3; i <= 6; i++) not_run(i, dead_reader)
    }
    if (end["writer.compiled"] == "exit 0") judge_writer()
    else {
        dead_writer = "writer.c does not compile"
        for (i = 7; i <= 11; i++) not_run(i, dead_writer)
    }
    if (dead_reader != "" || dead_writer != "")
        not_run(12, dead_reader != "" ? dead_reader : dead_writer)
    else
        judge(12, reader_size == 40 && writer_size == 40, "40 bytes", \
              reader_size == "" || reader_size == "none" || !created ? "no temp" : \
              (reader_size == 40 ? writer_size " bytes after writer" : \
               reader_size " bytes after reader"), \
              "(c) ftruncate(fd, 10 * sizeof(int))")
    judge_notes()
    print passed + 0 " passed, " failed + 0 " failed"
    printf "%2d/12  %s\n", passed, failures > "summary"
}
