# The mmap lab.
#
#   make         builds reader, writer and reader_safe
#   make run     plays the whole lab in one terminal; type ten integers
#   make demo    plays the system calls in any order and explains what happens
#   make test    runs all tests (make check is the same)
#   make test DIR=FOLDER   grades the reader.c and writer.c in that folder
#   make clean   removes what these have made
#
# CC, CFLAGS and LDFLAGS can be set: make CC=clang CFLAGS='-g -Wall'
.POSIX:

CC = cc
CFLAGS = -std=c99 -Wall -Wextra -Wpedantic
LDFLAGS =
DIR =
PROGRAMS = reader writer reader_safe

all: $(PROGRAMS)

reader: reader.c
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ reader.c

writer: writer.c
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ writer.c

reader_safe: reader_safe.c
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ reader_safe.c

# temp is made here, so that its mode does not depend on which of the two comes
# first. writer is stopped if reader fails; nor does Ctrl-C reach it by itself,
# for a shell lets the programs that it starts in the background ignore that.
run: reader writer
	@rm -f temp && : >temp; \
	if [ -t 0 ]; then echo 'Type ten integers:'; fi; \
	./writer & writer=$$!; \
	trap 'kill $$writer 2>/dev/null && wait' 0; trap 'exit 1' HUP INT TERM; \
	./reader && wait $$writer && trap - 0 && ls -l temp

tests/order: tests/order.c
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ tests/order.c

demo: tests/order
	@sh tests/demo.sh

test check:
	@CC='$(CC)' CFLAGS='$(CFLAGS)' LDFLAGS='$(LDFLAGS)'; \
	export CC CFLAGS LDFLAGS; \
	if [ -z '$(DIR)' ]; then sh tests/run.sh; \
	elif [ -d '$(DIR)' ]; then sh tests/grade.sh '$(DIR)'; \
	else sh tests/grade.sh $(DIR); fi

clean:
	rm -f $(PROGRAMS) tests/order temp
