#!/usr/bin/env bash
# Puts the TFLite C library into BUILD/lib/libtensorflowlite_c.so, by version and checksum. A library that is already there
# with the right checksum is left alone; TFLITE_JAR=FILE takes the jar from a file, for a machine without a network.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=firmware/setup/lib.sh
. "$here/lib.sh"
build=${1:?build folder}
version=2.21.0-1.5.14
library=$build/lib/libtensorflowlite_c.so

line=$(grep "^$(uname -m) " "$here/tflite.sums") ||
    die "there is no TFLite build for this processor ($(uname -m))" "dermbox runs on x86_64 and aarch64"
read -r _ classifier jar_sum library_sum <<<"$line"
sha256_is "$library" "$library_sum" && exit 0

jar=$build/third_party/tensorflow-lite-$version-$classifier.jar
mkdir -p "$build/lib" "$build/third_party"
if [ -n "${TFLITE_JAR:-}" ]; then
    cp -- "$TFLITE_JAR" "$jar"
elif ! sha256_is "$jar" "$jar_sum"; then
    command -v mvn >/dev/null || "$here/apt.sh" "$build" maven default-jre-headless
    say "fetching TFLite $version for $classifier from Maven Central (about 10 MB, and Maven's own parts the first time)"
    mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
        "-Dartifact=org.bytedeco:tensorflow-lite:$version:jar:$classifier" \
        "-DoutputDirectory=$build/third_party" </dev/null >>"$build/setup.log" 2>&1 ||
        die "Maven could not fetch TFLite" "$(grep ERROR "$build/setup.log" | grep -o '[^:]*Exception.*' | head -n 1 | cut -c1-200)" \
            "check the network and, behind a proxy that inspects TLS, that its CA is installed (update-ca-certificates)" \
            "or give the jar: make setup TFLITE_JAR=FILE; the log is $build/setup.log"
fi
sha256_is "$jar" "$jar_sum" ||
    die "$jar is not the file that this version of dermbox was tested with: its SHA-256 differs" \
        "it was not installed; remove it and run 'make setup' again"

command -v unzip >/dev/null || "$here/apt.sh" "$build" unzip
# Unpacked beside its place, checked, then renamed: a broken library never stands under the name that is loaded.
unzip -p "$jar" 'org/bytedeco/tensorflowlite/linux-*/libjnitensorflowlite.so' >"$library.part"
sha256_is "$library.part" "$library_sum" || die "the library inside $jar has another SHA-256 than expected"
chmod 0644 "$library.part"
mv -- "$library.part" "$library"
say "TFLite is in $library"
