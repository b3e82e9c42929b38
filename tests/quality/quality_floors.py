#!/usr/bin/env python3
"""quality_floors.py MNEMIC SOURCE: `mnemic eval` on the labelled sets must not fall below these floors, with the built-in
embedder, with words alone, and with follow-up passes. The data is looked for in $MNEMIC_EVAL_DATA, else in shared/data beside
the checkout."""

import json
import os
import subprocess
import sys
from pathlib import Path

# set: (metric, floor with the built-in embedder, floor without an embedder)
FLOORS = {
    "locomo_dev": ("recall@10", 0.76, 0.74),
    "realtalk_dev": ("recall@10", 0.59, 0.57),
    "beam100k_dev": ("recall@10", 0.54, 0.52),
    "memdaily_zh_dev": ("recall@5", 0.84, 0.84),
    "scifact": ("ndcg@10", 0.69, 0.68),
    "metatool": ("recall@5", 0.69, 0.62),
    "proced_mem": ("ndcg@10", 0.48, 0.43),
}


def main():
    mnemic, source = sys.argv[1], Path(sys.argv[2])
    data = Path(os.environ.get("MNEMIC_EVAL_DATA", source.parent / "shared" / "data"))
    present = [name for name in FLOORS if (data / name / "corpus.jsonl").exists()]
    if not present:
        print("SKIPPED: no evaluation data here; set MNEMIC_EVAL_DATA to a folder that holds " + ", ".join(FLOORS))
        return 77
    below = 0
    for name in present:
        metric, *floors = FLOORS[name]
        runs = (("builtin", "shallow", floors[0]), ("none", "shallow", floors[1]), ("builtin", "multi", floors[0]))
        for embedder, depth, floor in runs:
            answer = subprocess.run([mnemic, "eval", str(data / name), "--embedder", embedder, "--depth", depth, "--bootstrap", "0",
                                     "--json"], check=True, capture_output=True, text=True).stdout
            value = json.loads(answer)[metric]
            below += value < floor
            print(f"{name:16} {embedder:8} {depth:8} {metric:10} {value:.3f} {'<' if value < floor else '>='} {floor}")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
