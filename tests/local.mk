# SPDX-License-Identifier: ISC
# Tests. Each file is a TAP program; `make check TESTS=tests/behaviour/answers.bats` runs one.

EXTRA_DIST += $(bats_tests) tests/behaviour/cyclonedx.py tests/behaviour/openapi.py tests/lib/browser.bash tests/lib/check.bash tests/lib/chroot.bash \
	tests/lib/host-cases.bash tests/lib/servers.bash tests/lib/setup.bash tests/lib/support.bash tests/lib/tls-server.bash \
	tests/lib/tokens.bash tests/hosts/deb.bash tests/hosts/musl.bash tests/hosts/readme-install.bash tests/hosts/sd-booted tests/proof/proof.bash \
	tests/proof/fail-alloc.c tests/store/glusterfs.bash tests/store/glusterfs.bats

# The proof that a removal survives anything.
proof_tests = \
	tests/proof/faults.bats \
	tests/proof/crash.bats \
	tests/proof/deaths.bats \
	tests/proof/orders.bats \
	tests/proof/saves.bats \
	tests/proof/soak.bats

bats_tests = $(proof_tests) \
	tests/behaviour/answers.bats \
	tests/behaviour/bodies.bats \
	tests/behaviour/check-database.bats \
	tests/behaviour/check-files.bats \
	tests/behaviour/check-setup.bats \
	tests/behaviour/check-url.bats \
	tests/databases/database.bats \
	tests/behaviour/files.bats \
	tests/behaviour/fsck.bats \
	tests/behaviour/fsck-metrics.bats \
	tests/behaviour/installation.bats \
	tests/behaviour/linger.bats \
	tests/behaviour/log.bats \
	tests/behaviour/manual.bats \
	tests/behaviour/openapi.bats \
	tests/databases/pgbouncer.bats \
	tests/behaviour/productos.bats \
	tests/behaviour/races.bats \
	tests/behaviour/recovery.bats \
	tests/behaviour/removal.bats \
	tests/behaviour/search-path.bats \
	tests/behaviour/readme.bats \
	tests/databases/replication.bats \
	tests/databases/row-security.bats \
	tests/behaviour/session.bats \
	tests/behaviour/setup.bats \
	tests/behaviour/settings.bats \
	tests/behaviour/sql.bats \
	tests/behaviour/standalone.bats \
	tests/databases/starting.bats \
	tests/databases/tls.bats \
	tests/behaviour/units.bats \
	tests/behaviour/usage.bats \
	tests/behaviour/writers.bats \
	tests/hosts/apache-beside.bats \
	tests/hosts/apache-htaccess.bats \
	tests/hosts/apache-linger.bats \
	tests/hosts/apache-mod_cgi.bats \
	tests/hosts/apache-mod_cgid.bats \
	tests/hosts/apache-suexec.bats \
	tests/hosts/busybox.bats \
	tests/hosts/lighttpd.bats \
	tests/hosts/nginx.bats \
	tests/hosts/page.bats \
	tests/hosts/suexec.bats

unit_tests = \
	tests/unit/confinement \
	tests/unit/json \
	tests/unit/kernel \
	tests/unit/printable \
	tests/unit/recovery \
	tests/unit/request \
	tests/unit/row_json \
	tests/unit/settings \
	tests/unit/token \
	tests/unit/url \
	tests/unit/walk
tests_unit_confinement_SOURCES = tests/unit/confinement.c tests/lib/tap.h
tests_unit_json_SOURCES = tests/unit/json.c tests/lib/tap.h
tests_unit_kernel_SOURCES = tests/unit/kernel.c tests/lib/tap.h
tests_unit_kernel_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=syscall
tests_unit_printable_SOURCES = tests/unit/printable.c tests/lib/tap.h
tests_unit_recovery_SOURCES = tests/unit/recovery.c tests/lib/tap.h
tests_unit_request_SOURCES = tests/unit/request.c tests/lib/tap.h
tests_unit_row_json_SOURCES = tests/unit/row_json.c tests/lib/tap.h
tests_unit_settings_SOURCES = tests/unit/settings.c tests/lib/tap.h
tests_unit_token_SOURCES = tests/unit/token.c tests/lib/tap.h
tests_unit_url_SOURCES = tests/unit/url.c tests/lib/tap.h
tests_unit_walk_SOURCES = tests/unit/walk.c sbin/fsck/walk.c sbin/fsck/walk.h tests/lib/tap.h
tests_unit_walk_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/sbin/fsck
tests_unit_walk_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=readdir,--wrap=malloc,--wrap=realloc
check_PROGRAMS = $(unit_tests) tests/hosts/backend tests/proof/relay tests/behaviour/print-answers tests/bench/peak \
	tests/behaviour/remove-set tests/hosts/like-apache tests/proof/tamper
tests_behaviour_print_answers_SOURCES = tests/behaviour/print-answers.c \
	cgi-bin/productos_answers.c cgi-bin/productos_answers.h
tests_behaviour_remove_set_SOURCES = tests/behaviour/remove-set.c

# Tools outside of the program: without its libraries and its sanitizers.
tests_bench_peak_SOURCES = tests/bench/peak.c
tests_bench_peak_CFLAGS = $(tool_flags)
tests_bench_peak_LDFLAGS =
tests_bench_peak_LDADD =
tests_hosts_backend_SOURCES = tests/hosts/backend.c
tests_hosts_backend_CFLAGS = $(tool_flags)
tests_hosts_backend_LDFLAGS =
tests_hosts_backend_LDADD =
tests_hosts_like_apache_SOURCES = tests/hosts/like-apache.c
tests_hosts_like_apache_CFLAGS = $(tool_flags)
tests_hosts_like_apache_LDFLAGS =
tests_hosts_like_apache_LDADD =
tests_proof_relay_SOURCES = tests/proof/relay.c
tests_proof_relay_CFLAGS = $(tool_flags)
tests_proof_relay_LDFLAGS =
tests_proof_relay_LDADD =
tests_proof_tamper_SOURCES = tests/proof/tamper.c
tests_proof_tamper_CFLAGS = $(tool_flags)
tests_proof_tamper_LDFLAGS =
tests_proof_tamper_LDADD =
tool_flags = -Wall -Wextra -Wconversion -Wshadow
check_DATA = tests/proof/fail-alloc.so
CLEANFILES += tests/proof/fail-alloc.so
tests/proof/fail-alloc.so: tests/proof/fail-alloc.c
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(CC) $(tool_flags) $(CFLAGS) -shared -fPIC -o $@ $(srcdir)/tests/proof/fail-alloc.c

TESTS = $(unit_tests) $(bats_tests) # the longest first, and the others beside them
TEST_EXTENSIONS = .bats
tap_driver = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(tap_driver)
BATS_LOG_DRIVER = $(tap_driver)
# A file that hangs has failed; 0: it may take as long as it likes.
FILE_TIMEOUT = 30m
BATS_LOG_COMPILER = timeout $(FILE_TIMEOUT) $(BATS)
AM_BATS_LOG_FLAGS = --tap
AM_BATS_LOG_DRIVER_FLAGS = --comments --ignore-exit
AM_TESTS_ENVIRONMENT = \
	export abs_top_builddir='$(abs_top_builddir)'; \
	export abs_top_srcdir='$(abs_top_srcdir)';

# Fuzzers. Run alone, these programs replay the seeds in tests/fuzz/corpus/NAME.
fuzzers = \
	tests/fuzz/body \
	tests/fuzz/cookies \
	tests/fuzz/json \
	tests/fuzz/log \
	tests/fuzz/path \
	tests/fuzz/settings \
	tests/fuzz/token \
	tests/fuzz/url
tests_fuzz_body_SOURCES = tests/fuzz/body.c tests/fuzz/fuzz.h
tests_fuzz_cookies_SOURCES = tests/fuzz/cookies.c tests/fuzz/fuzz.h
tests_fuzz_json_SOURCES = tests/fuzz/json.c tests/fuzz/fuzz.h
tests_fuzz_log_SOURCES = tests/fuzz/log.c tests/fuzz/fuzz.h
tests_fuzz_path_SOURCES = tests/fuzz/path.c tests/fuzz/fuzz.h
tests_fuzz_settings_SOURCES = tests/fuzz/settings.c tests/fuzz/fuzz.h
tests_fuzz_token_SOURCES = tests/fuzz/token.c tests/fuzz/fuzz.h
tests_fuzz_url_SOURCES = tests/fuzz/url.c tests/fuzz/fuzz.h tests/fuzz/tree.h
tests_fuzz_body_LDADD = $(fuzz_main) $(LDADD)
tests_fuzz_cookies_LDADD = $(fuzz_main) $(LDADD)
tests_fuzz_json_LDADD = $(fuzz_main) $(LDADD)
tests_fuzz_log_LDADD = $(fuzz_main) $(LDADD)
tests_fuzz_path_LDADD = $(fuzz_main) $(LDADD)
tests_fuzz_settings_LDADD = $(fuzz_main) $(LDADD)
tests_fuzz_token_LDADD = $(fuzz_main) $(LDADD)
tests_fuzz_url_LDADD = $(fuzz_main) $(LDADD)
# An archive, so that libFuzzer's main comes first if there is one.
fuzz_main = tests/fuzz/libreplay.a
check_LIBRARIES = $(fuzz_main)
tests_fuzz_libreplay_a_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz.h tests/lib/tap.h
EXTRA_DIST += tests/fuzz/corpus
check_PROGRAMS += $(fuzzers)
TESTS += $(fuzzers)
