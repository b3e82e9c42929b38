# SPDX-License-Identifier: Apache-2.0
"""How much faster four Python threads recall than one, on one store: the same queries, in turns. Prints medians."""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import threading
import time
from pathlib import Path

import mnemic

WORDS = "train seat hotel coffee budget meeting garden doctor music recipe paint letter summer bridge camera market".split()
THREADS = 4


def seconds(scope: mnemic.Scope, queries: list[str], threads: int) -> float:
    """Until all of the queries are answered."""
    ready = threading.Barrier(threads + 1)

    def work(mine: list[str]) -> None:
        ready.wait()
        for query in mine:
            scope.recall(query, k=10)

    started = [threading.Thread(target=work, args=(queries[n::threads],)) for n in range(threads)]
    for thread in started:
        thread.start()
    ready.wait()
    begin = time.perf_counter()
    for thread in started:
        thread.join()
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--memories", type=int, default=2000)
    parser.add_argument("--queries", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    chance = random.Random(7)
    one, several = [], []
    with tempfile.TemporaryDirectory() as folder, mnemic.open(Path(folder) / "bench.db") as store:
        scope = store.scope("bench")
        scope.put_many([f"Note {n} about {' '.join(chance.choices(WORDS, k=8))}" for n in range(arguments.memories)])
        queries = [" ".join(chance.choices(WORDS, k=3)) for _ in range(arguments.queries)]
        seconds(scope, queries, THREADS)  # loads the partition and makes the read connections
        for _ in range(arguments.rounds):
            one.append(seconds(scope, queries, 1))
            several.append(seconds(scope, queries, THREADS))
    figures = {
        "one_thread_per_s": arguments.queries / statistics.median(one),
        "four_threads_per_s": arguments.queries / statistics.median(several),
        "ratio": statistics.median(one) / statistics.median(several),
    }
    if arguments.json:
        print(json.dumps({name: round(value, 2) for name, value in figures.items()}))
    else:
        print("1 thread {one_thread_per_s:.0f}/s, 4 threads {four_threads_per_s:.0f}/s: {ratio:.2f} times".format(**figures))


if __name__ == "__main__":
    main()
