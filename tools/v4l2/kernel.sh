#!/usr/bin/env bash
# Puts a stock Debian kernel, its modules and v4l2loopback built for it into FOLDER/RELEASE, unpacked and never installed,
# and names it in FOLDER/kernel. A kernel that is named there is used as it is, without a network; remove FOLDER for the
# newest. Usage: kernel.sh FOLDER. Exit status 5 with a sentence when something cannot be had.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=firmware/setup/lib.sh
. "$here/../../firmware/setup/lib.sh"
mkdir -p "${1:?folder}"
folder=$(cd "$1" && pwd)
log=$folder/kernel.log

if [ -s "$folder/kernel" ] && [ -e "$folder/$(cat "$folder/kernel")/complete" ]; then exit 0; fi
[ "$(uname -m)" = x86_64 ] ||
    die "the test with V4L2 runs an x86_64 kernel, and this processor is $(uname -m)" "run 'make test-v4l2' on an x86_64 machine"
: >"$log"

# depends PACKAGE PATTERN: the names that a package depends on and that begin so, one a line.
depends() { apt-cache depends "$1" | sed -n "s/^ *Depends: \($2[^ ]*\)\$/\1/p"; }

image=$(depends linux-image-amd64 linux-image- | head -n 1)
if [ -z "$image" ]; then
    as_root apt-get -q update >>"$log" 2>&1 || die "apt-get update failed" "$(tail -n 3 "$log")"
    image=$(depends linux-image-amd64 linux-image- | head -n 1)
fi
[ -n "$image" ] || die "apt knows no linux-image-amd64" "check /etc/apt/sources.list, then 'apt-get update'"
release=${image#linux-image-}
headers=linux-headers-$release
mapfile -t parts < <(depends "$headers" linux-headers- && depends "$headers" linux-kbuild-)
packages=("$image" "$headers" "${parts[@]}" v4l2loopback-dkms)

work=$folder/$release
rm -rf -- "$work"
mkdir -p "$work/packages" "$work/root"
say "downloading ${packages[*]} (about 85 MB; the log is $log)"
fetch() { (cd "$work/packages" && apt-get -q download "${packages[@]}") >>"$log" 2>&1; }
if ! fetch; then # the lists may name versions that the mirror has dropped
    as_root apt-get -q update >>"$log" 2>&1 || die "apt-get update failed" "$(tail -n 3 "$log")" "check the network"
    fetch || die "the kernel cannot be downloaded" "$(tail -n 3 "$log")" "check the network; the log is $log"
fi
for package in "$work"/packages/*.deb; do
    dpkg-deb -x "$package" "$work/root"
    dpkg-deb -W "$package" >>"$work/versions"
done
rm -rf -- "$work/packages"

say "building v4l2loopback for $release"
source=$(echo "$work"/root/usr/src/v4l2loopback-*)
build=$work/root/usr/src/$headers
sed -i "s|/usr/src/|$work/root/usr/src/|" "$build/Makefile" # else it reads the headers of an installed kernel
env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -C "$build" M="$source" modules >>"$log" 2>&1 ||
    die "v4l2loopback cannot be built for $release" "$(grep -m 3 -i -e error "$log")" "the log is $log"
modules=$work/root/lib/modules/$release
cp -- "$source/v4l2loopback.ko" "$modules/kernel/drivers/media/"
/sbin/depmod -b "$work/root" "$release" >>"$log" 2>&1
rm -rf -- "$work/root/usr" # headers and sources have done their work
touch "$work/complete"
echo "$release" >"$folder/kernel"
say "the test kernel is $release; versions are in $work/versions"
