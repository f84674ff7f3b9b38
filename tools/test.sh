#!/usr/bin/env bash
# Runs the tests of all modules with the race detector and closes with one line: N passed, N failed, N skipped.
# Usage: test.sh TESTSUMMARY TAGS PACKAGES...
set -euo pipefail
summary=$PWD/$1
tags=$2
shift 2

# One package at a time: tests that start whole processes and measure order must not starve each other on two cores.
status=0
{
    go test -race -json -p 1 -timeout 10m -tags "$tags" "$@" || true
    go -C tools test -json ./cmd/... || true
    if [ "$*" = ./... ]; then go -C ui/e2e test -race -json -p 1 -timeout 10m ./... || true; fi
} </dev/null | "$summary" -skips .ci/skips || status=$?
exit "$status"
