#!/usr/bin/env bash
# Runs every fuzz target for a while, one after the other; a finding is kept in the package's testdata/fuzz by go itself.
# Usage: fuzz.sh TAGS TIME
set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

count=0
while IFS=: read -r file line; do
    target=$(sed -E 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/' <<<"$line")
    count=$((count + 1))
    printf 'fuzz: %s in %s for %s\n' "$target" "$(dirname "$file")" "$2"
    go test -tags "$1" -run '^$' -fuzz "^$target\$" -fuzztime "$2" "./$(dirname "$file")" </dev/null
done < <(files '*_test.go' | xargs -r grep -E '^func Fuzz[A-Za-z0-9_]*\(' /dev/null)
printf 'fuzz: %d targets held\n' "$count"
[ "$count" -gt 0 ]
