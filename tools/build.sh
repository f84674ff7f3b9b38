#!/usr/bin/env bash
# go build, saying when the two long compilations begin: their C takes a minute or two each, once, and looks like a hang.
# Usage: build.sh ARGUMENTS OF go build
set -euo pipefail
# -v prints each package's path as it begins; every other line is go's own and passes.
go build -v "$@" 2>&1 </dev/null | awk '
    $0 == "gocv.io/x/gocv" { print "build: compiling the bindings of OpenCV (a minute or two, once)"; fflush(); next }
    $0 == "github.com/mattn/go-sqlite3" { print "build: compiling SQLite (a minute or two, once)"; fflush(); next }
    /^[A-Za-z0-9._~\/-]+$/ { next }
    { print; fflush() }'
