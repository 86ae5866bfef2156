"""Puts what bench/gpu/check found side by side: table.py FOLDER writes FOLDER/summary.json and FOLDER/summary.txt and prints
the latter. A goal that was not measured is said to be so."""

import json
import pathlib
import sys

# (what, ours, peer, its precision here, goal): how many times as fast as the peer
GOALS = [
    ("round 50 x 3 x 64, own seeds", "a", "bf16", 10.0),
    ("round 50 x 12 x 16, own seeds", "a", "bf16", 10.0),
    ("round 50 x 3 x 64, own seeds", "b", "bf16", 2.0),
    ("round 50 x 12 x 16, own seeds", "b", "bf16", 2.0),
    ("round 50 x 3 x 64, shared seeds", "b", "bf16", 1.3),
    ("round 50 x 12 x 16, shared seeds", "b", "bf16", 1.3),
    ("round 50 x 3 x 64, own seeds", "a", "fp32", 1.5),
    ("round 50 x 12 x 16, own seeds", "a", "fp32", 1.5),
    ("local epoch, batch 64", "b", "bf16", 1.2),
]


def lines(path):
    if not path.exists():
        return []
    found = []
    for line in path.read_text().splitlines():
        if line.startswith("{"):
            found.append(json.loads(line))
    return found


def best(findings, name, precision):
    """Images a second of the fastest number of lanes."""
    rates = [
        f["images_per_s"]
        for f in findings
        if f.get("name") == name and f.get("precision") == precision and "images_per_s" in f
    ]
    return max(rates) if rates else None


def rate_of(peer, name):
    rates = [f["images_per_s"] for f in peer if f.get("name") == name]
    return rates[0] if rates else None


def goals(ours, peers):
    rows = []
    for name, peer, precision, goal in GOALS:
        mine, theirs = best(ours, name, precision), rate_of(peers[peer], name)
        ratio = mine / theirs if mine and theirs else None
        rows.append(
            {"name": name, "precision": precision, "images_per_s": mine, "peer": peer,
             "peer_images_per_s": theirs, "ratio": ratio, "goal": goal,
             "met": None if ratio is None else ratio >= goal}
        )  # fmt: skip
    return rows


def peak_shares(ours, peer):
    """Rounds of shared seeds in bf16 as a share of the measured matrix peak; two forward passes an image."""
    peaks = [f["flop_per_s"] for f in peer if f.get("name") == "matrix peak"]
    rows = []
    for f in ours:
        if f.get("precision") == "bf16" and "shared seeds" in f["name"] and "images_per_s" in f:
            share = 2 * f["flop_per_image"] * f["images_per_s"] / peaks[0] if peaks else None
            rows.append({"name": f["name"], "share": share, "goal": 0.4})
    return rows


def text_of(value, form):
    return "-" if value is None else format(value, form)


def report(summary):
    out = [summary["machine"].strip(), "", "steps"]
    for step in summary["steps"]:
        out.append(f"  {step['step']:<12} {'passed' if step['exit_code'] == 0 else 'FAILED'}")
    out += ["", "bounds that do not hold"]
    broken = [f for f in summary["program"] if f.get("holds") is False]
    out += [f"  {f['step']}: {f['name']}: {f['value']:.3g}" for f in broken] or ["  none of those measured"]
    out += ["", f"{'kernels':<36} {'median us':>10} {'GB/s':>8} {'of copy':>8}"]
    for f in summary["throughput"]:
        rate, share = f.get("gb_per_s"), f.get("of_copy")
        out.append(f"  {f['name']:<34} {f['median_us']:>10.1f} {text_of(rate, '8.0f'):>8} {text_of(share, '8.2f'):>8}")
    out += ["", f"{'program':<36} {'precision':>9} {'lanes':>5} {'images/s':>10}"]
    for f in summary["program"]:
        if "images_per_s" in f:
            out.append(f"  {f['name']:<34} {f['precision']:>9} {f['lanes']:>5} {f['images_per_s']:>10.0f}")
    head = f"{'beside the peers':<36} {'precision':>9} {'images/s':>10} {'peer':>4} {'images/s':>10} {'ratio':>6} {'goal':>6}"
    out += ["", head]
    for g in summary["goals"]:
        verdict = {None: "not measured", True: "met", False: "NOT MET"}[g["met"]]
        out.append(
            f"  {g['name']:<34} {g['precision']:>9} {text_of(g['images_per_s'], '.0f'):>10} {g['peer']:>4} "
            f"{text_of(g['peer_images_per_s'], '.0f'):>10} {text_of(g['ratio'], '.2f'):>6} {g['goal']:>6.1f} {verdict}"
        )
    out += ["", "share of the measured bf16 matrix peak (goal 0.40)"]
    out += [f"  {s['name']:<34} {text_of(s['share'], '.3f')}" for s in summary["peak_shares"]] or ["  not measured"]
    return "\n".join(out) + "\n"


def main():
    folder = pathlib.Path(sys.argv[1])
    machine = folder / "machine.txt"
    ours = lines(folder / "program.json")
    peers = {"a": lines(folder / "peer-a.json"), "b": lines(folder / "peer-b.json")}
    summary = {
        "machine": machine.read_text() if machine.exists() else "unknown machine",
        "steps": lines(folder / "steps.json"),
        "program": ours,
        "throughput": lines(folder / "throughput.json"),
        "peers": peers,
        "goals": goals(ours, peers),
        "peak_shares": peak_shares(ours, peers["b"]),
    }
    (folder / "summary.json").write_text(json.dumps(summary, indent=1) + "\n")
    text = report(summary)
    (folder / "summary.txt").write_text(text)
    print(text, end="")


if __name__ == "__main__":
    main()
