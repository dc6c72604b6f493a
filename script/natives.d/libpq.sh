# shellcheck shell=bash
# For script/static-libpq and script/natives: libpq, and what it takes from PostgreSQL's own libraries,
# as one archive.

# libpq_build QUIETLY SOURCE BUILD PREFIX AR OPTION...: the headers come along
libpq_build() {
    local quietly=$1 source_folder=$2 build=$3 to=$4 ar=$5 one
    shift 5
    mkdir -p "$build/objects" "$to/lib" "$to/include"
    (
        cd "$build"
        "$quietly" "$source_folder/configure" --prefix=/usr --sysconfdir=/etc "$@"
        "$quietly" make -s -C src/backend generated-headers
        for one in src/common src/port; do
            "$quietly" make -s -j "$(nproc)" -C "$one" "libpg${one#src/}_shlib.a"
        done
        "$quietly" make -s -j "$(nproc)" -C src/interfaces/libpq libpq.a
        rm -f "$to/lib/libpq.a"
        cd objects
        # Members of the same name would replace each other, so each archive has a folder of its own.
        for one in interfaces/libpq/libpq.a common/libpgcommon_shlib.a port/libpgport_shlib.a; do
            mkdir -p "${one%%/*}"
            (cd "${one%%/*}" && "$ar" x "../../src/$one")
        done
        "$ar" rcs "$to/lib/libpq.a" interfaces/*.o common/*.o port/*.o
        cp "$source_folder/src/interfaces/libpq/libpq-fe.h" "$source_folder/src/include/postgres_ext.h" \
            "../src/include/pg_config_ext.h" "$to/include/"
    )
}
