# SPDX-License-Identifier: ISC
# What only developers run (doc/testing.md).

# The proof that a removal survives anything. make prove: at its widest, with the figures.
# make soak: random, for SOAK_SECONDS.
prove:
	+@PROVE=1 $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(proof_tests)' FILE_TIMEOUT=0; status=$$?; \
	sed -n 's/^# proof: //p' $(proof_tests:.bats=.log); exit $$status
soak: all
	+@$(MAKE) $(AM_MAKEFLAGS) $(check_PROGRAMS)
	@$(AM_TESTS_ENVIRONMENT) SOAK_SECONDS=$${SOAK_SECONDS:-300} \
		$(BATS) --tap -f soak $(srcdir)/tests/proof/soak.bats
.PHONY: prove soak

# The removal as a model for SPIN (tests/model/README.md). model: what is small enough for every
# run. model-wide: all. MODEL="pair no-fsync" checks only these. The results are in model/.
model:
	@$(srcdir)/tests/model/run model $(MODEL)
model-wide:
	@$(srcdir)/tests/model/run --wide model $(MODEL)
EXTRA_DIST += tests/model
.PHONY: model model-wide

# Whether the suite notices careless changes (tests/mutants/table): all of them. MUTANTS=sample:
# some twenty. MUTANT="no-fsync ...": these. A log of each is in mutants/results/.
mutants:
	@BATS='$(BATS)' $(srcdir)/tests/mutants/run mutants $(MUTANT)
EXTRA_DIST += tests/mutants
.PHONY: mutants

# This program beside others: BENCH_QUICK=1 for a rough look. Results in bench/results.md.
EXTRA_PROGRAMS = tests/bench/load tests/bench/print tests/bench/warm
tests_bench_load_LDADD = -lpthread
tests_bench_print_LDADD =
tests_bench_print_LDFLAGS = -static -no-pie
tests_bench_load_SOURCES = tests/bench/load.c
tests_bench_print_SOURCES = tests/bench/print.c
tests_bench_warm_SOURCES = tests/bench/warm.c
EXTRA_DIST += tests/bench/run tests/bench/plan.py tests/bench/report.py tests/bench/servers.py \
	tests/bench/services.py tests/bench/shop.py tests/bench/imagenes.mjs tests/bench/imagenes-safe.mjs \
	tests/bench/imagenes.php tests/bench/imagenes.pl tests/bench/imagenes.py tests/bench/shop.mjs
bench: $(EXTRA_PROGRAMS) tests/bench/peak
	$(srcdir)/tests/bench/run $(abs_builddir)
clean-local:
	-rm -rf bench coverage deb fuzz model mutants valgrind
.PHONY: bench

# New inputs, for FUZZ_SECONDS each. Findings go to fuzz/. FUZZERS=tests/fuzz/url runs one.
FUZZ_SECONDS = 60
FUZZERS = $(fuzzers)
FUZZ_CC = clang
fuzz:
	@mkdir -p fuzz && cd fuzz && echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' >probe.c && \
		$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o probe probe.c || { \
		echo "libFuzzer is missing (Debian: apt-get install clang libclang-rt-14-dev)"; exit 1; }
	@cd fuzz && { test -e Makefile || $(abs_srcdir)/configure --quiet --enable-sanitizers \
		CC='$(FUZZ_CC)' CFLAGS='-g -O1 -fsanitize=fuzzer-no-link'; }
	$(MAKE) -C fuzz LDFLAGS=-fsanitize=fuzzer $(FUZZERS)
	@for fuzzer in $(FUZZERS); do \
		name=$${fuzzer##*/}; mkdir -p fuzz/corpus/$$name; \
		fuzz/$$fuzzer -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=fuzz/$$name- \
			-print_final_stats=1 fuzz/corpus/$$name $(srcdir)/tests/fuzz/corpus/$$name \
			2>fuzz/$$name.log || { cat fuzz/$$name.log; exit 1; }; \
		printf '%s: ' $$name; sed -n 's/^stat::number_of_executed_units: *//p' fuzz/$$name.log; \
	done
.PHONY: fuzz

# Which lines and branches of the programs the suite runs, in a separate build.
coverage:
	@command -v gcovr >/dev/null || { \
		echo "gcovr is missing (Debian: apt-get install gcovr)"; exit 1; }
	@mkdir -p coverage && cd coverage && { test -e Makefile || \
		$(abs_srcdir)/configure --quiet $(coverage_options); }
	@status=0; \
	find coverage -name '*.gcda' -exec rm {} +; \
	tests=$$(printf '%s\n' $(TESTS) | grep -vxE '$(coverage_spoilers)'); \
	$(MAKE) -C coverage PROJECT_CPPFLAGS= check TESTS="$$(echo $$tests)" || status=$$?; \
	gcovr $(gcovr_options) --json coverage/coverage.json coverage/src coverage/sbin coverage/cgi-bin && \
	gcovr $(gcovr_options) -a coverage/coverage.json && \
	gcovr $(gcovr_options) -a coverage/coverage.json --branches --print-summary && exit $$status
# A process that has entered Landlock's confinement cannot write down at its end what it has run. A
# killed program leaves nothing to count, either.
coverage_spoilers = tests/proof/(crash|orders|soak)\.bats
coverage_options = CFLAGS='-O0 -g --coverage' ac_cv_header_linux_landlock_h=no
gcovr_options = --root $(abs_srcdir) \
	--filter $(abs_srcdir)/src/ --filter $(abs_srcdir)/sbin/ --filter $(abs_srcdir)/cgi-bin/
.PHONY: coverage

# The program under memcheck, except where a test traces it: errors, and memory that is not freed.
valgrind_tests = tests/behaviour/answers.bats tests/behaviour/removal.bats tests/behaviour/session.bats
valgrind:
	@command -v valgrind >/dev/null || { \
		echo "valgrind is missing (Debian: apt-get install valgrind)"; exit 1; }
	@rm -rf valgrind && mkdir valgrind
	@$(MAKE) check TESTS='$(valgrind_tests)' WRAP='$(valgrind_command)' || { \
		status=$$?; cat valgrind/*.log; exit $$status; }
valgrind_command = valgrind --quiet --trace-children=yes --leak-check=full --error-exitcode=99 \
	--log-file=$(abs_builddir)/valgrind/%p.log
.PHONY: valgrind

# Static analysis, silent when all is well. .clang-tidy says why checks are left out. One file at a
# time: clang-tidy 14 takes the va_list of every file but the first for uninitialized.
# Leaks are left to clang-tidy: GCC 12 takes what is stored in a reallocated array for lost.
lint: $(BUILT_SOURCES) config.h
	@cd $(srcdir) && ! grep -nE '#include "(shop|web)/' src/base/*.[ch] && \
		! grep -n '#include "web/' src/shop/*.[ch] && ! grep -n '#include "shop/' src/web/*.[ch] && \
		! grep -nwE 'PG(conn|result)' $$(ls src/*/*.h sbin/*/*.h cgi-bin/*.h | grep -vx src/base/database.h)
	@cd $(srcdir) && for file in $(linted); do \
		clang-tidy --quiet $$file -- -D_GNU_SOURCE -I$(abs_top_builddir) $(lint_flags) \
			|| exit 1; done
	@cd $(srcdir) && cppcheck --quiet --enable=warning,style,performance,portability \
		--error-exitcode=1 --suppress=missingIncludeSystem \
		-I src -I cgi-bin -I sbin/check -I sbin/fsck -I $(abs_top_builddir) $(linted)
	@cd $(srcdir) && for file in $(linted); do \
		gcc -O2 -fanalyzer -Wno-analyzer-malloc-leak -Werror -D_GNU_SOURCE -I$(abs_top_builddir) $(lint_flags) \
			-c -o /dev/null $$file || exit 1; done
linted = src/*/*.c standalone/*.c sbin/check/*.c cgi-bin/*.c sbin/fsck/*.c tests/fuzz/*.c
lint_flags = -Isrc -Icgi-bin -Isbin/check -Isbin/fsck -DSYSCONFDIR='"$(sysconfdir)"' -DCGIDIR='"$(cgidir)"' -DPKGDATADIR='"$(pkgdatadir)"' $(LIBPQ_CFLAGS) $(JSON_C_CFLAGS) $(LIBCRYPTO_CFLAGS)
.PHONY: lint

# The Debian packages, from the release, in deb/.
deb: dist
	@for tool in dpkg-buildpackage lintian; do command -v $$tool >/dev/null || { \
		echo "$$tool is missing (Debian: apt-get install dpkg-dev lintian)"; exit 1; }; done
	rm -rf deb && mkdir deb && tar -C deb -xzf $(distdir).tar.gz
	@version=$$(cd deb/$(distdir) && dpkg-parsechangelog -S Version) && test "$$version" = $(VERSION) || { \
		echo "debian/changelog has another version than configure.ac: $$version"; exit 1; }
	cd deb/$(distdir) && env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS dpkg-buildpackage --no-sign
	lintian --fail-on error,warning deb/*.changes
.PHONY: deb
