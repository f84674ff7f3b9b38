#!/usr/bin/env bash
# Runs the tests of camera/v4l2guest in a QEMU guest on the kernel's virtual cameras and keyboards.
# Usage: test.sh BUILD_FOLDER, which has bin/dermbox-imaging and the tools testsummary and v4l2guest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=$(cd "${1:?build folder}" && pwd)
folder=$build/v4l2

mapfile -t packages < <(grep -v -e '^#' -e '^$' tools/v4l2/packages.txt)
firmware/setup/apt.sh "$build" "${packages[@]}"
tools/v4l2/kernel.sh "$folder"
tools/v4l2/guest.sh "$folder"

echo 'v4l2: building the tests of camera/v4l2guest'
go vet -tags v4l2guest ./camera/v4l2guest
CGO_ENABLED=0 go test -c -tags v4l2guest -o "$folder/share/camera.test" ./camera/v4l2guest
cp -- "$build/bin/dermbox-imaging" "$folder/share/"

echo 'v4l2: starting the guest, emulated (seconds become tens of seconds)'
status=0
"$build/tools/v4l2guest" -folder "$folder" -tests tools/v4l2/tests.txt </dev/null |
    "$build/tools/testsummary" -skips .ci/skips || status=$?
exit "$status"
