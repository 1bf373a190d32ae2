#!/bin/bash
# SPDX-License-Identifier: ISC
# With musl instead of glibc, as on Alpine: builds the libraries from Debian's sources with musl-gcc, which takes
# some minutes the first time, then the programs, and runs a part of the tests: tests/hosts/musl.bash. Not for root.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/lib/setup.bash
. tests/lib/chroot.bash

there=$PWD/build/musl
root=$there/root # where the libraries are
behaviour=(answers files recovery removal session settings)

# The sources of the release of Debian that runs this, without a change to the host's apt.
fetch_sources() {
    local mirror keys=/usr/share/keyrings/debian-archive-keyring.gpg
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || { echo 'apt knows no mirror of Debian' >&2 && return 1; }
    mkdir -p apt/lists/partial apt/cache/archives/partial
    (. /etc/os-release && echo "deb-src [signed-by=$keys] $mirror $VERSION_CODENAME main") >apt/sources.list
    printf '%s\n' "Dir::Etc::sourcelist \"$PWD/apt/sources.list\";" 'Dir::Etc::sourceparts "-";' \
        "Dir::State::lists \"$PWD/apt/lists\";" "Dir::Cache \"$PWD/apt/cache\";" >apt/apt.conf
    APT_CONFIG=$PWD/apt/apt.conf apt-get -q update
    APT_CONFIG=$PWD/apt/apt.conf apt-get -q source --download-only json-c openssl "postgresql-$(libpq_release)"
}

# unpack NAME: into a directory of this name.
unpack() {
    rm -rf "$1" && mkdir "$1"
    tar -xf "$(find . -maxdepth 1 -name "$1_*.orig.tar.*[zZ2]" | head -n 1)" -C "$1" --strip-components=1
}

# musl-gcc finds no headers but musl's own. These are the kernel's.
link_kernel_headers() {
    mkdir -p "$root/kernel"
    ln -sfn /usr/include/linux /usr/include/asm-generic "$root/kernel"
    ln -sfn "/usr/include/$(gcc -print-multiarch)/asm" "$root/kernel"
}

build_libraries() {
    local postgresql
    postgresql=postgresql-$(libpq_release)
    fetch_sources
    unpack json-c
    cmake -S json-c -B json-c/build -DCMAKE_C_COMPILER=musl-gcc -DCMAKE_INSTALL_PREFIX="$root" -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF -DBUILD_APPS=OFF -DDISABLE_EXTRA_LIBS=ON
    make -C json-c/build -j2 install
    unpack openssl
    (cd openssl && ./Configure no-shared no-tests no-async no-engine no-dso no-module no-legacy \
        --prefix="$root" --libdir=lib && make -s -j2 build_libs && make -s install_dev)
    unpack "$postgresql"
    (cd "$postgresql" && ./configure --quiet --prefix="$root" --with-openssl --without-readline --without-zlib \
        --without-icu CPPFLAGS="-I$root/include" LDFLAGS="-L$root/lib" &&
        make -s -j2 -C src/common && make -s -j2 -C src/port && make -s -C src/interfaces/libpq all-static-lib &&
        make -s -C src/include install && make -s -C src/interfaces/libpq install-lib-static install-lib-pc &&
        cp src/interfaces/libpq/libpq-{fe,events}.h "$root/include" &&
        cp src/common/libpgcommon_shlib.a src/port/libpgport_shlib.a "$root/lib")
    rm -rf json-c openssl "$postgresql"
    touch "$root/complete"
}

# The tests, with musl's words instead of glibc's, and with the system call by which musl opens a file.
in_musls_words() {
    sed -i -e 's,Input/output error,I/O error,g' -e 's,Too many open files,No file descriptors available,g' \
        -e 's,Too many levels of symbolic links,Symbolic link loop,g' \
        -e 's/^\(.*fault \)openat:/\1open,openat:/' -e 's/^\(.*traced \)openat/\1open,openat/' \
        tests/behaviour/*.bats
}

if ! command -v musl-gcc cmake >/dev/null; then
    echo 'SKIP: musl: musl-gcc or cmake is missing (Debian: apt-get install musl-tools cmake)'
    skipped=1
    closing_line
    exit
fi
mkdir -p "$there"
export CC="musl-gcc -isystem $root/kernel"
if [ ! -e "$root/complete" ]; then
    link_kernel_headers
    if ! (cd "$there" && build_libraries) >"$there/libraries.log" 2>&1 </dev/null; then
        tail -n 20 "$there/libraries.log"
        echo 'not ok - the libraries build with musl-gcc'
        failed=1
        closing_line
        exit
    fi
fi
copy_tree "$there/source"
cd "$there/source"
in_musls_words
export PKG_CONFIG_LIBDIR=$root/lib/pkgconfig
export LIBPQ_CFLAGS=-I$root/include LIBPQ_LIBS="-L$root/lib -lpq -lpgcommon_shlib -lpgport_shlib -lssl -lcrypto"
unit=(tests/unit/*.c)
suite --enable-werror TESTS="${unit[*]%.c} $(printf 'tests/behaviour/%s.bats ' "${behaviour[@]}")"
# Not glibc's by accident.
if readelf --program-headers "$build/cgi-bin/imagenes" | grep -q ld-musl; then
    passed=$((passed + 1))
else
    echo 'not ok - the program is linked with musl'
    failed=$((failed + 1))
fi
closing_line
