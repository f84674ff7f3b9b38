#!/usr/bin/env bash
# Installs what a Debian 12 machine with Go, make and git lacks for building dermbox; what is there already is left alone.
# Usage: setup.sh BUILD_FOLDER. Exit status 5 with a sentence when something cannot be had.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=firmware/setup/lib.sh
. "$here/lib.sh"
mkdir -p "${1:?build folder}"
build=$(cd "$1" && pwd)

command -v go >/dev/null ||
    die "Go is missing" "install Go 1.26 or newer and put its bin folder on the PATH"
go_version=$(go env GOVERSION)
case $go_version in
go1.[0-9] | go1.[0-9].* | go1.1[0-9]* | go1.2[0-5]*) die "Go 1.26 or newer is needed, this is $go_version" ;;
esac

mapfile -t packages < <(grep -v -e '^#' -e '^$' "$here/packages.txt")
"$here/apt.sh" "$build" "${packages[@]}"
"$here/tflite.sh" "$build"

# What this build was made with, for whoever must reproduce it.
{
    printf 'go %s\n' "$go_version"
    dpkg-query -W -f='${Package} ${Version}\n' "${packages[@]}" 2>/dev/null | sort
    printf 'libtensorflowlite_c.so sha256:%s\n' "$(sha256sum "$build/lib/libtensorflowlite_c.so" | cut -d' ' -f1)"
} >"$build/installed.txt"
say "everything that the build needs is here; versions are in $build/installed.txt"
