# shellcheck shell=bash
# For script/natives: the libraries that are linked in, as archives, for one platform.
# Uses: quietly, unpack, source_folder, prefix, work, jobs, zig_target, processor, libc.

hardening='-fstack-protector-strong -D_FORTIFY_SOURCE=2'
# Nothing here throws, so nobody unwinds: the tables for it would be a tenth of the library.
sections='-ffunction-sections -fdata-sections -fvisibility=hidden -fno-asynchronous-unwind-tables -fno-unwind-tables'

options_of() {
    grep -v '^#' "script/natives.d/$1.options"
}

# A compiler by a name without folder, because OpenSSL writes the name into the library. Without
# -fno-sanitize zig puts UBSan in; no path of this machine gets into the result.
write_compiler() { # FOLDER
    mkdir -p "$1"
    cat >"$1/jirasend-cc" <<SCRIPT
#!/bin/sh
export ZIG_GLOBAL_CACHE_DIR='$tools/cache' ZIG_LOCAL_CACHE_DIR='$tools/cache'
exec '$zig' cc -target $zig_target -fno-sanitize=all '-ffile-prefix-map=$work=.' \\
    '-ffile-prefix-map=$PWD=.' "\$@"
SCRIPT
    local tool
    for tool in ar ranlib; do
        printf "#!/bin/sh\nexec '%s' %s \"\$@\"\n" "$zig" "$tool" >"$1/jirasend-$tool"
    done
    chmod 755 "$1"/jirasend-*
}

# For CMake projects: ours, curl and json-c. What CMake could find out only by running a program of the
# other processor is said here; it is true of Linux.
write_toolchain() { # FILE
    cat >"$1" <<TEXT
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR $processor)
set(CMAKE_C_COMPILER jirasend-cc)
set(CMAKE_AR "$bin/jirasend-ar" CACHE FILEPATH "")
set(CMAKE_RANLIB "$bin/jirasend-ranlib" CACHE FILEPATH "")
set(CMAKE_C_STANDARD_COMPUTED_DEFAULT 17)
set(CMAKE_FIND_ROOT_PATH "$prefix")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(HAVE_POLL_FINE 1 CACHE INTERNAL "")
set(HAVE_POLL_FINE_EXITCODE 0 CACHE INTERNAL "")
set(HAVE_GLIBC_STRERROR_R 0 CACHE INTERNAL "")
set(HAVE_GLIBC_STRERROR_R_EXITCODE 1 CACHE INTERNAL "")
set(HAVE_POSIX_STRERROR_R 1 CACHE INTERNAL "")
set(HAVE_POSIX_STRERROR_R_EXITCODE 0 CACHE INTERNAL "")
TEXT
}

build_openssl() {
    local folder=$work/openssl options=()
    unpack openssl "$folder"
    mapfile -t options < <(options_of openssl)
    (
        cd "$folder"
        # shellcheck disable=SC2086 # lists of flags
        CC=jirasend-cc AR=jirasend-ar RANLIB=jirasend-ranlib quietly ./Configure \
            "linux-$processor${clang_suffix[$processor]}" --prefix=/usr --libdir=lib --openssldir=/etc/ssl \
            "${options[@]}" -Os $sections $hardening
        # Not "build_libs" and "install_dev", which would build the parts of its programs as well.
        quietly make build_generated
        quietly make -j "$jobs" libssl.a libcrypto.a libssl.pc libcrypto.pc
        cp libssl.a libcrypto.a "$prefix/lib/"
        sed -i "s|^prefix=.*|prefix=$prefix|" libssl.pc libcrypto.pc
        cp libssl.pc libcrypto.pc "$prefix/lib/pkgconfig/"
        cp -r include/openssl "$prefix/include/"
    )
}
declare -A clang_suffix=([x86_64]=-clang [aarch64]='')

build_with_cmake() { # NAME OPTION...
    local name=$1
    shift
    unpack "$name" "$work/$name"
    quietly cmake -S "$work/$name" -B "$work/$name-build" -G Ninja \
        "-DCMAKE_TOOLCHAIN_FILE=$work/toolchain.cmake" -DCMAKE_BUILD_TYPE=Release \
        "-DCMAKE_INSTALL_PREFIX=$prefix" -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
        "-DCMAKE_C_FLAGS=-Os $sections $hardening" -DCMAKE_C_FLAGS_RELEASE=-DNDEBUG "$@"
    quietly cmake --build "$work/$name-build" -j "$jobs" --target install
}

build_curl() {
    local options=()
    mapfile -t options < <(options_of curl)
    build_with_cmake curl "-DOPENSSL_ROOT_DIR=$prefix" -DOPENSSL_USE_STATIC_LIBS=ON "${options[@]}"
}

build_json() {
    build_with_cmake json-c -DBUILD_SHARED_LIBS=OFF -DBUILD_STATIC_LIBS=ON -DBUILD_APPS=OFF -DBUILD_TESTING=OFF \
        -DDISABLE_WERROR=ON -DDISABLE_EXTRA_LIBS=ON
}

# One source file, made by SQLite's own scripts from Debian's patched sources.
build_sqlite() {
    local folder=$work/sqlite3 options=() version
    unpack sqlite3 "$folder"
    version=$(cat "$folder/VERSION")
    mapfile -t options < <(options_of sqlite)
    (
        cd "$folder"
        quietly ./configure --disable-tcl --disable-readline
        quietly make sqlite3.c sqlite3.h
        # shellcheck disable=SC2086 # lists of flags
        quietly jirasend-cc -c -Os -DNDEBUG -fPIC -pthread $sections $hardening "${options[@]}" \
            -o sqlite3.o sqlite3.c
        rm -f "$prefix/lib/libsqlite3.a"
        quietly jirasend-ar qc "$prefix/lib/libsqlite3.a" sqlite3.o
        quietly jirasend-ranlib "$prefix/lib/libsqlite3.a"
        cp sqlite3.h "$prefix/include/"
    )
    cat >"$prefix/lib/pkgconfig/sqlite3.pc" <<TEXT
prefix=$prefix
Name: SQLite
Description: SQL database
Version: $version
Libs: -L\${prefix}/lib -lsqlite3
Cflags: -I\${prefix}/include
TEXT
}

# The client alone, of PostgreSQL's sources.
build_libpq() {
    local options=()
    unpack postgresql-15 "$work/postgresql-15"
    mapfile -t options < <(options_of libpq)
    rm -rf "$work/libpq-build"
    libpq_build quietly "$work/postgresql-15" "$work/libpq-build" "$prefix" jirasend-ar \
        "--build=$(uname -m)-linux-gnu" "--host=$processor-linux-gnu" CC=jirasend-cc AR=jirasend-ar RANLIB=jirasend-ranlib \
        "CFLAGS=-Os -fPIC $sections $hardening" "CPPFLAGS=-I$prefix/include" "LDFLAGS=-L$prefix/lib" "${options[@]}"
    cat >"$prefix/lib/pkgconfig/libpq.pc" <<TEXT
prefix=$prefix
Name: libpq
Description: client of PostgreSQL
Version: $(sed -n "s/^PACKAGE_VERSION='\(.*\)'/\1/p" "$work/postgresql-15/configure")
Libs: -L\${prefix}/lib -lpq
Cflags: -I\${prefix}/include
TEXT
}

# What must be said to whoever gets the libraries in a program.
copy_licence() { # NAME PACKAGE FILE
    mkdir -p "$prefix/licenses"
    cp "$work/$2/$3" "$prefix/licenses/$1.txt"
}

# The libraries are the same for every commit, whatever time the archives around them bear: else a package of the
# next commit would build them all again.
library_time=315532800

# recipe_of NAME PACKAGE: all that its bits come from, as one word
recipe_of() {
    {
        pinned "$2"
        cat script/natives.d/requirements.txt
        ! [ -f "script/natives.d/$1.options" ] || options_of "$1"
        printf '%s\n' "$hardening" "$sections" "$library_time" "$zig_target"
        declare -f "build_$1" build_with_cmake write_compiler write_toolchain
    } | sha256sum | cut -d ' ' -f 1
}

# library NAME PACKAGE LICENCE: builds it when it is not there yet
library() {
    local wanted
    wanted=$(recipe_of "$1" "$2")
    if [ "$(cat "$prefix/$1.recipe" 2>/dev/null)" = "$wanted" ]; then
        return 0
    fi
    say "building $2 for $zig_target"
    rm -f "$prefix/$1.recipe"
    SOURCE_DATE_EPOCH=$library_time "build_$1"
    copy_licence "$1" "$2" "$3"
    printf '%s\n' "$wanted" >"$prefix/$1.recipe"
}

build_libraries() {
    mkdir -p "$prefix/lib/pkgconfig" "$prefix/include" "$prefix/licenses"
    library openssl openssl LICENSE.txt
    library curl curl COPYING
    library json json-c COPYING
    library sqlite sqlite3 LICENSE.md
    library libpq postgresql-15 COPYRIGHT
    # curl lists the compiler's own libraries, which are other ones for a program that is moved in memory.
    sed -i -e 's|^Libs:.*|Libs: -L${libdir} -lcurl|' -e '/^Libs.private:/d' "$prefix/lib/pkgconfig/libcurl.pc"
    # Its compiler-rt is in all that it makes.
    cp "${zig%/zig}/LICENSE" "$prefix/licenses/zig.txt"
    if [ "$libc" = musl ]; then
        cp "$(dirname "$zig")/lib/libc/musl/COPYRIGHT" "$prefix/licenses/musl.txt"
    fi
}
