"""From a file and what was chosen for it to a signed pack."""

import copy
import json
import pathlib
import shutil
import subprocess

import convert
import residual
import settings


def manifest(template, kind, decided, file, provenance):
    """The manifest's text for one kind of file."""
    m = copy.deepcopy(template)
    out = m["output"]
    out["temperature"] = decided["temperature"]
    for label, threshold in decided["thresholds"].items():
        out["classes"][label]["threshold"] = threshold
    check = decided["unlike"]
    limit = check["limit"]
    out["out_of_distribution"] = {
        "method": "feature_residual", "limit": limit, "features": 1280, "directions": check["directions"],
        "transform": residual.TRANSFORM,
        "tolerance": round(limit * (0.001 if kind == "float" else 0.05), 5),
    }
    if kind == "int8":
        m["input"]["dtype"] = "int8"
        # One step of a logit moves a probability by a quarter of it, at most.
        m["golden_tolerance"] = round(min(0.05, file.step() / decided["temperature"] / 4), 5)
    m["provenance"] = provenance
    return m


def known(folder, val_folder, val, unlike_folder, rows, per_label):
    """A folder of pictures for the known answers: some of each label, and some that are no dermoscopy. None is given its label there:
    what is kept is some of each answer, not some of each truth, so that every answer which a box may give is known."""
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sources = []
    for number in range(len(settings.LABELS)):
        sources += [pathlib.Path(val_folder) / val.paths[i] for i in [i for i, t in enumerate(val.truth) if t == number][:per_label]]
    reported = [r for r in rows if r[2] == "report"]
    for kind in sorted({r[1] for r in reported}):
        sources += [pathlib.Path(unlike_folder) / path for path, k, _ in reported if k == kind][:2]
    text = "path,label,tone\n"
    for i, source in enumerate(sources):
        shutil.copyfile(source, folder / f"{i:03d}.jpg")
        text += f"{i:03d}.jpg,,\n"
    (folder / "labels.csv").write_text(text)
    return folder


def build(programs, folder, template, kind, decided, content, check, card, provenance, known_folder, key, out):
    """Writes the pack's folder and has dermboxctl record the known answers, check and sign."""
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "model.tflite").write_bytes(content)
    (folder / "features.bin").write_bytes(check.bytes())
    (folder / "card.md").write_text(card)
    text = json.dumps(manifest(template, kind, decided, convert.File(content), provenance), indent=1)
    (folder / "manifest.json").write_text(text + "\n")
    call = [pathlib.Path(programs) / "dermboxctl", "model", "pack", folder, "--images", known_folder, "--each", "2", "--key", key, "--out", out]
    subprocess.run(call, check=True)
