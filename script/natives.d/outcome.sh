# shellcheck shell=bash
# For script/natives: archives of the command line, the list of what is inside, and checksums.
# Uses: result, prefix, processor, libc, work, quietly, version_of.

product_version() {
    sed -n 's/.*define JIRASEND_VERSION "\(.*\)"/\1/p' native/include/jirasend/version.h
}

# write_archive PLATFORM: the static program runs on every Linux, so there is one archive a processor.
write_archive() {
    [ "$libc" = musl ] || return 0
    local name folder
    name=jirasend-$(product_version)-linux-$processor
    folder=$work/archive/$name
    mkdir -p "$folder/bin" "$folder/share/man/man1" "$folder/share/bash-completion/completions" \
        "$folder/share/zsh/site-functions" "$folder/share/fish/vendor_completions.d" "$folder/share/doc/jirasend"
    cp "$result/bin/$1/jirasend" "$folder/bin/"
    cp native/cli/jirasend.1 "$folder/share/man/man1/"
    cp native/cli/completion/jirasend.bash "$folder/share/bash-completion/completions/jirasend"
    cp native/cli/completion/_jirasend "$folder/share/zsh/site-functions/"
    cp native/cli/completion/jirasend.fish "$folder/share/fish/vendor_completions.d/"
    cp -r README.md CHANGELOG.md CONTRIBUTING.md LICENSE docs examples "$prefix/licenses" "$folder/share/doc/jirasend/"
    # Pictures would be a fifth of the archive; so no page shows one that is not there.
    rm -rf "$folder/share/doc/jirasend/docs/images"
    sed -i '/^!\[[^]]*\]([a-z/]*images\/[^)]*)$/d' "$folder"/share/doc/jirasend/README.md "$folder"/share/doc/jirasend/docs/*.md
    find "$folder" -type d -exec chmod 755 {} +
    find "$folder" -type f ! -perm -100 -exec chmod 644 {} +
    tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --format=gnu \
        -C "$work/archive" -c "$name" | gzip -9n >"$result/$name.tar.gz"
}

# The software bill of materials, and the licences: beside the libraries, so that the plugin has them.
write_bill() {
    local one
    # Those of a musl platform have all licences; any other ones are better than none.
    one=$({ compgen -G "$result/libraries/*-musl/licenses/musl.txt" ||
        compgen -G "$result/libraries/*/licenses/openssl.txt"; } | sed -n '1s|/[^/]*$||p')
    rm -rf "$result/natives/licenses"
    cp -r "$one" "$result/natives/licenses"
    python3 -B script/natives.d/bill.py "$pins" script/natives.d/requirements.txt "$(product_version)" \
        "$result" >"$scratch/bill.json"
    mv "$scratch/bill.json" "$result/natives/jirasend.spdx.json"
}

write_sums() {
    (
        cd "$result"
        find natives bin -type f ! -name made-from | sort | xargs sha256sum
        compgen -G '*.tar.gz' | sort | xargs -r sha256sum
    ) >"$scratch/sums"
    mv "$scratch/sums" "$result/SHA256SUMS"
}
