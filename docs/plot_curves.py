#!/usr/bin/env python3
"""Draws test accuracy over rounds from a run folder's metrics.csv (needs matplotlib).

    python3 docs/plot_curves.py RUN_FOLDER OUT.png
"""
import csv
import sys
from collections import defaultdict

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

LABELS = {"zowarmup": "ZOWarmUp", "high-res-only": "High-Res-Only"}
COLOURS = {"zowarmup": "#1b6ca8", "high-res-only": "#c8553d"}


def main(folder, out):
    curves = defaultdict(lambda: defaultdict(dict))
    pivot = 0
    with open(f"{folder}/metrics.csv", newline="") as file:
        for row in csv.DictReader(file):
            if row["method"] == "zowarmup" and row["phase"] == "warmup":
                pivot = max(pivot, int(row["round"]))
            if row["testAccuracy"]:
                accuracy = 100 * float(row["testAccuracy"])
                curves[row["method"]][row["seed"]][int(row["round"])] = accuracy
    figure, axes = plt.subplots(figsize=(8, 4.2), dpi=120)
    for method, seeds in curves.items():
        rounds = sorted(next(iter(seeds.values())))
        for values in seeds.values():
            axes.plot(rounds, [values[r] for r in rounds], color=COLOURS[method], alpha=0.25, lw=0.9)
        means = [sum(v[r] for v in seeds.values()) / len(seeds) for r in rounds]
        label = f"{LABELS[method]} (mean of {len(seeds)} seeds)"
        axes.plot(rounds, means, color=COLOURS[method], lw=2.2, label=label)
    axes.axvline(pivot, color="#555555", lw=1, ls="--")
    axes.annotate("pivot", (pivot, 27), xytext=(pivot + 4, 27), color="#555555")
    axes.set_xlabel("round")
    axes.set_ylabel("test accuracy, %")
    axes.set_ylim(25, 85)
    axes.grid(alpha=0.25)
    axes.legend(loc="lower right", frameon=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(out)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
