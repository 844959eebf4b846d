# simulark: build, test, install. `make help` lists the targets.

VERSION := 0.1.0
BUILD   ?= build
PREFIX  ?= /usr/local
CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))

# A clone is a developer's: warnings are errors. A packager's tree (no .git) is tolerant.
DEVELOPER ?= $(if $(wildcard .git),1,0)
SANITIZE  ?=

LIBRARIES := libpq libarchive yaml-0.1 jansson libcrypto

CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla \
            -Wcast-qual -Wformat=2 -Wundef -Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference
STRICT   := $(if $(filter 1,$(DEVELOPER)),-Werror)
HARDEN   := -fstack-protector-strong -fPIE
CPPFLAGS += -Iinclude -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DSIMULARK_VERSION='"$(VERSION)"'

ALL_CFLAGS = -std=c17 $(WARNINGS) $(STRICT) $(HARDEN) $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer) \
             $(shell pkg-config --cflags $(LIBRARIES)) $(CFLAGS)
ALL_LIBS   = $(shell pkg-config --libs $(LIBRARIES)) -pthread

SOURCES := $(wildcard src/*/*.c)
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)

all: $(BUILD)/simulark

$(BUILD)/simulark: $(BUILD)/src/main.o $(BUILD)/libsimulark.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -pie -o $@ $^ $(ALL_LIBS)

$(BUILD)/libsimulark.a: $(OBJECTS)
	rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

-include $(OBJECTS:.o=.d) $(BUILD)/src/main.d
