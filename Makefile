# simulark: build, test, install. `make help` lists the targets.

VERSION := 1.0.0
BUILD   ?= build
PREFIX  ?= /usr/local
CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))

# A clone is a developer's: warnings are errors. A packager's tree (no .git) is tolerant.
DEVELOPER ?= $(if $(wildcard .git),1,0)
SANITIZE  ?=
Q         := $(if $(V),,@)
JOBS      ?= $(shell nproc)

# pkg-config's names; docs/decisions.md says why these.
LIBRARIES := libpq libarchive yaml-0.1 jansson libcrypto libsodium

CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla \
            -Wcast-qual -Wformat=2 -Wundef -Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference
STRICT   := $(if $(filter 1,$(DEVELOPER)),-Werror)
HARDEN   := -fstack-protector-strong -fPIE $(if $(SANITIZE)$(findstring -O0,$(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
LDFLAGS  += -Wl,-z,relro,-z,now
CPPFLAGS += -Iinclude -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DSIMULARK_VERSION='"$(VERSION)"'

# What UBSan adds to a function confuses gcc's checks of format strings, which clang does not know by name.
SANITIZERS := $(if $(SANITIZE),-DSIMULARK_SANITIZED -fsanitize=$(SANITIZE) -fno-sanitize-recover=undefined -fno-omit-frame-pointer \
                               -Wno-format-truncation -Wno-null-dereference -Wno-unknown-warning-option)

ALL_CFLAGS = -std=c17 $(WARNINGS) $(STRICT) $(HARDEN) $(SANITIZERS) \
             $(shell pkg-config --cflags $(LIBRARIES)) $(CFLAGS)
ALL_LIBS   = $(shell pkg-config --libs $(LIBRARIES)) -pthread -lm

SOURCES := $(wildcard src/*/*.c)
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)

# ---- what Debian packages each target needs; `make demo` and `make test` install what is missing ----

BUILD_PACKAGES := gcc libc6-dev make pkg-config libpq-dev libarchive-dev libyaml-dev libjansson-dev libssl-dev libsodium-dev
DEMO_PACKAGES  := postgresql
TEST_PACKAGES  := postgresql pgbouncer check python3-pytest python3-pytest-xdist python3-psycopg2 python3-yaml graphviz zip \
                  minisign age jq yq git zsh fish strace dpkg-dev
LINT_PACKAGES  := clang clang-tidy cppcheck groff-base mandoc
BENCH_PACKAGES := postgresql python3-psycopg2 python3-yaml zstd time
FUZZ_PACKAGES  := clang libclang-rt-dev

.PHONY: all help demo test unit unit-long unit-short command lint bench fuzz sanitize man completion templates install uninstall dist deb clean
.DEFAULT_GOAL := all

# Without root the missing packages are named; nothing else is tried.
define need
	@missing=; for p in $(1); do \
	    dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	        echo "Installing$$missing"; apt-get update -qq && \
	        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing >/dev/null || exit 1; \
	    else \
	        echo "Missing packages:$$missing"; echo "Install them with: sudo apt-get install$$missing"; exit 1; \
	    fi; \
	fi
endef

all: $(BUILD)/simulark

help:
	@echo 'make            build $(BUILD)/simulark'
	@echo 'make demo       install what is missing, build, and show the main job on real content'
	@echo 'make test       install what is missing and run every test'
	@echo 'make lint       layers, banned functions, help, cppcheck, clang-tidy'
	@echo 'make sanitize   all tests under ASan, UBSan and LeakSanitizer'
	@echo 'make bench      speed and memory beside pg_dump, pg_restore and psql; BENCH=quick: only whether it runs'
	@echo 'make fuzz       every reader for FUZZ_SECONDS (default 20) each'
	@echo 'make man        the pages for man, in $(BUILD)/man; make completion: for bash, zsh and fish'
	@echo 'make templates  the templates that come along, and their catalogue, in $(BUILD)/templates'
	@echo 'make install    DESTDIR= PREFIX=$(PREFIX); make uninstall takes it away'
	@echo 'make dist       a source archive; make deb: a Debian package; make clean'

$(BUILD)/simulark: $(BUILD)/src/main.o $(BUILD)/libsimulark.a
	@echo '  LINK  $@'
	$Q$(CC) $(ALL_CFLAGS) $(LDFLAGS) -pie -o $@ $^ $(ALL_LIBS)

$(BUILD)/libsimulark.a: $(OBJECTS)
	$Qrm -f $@
	$Q$(AR) rcs $@ $^

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo '  CC    $<'
	$Q$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# ---- tests ----

UNIT_SOURCES := $(wildcard tests/unit/*.c)
UNIT_OBJECTS := $(UNIT_SOURCES:%.c=$(BUILD)/%.o)
CORPORA      ?= $(wildcard $(abspath ../shared/corpora))
PYTEST       := /usr/bin/python3 -m pytest -q -p no:cacheprovider -n 2
COMMAND_TESTS ?= tests/command

$(BUILD)/unit-tests: $(UNIT_OBJECTS) $(BUILD)/libsimulark.a
	@echo '  LINK  $@'
	$Q$(CC) $(ALL_CFLAGS) $(LDFLAGS) -pie -o $@ $^ $(ALL_LIBS) $(shell pkg-config --libs check)

-include $(OBJECTS:.o=.d) $(BUILD)/src/main.d $(UNIT_OBJECTS:.o=.d)

# Nothing compiles without them: told once, with the way out.
.PHONY: libraries
libraries:
	@pkg-config --exists $(LIBRARIES) || { echo 'Libraries are missing. On Debian: sudo apt-get install $(BUILD_PACKAGES)' >&2; exit 1; }

$(OBJECTS) $(BUILD)/src/main.o: | libraries

deps-demo: ; $(call need,$(BUILD_PACKAGES) $(DEMO_PACKAGES))
deps-test: ; $(call need,$(BUILD_PACKAGES) $(TEST_PACKAGES))
deps-lint: ; $(call need,$(BUILD_PACKAGES) $(TEST_PACKAGES) $(LINT_PACKAGES))
deps-sanitize: ; $(call need,$(BUILD_PACKAGES) $(TEST_PACKAGES) $(FUZZ_PACKAGES))
deps-deb: ; $(call need,$(BUILD_PACKAGES) dpkg-dev)
deps-bench: ; $(call need,$(BUILD_PACKAGES) $(BENCH_PACKAGES))
deps-fuzz: ; $(call need,$(BUILD_PACKAGES) $(FUZZ_PACKAGES))

# The packages must be there before pkg-config is asked, so each of these builds in a make of its own.
demo: deps-demo
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@tests/demo $(BUILD)

test: deps-test
	@$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/simulark $(BUILD)/unit-tests
	@$(MAKE) --no-print-directory -j$(JOBS) unit
	@$(MAKE) --no-print-directory command

# In two processes: what is tagged as long takes about as long as all else.
unit: unit-long unit-short

unit-long unit-short: $(BUILD)/unit-tests
	@SIMULARK_CORPORA=$(CORPORA) CK_$(if $(filter %-long,$@),INCLUDE,EXCLUDE)_TAGS=long $(BUILD)/unit-tests

command: $(BUILD)/simulark
	@SIMULARK=$(abspath $(BUILD)/simulark) SIMULARK_CORPORA=$(CORPORA) PYTHONDONTWRITEBYTECODE=1 $(PYTEST) $(COMMAND_TESTS)

# SANITIZE_TESTS: the command tests that go through every reader, writer and sink once.
SANITIZE_TESTS ?= test_import.py test_export.py test_accounts.py test_pooler.py test_schema.py
# One build for these tests and the fuzzers: it also tells a fuzzer which ways the code takes.
SANITIZED      := BUILD=$(BUILD)/sanitize CC=clang DEVELOPER=0 SANITIZE=fuzzer-no-link,address,undefined CFLAGS='-O1 -g1'

# What was freed is kept for a while, and looked through for leaks by each of the forks that tests run in: 16 MiB, not 256.
sanitize: deps-sanitize
	@$(MAKE) --no-print-directory -j$(JOBS) $(SANITIZED) $(BUILD)/sanitize/simulark $(BUILD)/sanitize/unit-tests
	@ASAN_OPTIONS=detect_leaks=1:abort_on_error=1:quarantine_size_mb=16 UBSAN_OPTIONS=print_stacktrace=1 \
	    $(MAKE) --no-print-directory -j$(JOBS) $(SANITIZED) COMMAND_TESTS='$(SANITIZE_TESTS:%=tests/command/%)' unit command

lint: deps-lint
	@$(MAKE) --no-print-directory -j$(JOBS) man completion
	@tests/lint/run $(BUILD)

# ---- fuzzing: clang's libFuzzer with ASan and UBSan ----

FUZZ_SECONDS ?= 20
FUZZERS      := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

$(FUZZERS:%=$(BUILD)/fuzz/%): $(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/libsimulark.a
	@mkdir -p $(@D)
	@echo '  LINK  $@'
	$Q$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -pie -o $@ $^ $(ALL_LIBS)

-include $(FUZZERS:%=$(BUILD)/tests/fuzz/fuzz_%.d)

fuzz: deps-fuzz
	@$(MAKE) --no-print-directory -j$(JOBS) $(SANITIZED) $(FUZZERS:%=$(BUILD)/sanitize/fuzz/%)
	@tests/fuzz/run $(BUILD)/sanitize $(FUZZ_SECONDS) $(FUZZERS)

# ---- pages for man, completions: the program makes them, but for those that are docs ----

# Dates come from the last commit, or the release that was unpacked: the same sources make the same bytes.
EPOCH    := $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md))
MAN      := $(BUILD)/man
MAN_DOCS := bundle.5=docs/format.md tiers.7=docs/tiers.md templates.7=docs/templates.md

man: $(MAN)/simulark.1

$(MAN)/simulark.1: $(BUILD)/simulark docs/packaging/page.awk $(foreach d,$(MAN_DOCS),$(lastword $(subst =, ,$(d))))
	@mkdir -p $(MAN)
	@echo '  MAN   $(MAN)'
	$Qrm -f $(MAN)/simulark-*
	$Qset -e; export SOURCE_DATE_EPOCH=$(EPOCH); \
	for name in $$($(BUILD)/simulark __complete -- '' | cut -f1); do \
	    $(BUILD)/simulark help --man $$name >$(MAN)/simulark-$$name.1; done; \
	for doc in $(MAN_DOCS); do page=$${doc%=*}; \
	    awk -v page=simulark-$${page%.*} -v section=$${page##*.} -v date=$$(date -u -d @$(EPOCH) +%F) -v version=$(VERSION) \
	        -f docs/packaging/page.awk $${doc#*=} >$(MAN)/simulark-$$page; done; \
	$(BUILD)/simulark help --man >$@

completion: $(BUILD)/completion/simulark.bash

$(BUILD)/completion/simulark.bash: $(BUILD)/simulark
	@mkdir -p $(@D)
	$Q$(BUILD)/simulark completion zsh >$(@D)/_simulark
	$Q$(BUILD)/simulark completion fish >$(@D)/simulark.fish
	$Q$(BUILD)/simulark completion bash >$@

# ---- the templates that come along ----

TEMPLATES := $(patsubst templates/%/template.yaml,$(BUILD)/templates/%.ark,$(wildcard templates/*/template.yaml))

templates: $(BUILD)/templates/index.json

$(BUILD)/templates/index.json: $(TEMPLATES)
	@$(BUILD)/simulark template index -q $(BUILD)/templates

$(BUILD)/templates/%.ark: templates/%/template.yaml templates/%/README.md $(BUILD)/simulark
	@mkdir -p $(@D)
	@echo '  PACK  $@'
	$Q$(BUILD)/simulark template pack templates/$* -o $@ --force --quiet

# ---- benchmarks: BENCH_ROWS, BENCH_ROUNDS, BENCH_ONLY, BENCH=quick|series; see bench/run ----

$(BUILD)/bench-text: $(BUILD)/bench/text.o $(BUILD)/libsimulark.a
	@echo '  LINK  $@'
	$Q$(CC) $(ALL_CFLAGS) $(LDFLAGS) -pie -o $@ $^ $(ALL_LIBS)

bench: deps-bench
	@$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/simulark $(BUILD)/bench-text
	@bench/run $(BUILD)/simulark

# ---- installing ----

SHARE = $(DESTDIR)$(PREFIX)/share

install: all man completion templates
	install -D -m 755 $(BUILD)/simulark $(DESTDIR)$(PREFIX)/bin/simulark
	install -d $(SHARE)/man/man1 $(SHARE)/man/man5 $(SHARE)/man/man7 $(SHARE)/doc/simulark
	for page in $(MAN)/*; do install -m 644 $$page $(SHARE)/man/man$${page##*.}/; done
	install -D -m 644 $(BUILD)/completion/simulark.bash $(SHARE)/bash-completion/completions/simulark
	install -D -m 644 $(BUILD)/completion/_simulark $(SHARE)/zsh/site-functions/_simulark
	install -D -m 644 $(BUILD)/completion/simulark.fish $(SHARE)/fish/vendor_completions.d/simulark.fish
	install -m 644 README.md CHANGELOG.md LICENSE $(SHARE)/doc/simulark/
	cd docs && find . \( -name '*.md' -o -name '*.svg' \) -exec install -D -m 644 {} $(abspath $(SHARE))/doc/simulark/docs/{} \;
	install -d $(SHARE)/simulark/templates
	install -m 644 $(TEMPLATES) $(BUILD)/templates/index.json $(SHARE)/simulark/templates/

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/simulark $(SHARE)/man/man?/simulark.? $(SHARE)/man/man?/simulark-*.? \
	    $(SHARE)/bash-completion/completions/simulark $(SHARE)/zsh/site-functions/_simulark \
	    $(SHARE)/fish/vendor_completions.d/simulark.fish
	rm -rf $(SHARE)/doc/simulark $(SHARE)/simulark

# The sources of the last commit; what is not committed is not in it.
dist:
	@git rev-parse --git-dir >/dev/null 2>&1 || { echo 'make dist packs the last commit: it needs a clone.' >&2; exit 1; }
	@mkdir -p $(BUILD)
	git archive --format=tar --prefix=simulark-$(VERSION)/ -o $(BUILD)/simulark-$(VERSION).tar HEAD
	gzip -n9f $(BUILD)/simulark-$(VERSION).tar

DEB_ROOT = $(abspath $(BUILD))/deb

deb: deps-deb
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@rm -rf $(DEB_ROOT)
	@umask 022; $(MAKE) --no-print-directory -s install DESTDIR=$(DEB_ROOT) PREFIX=/usr
	@umask 022; docs/packaging/deb $(DEB_ROOT) $(VERSION) $(EPOCH) $(BUILD)/simulark_$(VERSION)_$$(dpkg --print-architecture).deb
	@rm -rf $(DEB_ROOT)
	@echo '  DEB  ' $(BUILD)/simulark_$(VERSION)_*.deb

clean:
	rm -rf $(BUILD)
