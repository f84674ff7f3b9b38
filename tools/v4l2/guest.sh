#!/usr/bin/env bash
# Packs what the guest starts with: FOLDER/initrd.gz with busybox, init and the modules that reach the host's files, and
# FOLDER/share with the modules that tests load themselves. Usage: guest.sh FOLDER, after kernel.sh FOLDER.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(cd "${1:?folder}" && pwd)
release=$(cat "$folder/kernel")

# inits by init, in order; the tests load the others with the parameters they want, once what these need is there.
init=(virtio_pci 9pnet_virtio 9p evdev uinput)
tests=(vivid v4l2loopback)

# needs MODULE: the files that load a module, in order, itself last; nothing for what is built in.
needs() { /sbin/modprobe -d "$folder/$release/root" -S "$release" --show-depends "$1" | awk '$1 == "insmod" { print $2 }'; }

root=$(mktemp -d)
trap 'rm -rf -- "$root"' EXIT
mkdir -p "$root"/{bin,dev,proc,sys,mnt,modules} "$folder/share"
cp -- "$(command -v busybox)" "$root/bin/busybox"
install -m 0755 "$here/init" "$root/init"
{
    for module in "${init[@]}"; do needs "$module"; done
    for module in "${tests[@]}"; do needs "$module" | sed '$d'; done
} | awk '!seen[$0]++' >"$root/order"
while read -r file; do
    cp -- "$file" "$root/modules/"
    basename "$file"
done <"$root/order" >"$root/modules/order"
rm -- "$root/order"
for module in "${tests[@]}"; do
    cp -- "$(needs "$module" | tail -n 1)" "$folder/share/"
done
(cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) >"$folder/initrd.gz.part"
mv -- "$folder/initrd.gz.part" "$folder/initrd.gz"
