#!/usr/bin/env bash
# Formatting, shell syntax and golangci-lint. Usage: lint.sh GOLANGCI_LINT TAGS
set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

unformatted=$(files '*.go' | xargs -r gofmt -l)
if [ -n "$unformatted" ]; then
    printf 'lint: not formatted by gofmt:\n%s\n' "$unformatted"
    exit 1
fi
files '*.sh' .ci/run | while read -r script; do
    bash -n "$script"
done
"$1" run --build-tags "$2" ./...
linter=$(realpath "$1") config=$PWD/.golangci.yml
for module in tools ui/e2e; do
    (cd "$module" && "$linter" run --config "$config" ./...)
done
