#!/usr/bin/env bash
# Runs at full size what CI runs smaller, and keeps what it printed with its commit in docs/proof. Usage: proof.sh MINUTES
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
minutes=${1:?minutes of the soak}
mkdir -p docs/proof build

[ -z "$(git status --porcelain)" ] || {
    echo 'proof: there are changes that are not committed: the proof would name a commit that it is not of' >&2
    exit 2
}
file=build/proof-soak.txt
{
    echo "make soak MINUTES=$minutes"
    echo "commit $(git rev-parse HEAD), $(date -u +%Y-%m-%d), $(nproc) cores, $(go env GOVERSION)"
    echo
    make soak MINUTES="$minutes"
} 2>&1 | tee "$file"
mv -- "$file" docs/proof/soak.txt
echo 'proof: kept in docs/proof/soak.txt; commit it'
