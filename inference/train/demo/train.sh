#!/bin/sh
# Makes the demonstration model's pack of labelled photographs. Broken off, it goes on where it was.
#
# usage: inference/train/demo/train.sh DATA [WORK]        `make train-demo DATA=DIR` calls it
#        inference/train/demo/train.sh --smoke [WORK]     the whole chain on a dozen drawings, for CI
# Needs: `make build`, Python 3.11 with venv. Some 75 minutes on two cores and 3 GB of memory; the tools take 2 GB of disk.
set -eu
cd "$(dirname "$0")/../../.."
repo=$PWD
demo=$repo/inference/train/demo
bin=$repo/build/bin
export DERMBOX_TFLITE="${DERMBOX_TFLITE:-$repo/build/lib/libtensorflowlite_c.so}"
export PYTHONDONTWRITEBYTECODE=1 TF_CPP_MIN_LOG_LEVEL=2 PYTHONWARNINGS=ignore

tools() { "$repo/inference/train/tools.sh" "$1" "$demo/requirements.txt"; }

if [ "$1" = --smoke ]; then
	work=${2:-build/train-demo-smoke}
	venv=${TRAIN_VENV:-build/train-venv}
	rm -rf "$work" && mkdir -p "$work/data"
	tools "$venv"
	# Twelve drawings stand for photographs: the labels are the same, and the chain does not know.
	split=train
	echo "split,image_id,path,dx" >"$work/data/labels.csv"
	for seeds in 1-4 900001-900004; do
		"$bin/dermbox-imaging" dataset --out "$work/data/$split" --seeds "$seeds" >/dev/null
		tail -n +2 "$work/data/$split/labels.csv" | awk -F, -v part="$split" \
			'$2 != "none" { name = $1; sub(/\..*/, "", name); print part "," part "-" name "," part "/" $1 "," $2 }' >>"$work/data/labels.csv"
		split=val
	done
	"$venv/bin/python" -m unittest discover -s "$demo"
	"$venv/bin/python" "$demo/train_demo.py" --data "$work/data" --work "$work" --out "$work/demonstration.dermpack" --proof "$work/proof" --smoke
	"$bin/dermboxctl" model inspect "$work/demonstration.dermpack"
	exit
fi

data=$1
work=${2:-build/train-demo}
venv=${TRAIN_VENV:-build/train-venv}
[ -f "$data/labels.csv" ] || {
	echo "train.sh: $data has no labels.csv: DATA is the folder with labels.csv (split,image_id,path,dx) and its pictures" >&2
	exit 4
}
tools "$venv"
"$venv/bin/python" "$demo/train_demo.py" --data "$data" --work "$work" --out "$work/demonstration.dermpack" --proof "$work/proof"
cat <<END

Next: cp $work/demonstration.dermpack firmware/demo/signed/demonstration.dermpack
      cp $work/proof/*.csv $work/proof/*.json $work/proof/*.jsonl docs/proof/demonstration-model/
      cp $work/proof/card.md docs/model-card.md
END
