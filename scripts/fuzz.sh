#!/usr/bin/env bash
# Runs each fuzzer for some seconds (60) on what it found before and on its seeds: scripts/fuzz.sh [SECONDS] [TARGET...]
# Needs clang and its libFuzzer (Debian: clang). What it finds stands in build/fuzz/found/TARGET; the first crash ends it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=${1:-60}
shift || true
command -v clang++ >/dev/null || { echo "fuzz.sh: clang++ is needed (apt-get install clang)" >&2; exit 1; }
cmake --preset fuzz --log-level=WARNING
cmake --build --preset fuzz
[ $# -gt 0 ] || set -- $(cd build/fuzz/tests/fuzz && printf '%s\n' mnemic_fuzz_* | sed 's/^mnemic_fuzz_//')

for target in "$@"; do
  program=build/fuzz/tests/fuzz/mnemic_fuzz_$target
  found=build/fuzz/found/$target
  kept=tests/fuzz/corpus/$target
  mkdir -p "$found"
  "$program" --seeds "$found"
  printf '\n==> %s, %s seconds\n' "$target" "$seconds"
  # Address space is not limited: the sanitizers reserve much of it. A single run of ten seconds is a hang.
  "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$found-" "$found" $([ -d "$kept" ] && echo "$kept") 2>&1 | tail -n 12
done
