#!/bin/sh
# The worked example of docs/models.md, from drawings to a signed pack that a box of `make run` can install.
# Some five minutes on two cores, most of them the download of TensorFlow.
#
# usage: inference/train/example.sh [WORK]      WORK defaults to build/example; drawings and tools are kept there
# Needs: `make build`, Python 3.11 with venv.
set -eu
cd "$(dirname "$0")/../.."
repo=$PWD
work=${1:-build/example}
mkdir -p "$work" && work=$(cd "$work" && pwd)
train=$repo/inference/train
bin=$repo/build/bin
export DERMBOX_TFLITE="${DERMBOX_TFLITE:-$repo/build/lib/libtensorflowlite_c.so}"
export PYTHONDONTWRITEBYTECODE=1 TF_CPP_MIN_LOG_LEVEL=2

step() { printf '\n== %s\n' "$*"; }

step "1. Pictures and their labels (here: drawings; yours: a folder with labels.csv of path,label,tone)"
for set in train:1-150 validation:900001-900040; do
	[ -f "$work/${set%%:*}/labels.csv" ] || "$bin/dermbox-imaging" dataset --out "$work/${set%%:*}" --seeds "${set#*:}"
done

step "2. The box's own preparation: decode, crop to the field, resize"
for set in train validation; do
	"$bin/dermbox-inference" prepare --images "$work/$set" --manifest "$train/example.manifest.json" --out "$work/$set/pictures.npy"
done

step "3. Training, thresholds, conversion"
"$train/tools.sh" "$work/venv"
"$work/venv/bin/python" "$train/example.py" --train "$work/train" --validation "$work/validation" \
	--manifest "$train/example.manifest.json" --out "$work/pack"
cp "$train/example.card.md" "$work/pack/card.md"

step "4. Known answers, checks, signature (here: the demonstration's key; yours: dermboxctl key generate)"
"$bin/dermboxctl" model pack "$work/pack" --images "$work/validation" --key "$repo/firmware/keyring/demo/model.key.pem" \
	--out "$work/example.dermpack"

step "5. What a box will make of it"
"$bin/dermboxctl" model inspect "$work/example.dermpack"
mkdir -p "$work/keyring/model" && cp "$repo/firmware/keyring/demo/model.pub" "$work/keyring/model/demo.pub"
"$bin/dermboxctl" model verify "$work/example.dermpack" --keyring "$work/keyring"

step "Next, with \`make run\` in another terminal"
cat <<END
  export DERMBOX_CONFIG=$repo/var/box/dermboxd.yaml
  $bin/dermboxctl model install $work/example.dermpack
  $bin/dermboxctl model activate example/1 --reason worked-example
  $bin/dermboxctl model list
  $bin/dermboxctl model rollback --reason example-done
END
