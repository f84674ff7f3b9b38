#!/usr/bin/env bash
# Runs at full size what CI runs smaller, and keeps what it printed with its commit in docs/proof. Usage: proof.sh MINUTES [quality|photographs|soak]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
minutes=${1:?minutes of the soak}
only=${2:-}
case $only in '' | quality | photographs | soak) ;; *) echo "proof: there is no proof of '$only': quality, photographs, soak, or nothing for all" >&2 && exit 2 ;; esac
mkdir -p docs/proof docs/quality build

[ -z "$(git status --porcelain)" ] || {
    echo 'proof: there are changes that are not committed: the proof would name a commit that it is not of' >&2
    exit 2
}

# prove NAME TARGET [VARIABLE=VALUE] makes a target and keeps what it printed.
prove() {
    local file=build/proof-$1.txt name=$1
    shift
    {
        echo "make $*"
        echo "commit $(git rev-parse HEAD), $(date -u +%Y-%m-%d), $(nproc) cores, $(go env GOVERSION)"
        echo
        make "$@"
    } 2>&1 | tee "$file"
    mv -- "$file" "docs/proof/$name.txt"
}

wanted() { [ -z "$only" ] || [ "$only" = "$1" ]; }

if wanted quality; then
    prove quality quality
    cp -- build/quality/*.svg docs/quality/
fi
if wanted photographs; then prove photographs photographs; fi
if wanted soak; then prove soak soak MINUTES="$minutes"; fi
echo 'proof: kept in docs/proof, the curves in docs/quality; commit them'
