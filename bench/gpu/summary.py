"""Puts what bench/gpu/check found side by side, in a table and as JSON. A goal that was not measured is said to be so."""

import json

# (what, ours, peer, its precision here, goal): how many times as fast as the peer
GOALS = [
    ("round 50 x 3 x 64, own seeds", "a", "bf16", 10.0),
    ("round 50 x 12 x 16, own seeds", "a", "bf16", 10.0),
    ("round 50 x 3 x 64, own seeds", "b", "bf16", 2.0),
    ("round 50 x 12 x 16, own seeds", "b", "bf16", 2.0),
    ("round 50 x 3 x 64, shared seeds", "b", "bf16", 1.3),
    ("round 50 x 12 x 16, shared seeds", "b", "bf16", 1.3),
    ("round 50 x 3 x 64, own seeds", "a", "tf32", 1.5),  # its convolutions use TF32, too
    ("local epoch, batch 64", "b", "bf16", 1.2),
]
PEERS = {"mezo-eager": "a", "tuned": "b"}


class Found:
    """All lines that the steps have written."""

    def __init__(self, lines, machine, profile):
        self.lines = lines
        self.machine = machine
        self.profile = profile

    def of(self, *steps):
        return [line for line in self.lines if line.get("step") in steps]

    def broken(self):
        return [line for line in self.lines if line.get("holds") is False]


def lines_of(file, step=None):
    found = []
    for text in file.read_text(errors="replace").splitlines():
        if text.startswith("{"):
            try:
                line = json.loads(text)
            except ValueError:
                continue  # the last one, of a step that ran out of time
            if step is not None:
                line["step"] = step
            found.append(line)
    return found


def read(folder):
    """What is in the check's folder so far."""
    lines = []
    files = sorted(folder.glob("findings-*.jsonl"), key=lambda file: int(file.stem.split("-")[1]))
    for file in files:
        lines += lines_of(file)
    for file in sorted(folder.glob("peer-*.jsonl")):
        lines += lines_of(file, "torch")
    if (folder / "throughput.jsonl").exists():
        lines += lines_of(folder / "throughput.jsonl", "flat kernels")
    text = {
        name: (folder / name).read_text(errors="replace") if (folder / name).exists() else ""
        for name in ("machine.txt", "commit.txt", "profile.txt")
    }
    machine = text["machine.txt"].strip() or "no GPU that nvidia-smi knows"
    return Found(lines, f"{machine}\nZOWarmUp {text['commit.txt'].strip()}", text["profile.txt"])


def best(findings, name, precision):
    """Images a second of the fastest number of lanes."""
    rates = [
        f["images_per_s"]
        for f in findings
        if f.get("name") == name and f.get("precision") == precision and "images_per_s" in f
    ]
    return max(rates) if rates else None


def goals(found):
    rows = []
    for name, peer, precision, goal in GOALS:
        mine = best(found.of("throughput"), name, precision)
        theirs = [
            f["images_per_s"] for f in found.of("torch") if f.get("name") == name and PEERS.get(f["peer"]) == peer
        ]
        ratio = mine / theirs[0] if mine and theirs else None
        rows.append(
            {"name": name, "precision": precision, "images_per_s": mine, "peer": peer,
             "peer_images_per_s": theirs[0] if theirs else None, "ratio": ratio, "goal": goal,
             "met": None if ratio is None else ratio >= goal}
        )  # fmt: skip
    return rows


def peak_shares(found):
    """Rounds of shared seeds in bf16 as a share of the measured matrix peak; two forward passes an image."""
    peaks = [f["flop_per_s"] for f in found.of("torch") if f.get("name") == "matrix peak"]
    rows = []
    for f in found.of("throughput"):
        if f.get("precision") == "bf16" and "shared seeds" in f["name"] and "images_per_s" in f:
            share = 2 * f["flop_per_image"] * f["images_per_s"] / max(peaks) if peaks else None
            rows.append({"name": f"{f['name']}, {f['lanes']} lanes", "share": share, "goal": 0.4})
    return rows


def text_of(value, form):
    return "-" if value is None else format(value, form)


def table_of_steps(steps, left_out):
    out = ["steps"]
    for step in steps:
        verdict = "passed" if step["failed"] is None else "FAILED: " + step["failed"][:300]
        out.append(f"  {step['step']:<10} {step['seconds']:>5.0f} s  {verdict}")
    if left_out:
        out.append(f"  left out for want of time: {' '.join(left_out)} (run check again with --steps {','.join(left_out)})")
    return out


def table_of_algorithms(found):
    lines = found.of("smoke")
    if not lines:
        return []
    out = ["", f"{'convolutions by cuDNN':<78} {'tried':>5} {'ran':>4} {'taken':>6} {'math':>4} {'us':>8} {'MB':>7}"]
    for line in lines:
        tried = line.get("candidates", [])
        ran = [c for c in tried if c["status"] == "ran"]
        taken = [c for c in tried if c.get("taken")]
        t = taken[0] if taken else None
        figures = f"{t['algorithm']:>6} {t['math']:>4} {t['us']:>8.1f} {t['workspace'] / 1e6:>7.1f}" if t else "  NONE"
        out.append(f"  {line['name']:<76} {len(tried):>5} {len(ran):>4} {figures}")
        if not taken:
            out += [f"      {c['algorithm']} math {c['math']}: {c['status']}" for c in tried]
            out += [f"      {line['error']}"] if "error" in line else []
    return out


def report(found, steps, left_out):
    out = [*found.machine.splitlines(), "", *table_of_steps(steps, left_out)]
    out += ["", "bounds that do not hold"]
    broken = found.broken()
    out += [f"  {f['step']}: {f['name']}: {f['value']:.3g}" for f in broken] or ["  none of those measured"]
    errors = [f for f in found.lines if "error" in f and f.get("step") != "smoke"]
    if errors:
        out += ["", "what could not be run", *(f"  {f['step']}: {f['name']}: {f['error'][:300]}" for f in errors)]
    out += table_of_algorithms(found)
    out += ["", f"{'flat kernels':<36} {'median us':>10} {'GB/s':>8} {'of copy':>8}"]
    for f in found.of("flat kernels"):
        rate, share = f.get("gb_per_s"), f.get("of_copy")
        out.append(f"  {f['name']:<34} {f['median_us']:>10.1f} {text_of(rate, '8.0f'):>8} {text_of(share, '8.2f'):>8}")
    out += ["", f"{'program':<36} {'precision':>9} {'lanes':>5} {'images/s':>10} {'median ms':>10}"]
    for f in found.of("throughput"):
        if "images_per_s" in f:
            rate, time = f["images_per_s"], 1000 * f["median_s"]
            out.append(f"  {f['name']:<34} {f['precision']:>9} {f['lanes']:>5} {rate:>10.0f} {time:>10.2f}")
    out += ["", f"{'PyTorch':<52} {'precision':>13} {'images/s':>10} {'median ms':>10} {'TFLOP/s':>8}"]
    for f in found.of("torch"):
        if "median_s" in f:
            flops = f.get("flop_per_s")
            out.append(
                f"  {f['peer'] + ': ' + f['name']:<50} {f.get('precision', ''):>13} {f.get('images_per_s', 0):>10.0f} "
                f"{1000 * f['median_s']:>10.3f} {text_of(flops and flops / 1e12, '8.1f'):>8}"
            )
    head = f"{'beside the peers':<36} {'precision':>9} {'images/s':>10} {'peer':>4} {'images/s':>10} {'ratio':>6} {'goal':>6}"
    out += ["", head]
    for g in goals(found):
        verdict = {None: "not measured", True: "met", False: "NOT MET"}[g["met"]]
        out.append(
            f"  {g['name']:<34} {g['precision']:>9} {text_of(g['images_per_s'], '.0f'):>10} {g['peer']:>4} "
            f"{text_of(g['peer_images_per_s'], '.0f'):>10} {text_of(g['ratio'], '.2f'):>6} {g['goal']:>6.1f} {verdict}"
        )
    out += ["", "share of the measured bf16 matrix peak (goal 0.40)"]
    out += [f"  {s['name']:<44} {text_of(s['share'], '.3f')}" for s in peak_shares(found)] or ["  not measured"]
    if found.profile:
        out += ["", "time of each step of a network", found.profile.rstrip()]
    return "\n".join(out) + "\n"


def write(folder, steps, left_out, found):
    """Writes summary.json and summary.txt and returns the latter."""
    summary = {
        "machine": found.machine,
        "steps": steps,
        "left_out": left_out,
        "broken": found.broken(),
        "goals": goals(found),
        "peak_shares": peak_shares(found),
    }
    (folder / "summary.json").write_text(json.dumps(summary, indent=1) + "\n")
    text = report(found, steps, left_out)
    (folder / "summary.txt").write_text(text)
    return text
