#!/bin/sh
# Makes the simulation pack from this repository alone: draws, prepares, trains, converts, records known answers,
# measures on unseen drawings, signs with the demonstration's model key. Some 20 minutes on two cores.
#
# usage: inference/train/simulation.sh [WORK]      WORK defaults to build/simulation; finished steps are kept there
# Needs: Go, OpenCV (as for the imaging worker), Python 3.11, the TFLite library in build/lib (or DERMBOX_TFLITE).
set -eu
cd "$(dirname "$0")/../.."
repo=$PWD
work=${1:-build/simulation}
mkdir -p "$work" && work=$(cd "$work" && pwd)
train=$repo/inference/train
key=$repo/firmware/keyring/demo/model.key.pem
out=$repo/firmware/demo/signed/simulation.dermpack
export DERMBOX_TFLITE="${DERMBOX_TFLITE:-$repo/build/lib/libtensorflowlite_c.so}"
export PYTHONDONTWRITEBYTECODE=1 TF_CPP_MIN_LOG_LEVEL=2

# Seeds of the three sets must not meet.
train_seeds=1-700
validation_seeds=100001-100250
test_seeds=200001-200100

step() { printf '\n== %s\n' "$*"; }

step "programs"
go build -tags opencv,gocv_specific_modules,gocv_videoio -o "$work/dermbox-imaging" ./cmd/dermbox-imaging
go build -o "$work/dermbox-inference" ./cmd/dermbox-inference
go build -o "$work/dermbox-demo" ./cmd/dermbox-demo

step "Python tools, by hash"
"$train/tools.sh" "$work/venv"

draw() { # name seeds
	step "drawings: $1, seeds $2"
	if [ "$(cat "$work/$1/seeds" 2>/dev/null)" != "$2" ]; then
		rm -rf "${work:?}/$1"
		"$work/dermbox-imaging" dataset --out "$work/$1" --seeds "$2"
		echo "$2" >"$work/$1/seeds"
	fi
}

prepare() { # name
	"$work/dermbox-inference" prepare --images "$work/$1" --manifest "$train/simulation.manifest.json" \
		--out "$work/$1/pictures.npy"
}

draw train $train_seeds
draw validation $validation_seeds
prepare train
prepare validation

step "training"
"$work/venv/bin/python" "$train/train_simulation.py" --train "$work/train" --validation "$work/validation" \
	--manifest "$train/simulation.manifest.json" --out "$work/pack"

step "known answers"
"$work/dermbox-inference" golden --dir "$work/pack" --images "$work/validation"

# The figures go into the card, so the pack is made twice: to be measured, and with what was measured.
step "measuring on unseen drawings"
echo "Not measured yet." >"$work/pack/card.md"
"$work/dermbox-inference" pack --dir "$work/pack" --key "$key" --out "$work/draft.dermpack"
# Through the whole line: the simulated dermatoscope's stream, the camera worker, its JPEG, the decoder and the model's worker.
"$work/dermbox-demo" evaluate --root "$repo" --bin "$work" --pack "$work/draft.dermpack" --first-seed "${test_seeds%-*}" --seeds 100 \
	--json >"$work/report.json"
"$work/venv/bin/python" "$train/card.py" --template "$train/card.md.in" --manifest "$work/pack/manifest.json" \
	--report "$work/report.json" --seeds $test_seeds --out "$work/pack/card.md"

step "the pack"
mkdir -p "$(dirname "$out")"
"$work/dermbox-inference" pack --dir "$work/pack" --key "$key" --out "$out"
cat "$work/pack/card.md"
