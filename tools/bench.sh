#!/usr/bin/env bash
# Runs the benchmarks that make records and merges these into the file. Usage: bench.sh BENCHRECORDS TAGS TIME FILE COMMIT
set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
records=$PWD/$1

# Those of the whole line run the real programs.
export DERMBOX_BIN=${DERMBOX_BIN:-$PWD/build/bin}

# Only packages that hold a record are built; CONTRIBUTING.md says how a benchmark makes one.
mapfile -t packages < <(files '*_test.go' | xargs -r grep -l '^func BenchmarkRecord' |
    xargs -r -n1 dirname | sort -u | sed 's|^|./|')
[ ${#packages[@]} -gt 0 ] || { echo 'bench: no benchmark makes a record' >&2; exit 1; }
go test -p 1 -tags "$2" -run '^$' -bench '^BenchmarkRecord' -benchtime "$3" -timeout 10m "${packages[@]}" </dev/null |
    "$records" -file "$4" -commit "$5"
