#!/usr/bin/env bash
# Puts what only tests and the bench hold the engine against into BUILD/peers: Python packages (peers.txt) into a venv, and
# the second TFLite library (peers.sums). What is there already and right is left alone. pip is told where else to look for
# wheels by its own settings: PIP_FIND_LINKS=FOLDER PIP_NO_INDEX=1 on a machine without a network.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=firmware/setup/lib.sh
. "$here/lib.sh"
build=${1:?build folder}
peers=$build/peers
venv=$peers/venv
library=$peers/liblitert-lm.so
version=0.18.1

line=$(grep "^$(uname -m) " "$here/peers.sums") ||
    die "there are no engines to compare with for this processor ($(uname -m))" "tests that need them skip with SETUP=skip"
read -r _ wheel_sum library_sum <<<"$line"
mkdir -p "$peers"

# pip ARGUMENTS...: by hash and never built from source.
pip() {
    "$venv/bin/python" -m pip --quiet --disable-pip-version-check "$@" --require-hashes --only-binary=:all: \
        </dev/null >>"$build/setup.log" 2>&1 ||
        die "pip could not fetch the engines that tests compare with" \
            "$(grep -i error "$build/setup.log" | tail -n 1 | sed -E 's|https?:[^ ]*||g' | cut -c1-200)" \
            "check the network, or give the wheels: PIP_FIND_LINKS=FOLDER PIP_NO_INDEX=1 make setup-peers" \
            "or leave their tests out: make test SETUP=skip; the log is $build/setup.log"
}

has_python() { python3.11 -c 'import ensurepip, venv' >/dev/null 2>&1; }

# The list is kept in the venv when all of it is installed: one that broke off, or of another list, is made anew.
if ! cmp -s "$here/peers.txt" "$venv/peers.txt" || ! "$venv/bin/python" -c '' 2>/dev/null; then
    has_python || "$here/apt.sh" "$build" python3-venv
    has_python ||
        die "Python 3.11 with venv is missing" "Debian 12 has it as python3-venv; tests that need it skip with SETUP=skip"
    say "fetching the engines that tests compare with (about 75 MB; they are not shipped)"
    rm -rf -- "$venv"
    python3.11 -m venv "$venv" >>"$build/setup.log" 2>&1 || die "python3.11 -m venv failed" "see $build/setup.log"
    pip install -r "$here/peers.txt"
    cp -- "$here/peers.txt" "$venv/peers.txt"
fi

if ! sha256_is "$library" "$library_sum"; then
    say "fetching a second TFLite library (about 47 MB)"
    wheels=$build/third_party/litert-lm
    rm -rf -- "$wheels" && mkdir -p "$wheels"
    printf 'litert-lm-api==%s --hash=sha256:%s\n' "$version" "$wheel_sum" >"$wheels/wanted.txt"
    pip download --no-deps -r "$wheels/wanted.txt" -d "$wheels"
    command -v unzip >/dev/null || "$here/apt.sh" "$build" unzip
    # Unpacked beside its place, checked, then renamed: a broken library never stands under the name that is loaded.
    unzip -p "$wheels"/*.whl litert_lm/liblitert-lm.so >"$library.part"
    sha256_is "$library.part" "$library_sum" ||
        die "the second TFLite library has another SHA-256 than expected" "it was not installed: $library.part"
    chmod 0644 "$library.part"
    mv -- "$library.part" "$library"
    rm -rf -- "$wheels"
fi
say "what tests compare with is in $peers"
