# SPDX-License-Identifier: Apache-2.0
"""What a recall costs more through Python than in C++: the same queries on the same file, in turns. Prints medians."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import mnemic


def run_cpp(program: str, file: Path, queries: int) -> dict[str, Any]:
    done = subprocess.run([program, str(file), str(queries)], check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def run_python(file: Path, queries: list[str]) -> float:
    with mnemic.open(file) as store:
        scope = store.scope("bench")
        times = []
        for timed in (False, True):  # the first time loads the partition and warms up
            for query in queries:
                start = time.perf_counter_ns()
                scope.recall(query, k=10)
                if timed:
                    times.append((time.perf_counter_ns() - start) / 1000)
        return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recall_bench", help="the program, built with -DMNEMIC_BUILD_BENCH=ON")
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    cpp, python = [], []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.db"
        for _ in range(arguments.rounds):
            answer = run_cpp(arguments.recall_bench, file, arguments.queries)
            cpp.append(answer["median_us"])
            python.append(run_python(file, answer["queries"]))
    figures = {"cpp_us": statistics.median(cpp), "python_us": statistics.median(python)}
    figures["overhead_us"] = figures["python_us"] - figures["cpp_us"]
    if arguments.json:
        print(json.dumps({name: round(value, 2) for name, value in figures.items()}))
    else:
        print("C++ {cpp_us:.1f} µs, Python {python_us:.1f} µs, {overhead_us:.1f} µs more".format(**figures))


if __name__ == "__main__":
    main()
