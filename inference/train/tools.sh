#!/bin/sh
# Puts the Python tools that train and convert models into a venv, every wheel by its hash.  usage: tools.sh VENV [MORE]
# MORE is a requirements file of packages that are installed without their dependencies, as demo/requirements.txt.
set -eu
venv=$1
wanted=$(dirname "$0")/requirements.txt
more=${2:-}
repo=$(cd "$(dirname "$0")/../.." && pwd)
installed=$venv/requirements.txt
[ -z "$more" ] || installed=$venv/requirements-more.txt
[ -x "$venv/bin/python" ] && cat "$wanted" ${more:+"$more"} | cmp -s - "$installed" && exit 0
has_python() { python3.11 -c 'import ensurepip, venv' 2>/dev/null; }
has_python || "$repo/firmware/setup/apt.sh" "$repo/build" python3-venv
has_python || {
	echo "tools.sh: the training needs Python 3.11 with venv: Debian 12 has it as python3-venv" >&2
	exit 5
}
echo "fetching the tools of the training (about 300 MB, 2 GB on disk, some minutes; nothing of them is shipped)"
if ! { [ -x "$venv/bin/python" ] && cmp -s "$wanted" "$venv/requirements.txt"; }; then
	rm -rf "$venv"
	python3.11 -m venv "$venv"
	"$venv/bin/pip" install -q --require-hashes --only-binary=:all: -r "$wanted"
	cp "$wanted" "$venv/requirements.txt"
fi
[ -n "$more" ] || exit 0
"$venv/bin/pip" install -q --require-hashes --only-binary=:all: --no-deps -r "$more"
cat "$wanted" "$more" >"$installed"
