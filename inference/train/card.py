"""Writes card.md from its template, the manifest and what `dermbox-demo evaluate --json` measured.

usage: card.py --template card.md.in --manifest manifest.json --report report.json --seeds A-B --out card.md
"""

import argparse
import json
import pathlib


def table(rows):
    return "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)


def fill(template, manifest, report, seeds):
    outputs = manifest["output"]["classes"]
    classes = sorted({name for row in report["verdict"].values() for name in row})
    worst = {name: min(group["auc"].values()) for name, group in report["groups"].items()}
    return template.format(
        version=manifest["version"],
        provenance="\n".join(f"* {key}: {value}" for key, value in sorted(manifest["provenance"].items())),
        thresholds="\n".join(f"* `{label}`: {outputs[label]['threshold']}" for label in manifest["output"]["labels"]),
        cases=report["cases"], seeds=seeds, routes=", ".join(f"{route} {n}" for route, n in sorted(report["routes"].items())), engine=report["engine"],
        aucs=table([f"`{label}`", f"{value:.4f}"] for label, value in sorted(report["auc"].items())),
        classes=" | ".join(classes), rule="---|" * len(classes),
        verdicts=table([f"`{truth}`"] + [row.get(c, 0) for c in classes] for truth, row in sorted(report["verdict"].items())),
        tones=", ".join(f"{name.removeprefix('tone ')}: {value:.4f}" for name, value in sorted(worst.items())),
    )


def main():
    parser = argparse.ArgumentParser()
    for name in ["template", "manifest", "report", "out"]:
        parser.add_argument("--" + name, required=True, type=pathlib.Path)
    parser.add_argument("--seeds", required=True)
    args = parser.parse_args()
    manifest, report = json.loads(args.manifest.read_text()), json.loads(args.report.read_text())
    args.out.write_text(fill(args.template.read_text(), manifest, report, args.seeds))


if __name__ == "__main__":
    main()
