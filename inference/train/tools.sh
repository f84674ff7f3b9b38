#!/bin/sh
# Puts the Python tools that train and convert models into a venv, every wheel by its hash.  usage: tools.sh VENV
set -eu
venv=$1
wanted=$(dirname "$0")/requirements.txt
[ -x "$venv/bin/python" ] && cmp -s "$wanted" "$venv/requirements.txt" && exit 0
python3.11 -c 'import ensurepip, venv' 2>/dev/null || {
	echo "tools.sh: the training needs Python 3.11 with venv: apt-get install python3.11-venv" >&2
	exit 5
}
rm -rf "$venv"
python3.11 -m venv "$venv"
"$venv/bin/pip" install -q --require-hashes --only-binary=:all: -r "$wanted"
cp "$wanted" "$venv/requirements.txt"
