#!/usr/bin/env bash
# Installs the Debian packages named as arguments that are not there yet. Says which before it starts. SETUP=skip installs
# nothing and says what is missing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=firmware/setup/lib.sh
. "$here/lib.sh"
build=${1:?build folder}
shift

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing=()
for package in "$@"; do
    installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

[ "${SETUP:-}" != skip ] ||
    die "these are missing, and SETUP=skip installs nothing: ${missing[*]}" \
        "install them yourself, or leave SETUP=skip out"
command -v apt-get >/dev/null ||
    die "these are missing and there is no apt-get to install them with: ${missing[*]}" \
        "on a system other than Debian, install their equivalents yourself and then 'make build SETUP=skip'"

as_root true # before the first pipe, so that its sentence is seen
log=$build/setup.log
say "installing by apt: ${missing[*]} (the log is $log)"
# Another program may be installing, as after the first boot: wait up to five minutes for its lock.
apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" </dev/null 2>&1
}
update() { apt update | progress "reading package lists" "$log"; }
again() { # the lists have a lock that apt does not wait for, and mirrors change under one's feet
    say "apt-get update failed, trying once more in ${APT_PAUSE:-20} s"
    sleep "${APT_PAUSE:-20}"
    update
}
update || again ||
    die "apt-get update failed" "$(tail -n 3 "$log")" "check the network and /etc/apt/sources.list"
apt install --no-install-recommends "${missing[@]}" | progress "installing" "$log" ||
    die "apt-get install failed" "$(tail -n 5 "$log")" "see $log"
say "installed ${#missing[@]} packages"
