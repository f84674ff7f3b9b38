#!/usr/bin/env bash
# Runs the tests of all modules with the race detector and closes with one line: N passed, N failed, N skipped.
# Usage: test.sh TESTSUMMARY TAGS PACKAGES...
set -euo pipefail
summary=$PWD/$1
tags=$2
shift 2

# One package at a time: tests that start whole processes and measure order must not starve each other on two cores. The
# limit is for one package: that of the whole line takes five minutes on a busy machine.
status=0
{
    ran=0
    go test -race -json -p 1 -timeout 20m -tags "$tags" "$@" || ran=$?
    if [[ " $*" =~ " ./..."|" ./camera/..."|/camera/opencv ]]; then # again with gocv counting the Mats that are left open
        go test -json -timeout 10m -tags "$tags,matprofile" -run '^TestNoMat' ./camera/opencv/... || ran=$?
    fi
    go -C tools test -json ./cmd/... || ran=$?
    if [ "$*" = ./... ]; then go -C ui/e2e test -race -json -p 1 -timeout 10m ./... || ran=$?; fi
    [ "$ran" -eq 0 ] || echo "test: go test ended with status $ran"
    exit "$ran"
} </dev/null | "$summary" -skips .ci/skips || status=$?
exit "$status"
