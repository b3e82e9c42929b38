# Sourced by every test of the chatbot, which is run as `bash NAME.sh CHATBOT`. Each has a directory of its own, removed
# when it passes and named when it does not.
set -euo pipefail

CHATBOT=$1
directory=$(mktemp -d "${TMPDIR:-/tmp}/mnemic-chatbot-test-XXXXXX")
export TMPDIR=$directory  # the demonstration's own file goes there too
cleanup() {
  local code=$?
  if [ $code -eq 0 ]; then rm -rf "$directory"; else echo "kept: $directory"; fi
}
trap cleanup EXIT
TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$directory"

# say ARGUMENTS...: runs the chatbot on the lines of standard input; what it prints is in the file `out`.
say() { "$CHATBOT" --zone UTC "$@" >out 2>&1 || fail "the chatbot ended with exit code $?"; }
fail() {
  echo "FAILED: $*"
  cat out
  exit 1
}
holds() { grep -qF -- "$1" out || fail "\"$1\" is not in the output:"; }
lacks() { ! grep -qF -- "$1" out || fail "\"$1\" is in the output:"; }

# A chatbot that goes on while a test looks at it. `start NAME ARGUMENTS...` starts it, `tell NAME LINE` types a line,
# `await NAME TEXT` reads on until TEXT has been printed (what was read is in the file `out`), `process NAME` is its id,
# `finish NAME` ends its input and waits until it has ended well.
declare -A process_of input_of output_of
start() {
  local name=$1 in out
  shift
  mkfifo "$name.in" "$name.out"
  # Without the ends that this shell holds of others: they would never see the end of their input.
  (
    for fd in "${input_of[@]}" "${output_of[@]}"; do exec {fd}>&-; done
    exec "$CHATBOT" --zone UTC "$@" <"$name.in" >"$name.out" 2>&1
  ) &
  process_of[$name]=$!
  exec {in}>"$name.in" {out}<"$name.out"
  rm "$name.in" "$name.out"
  input_of[$name]=$in
  output_of[$name]=$out
}
tell() { printf '%s\n' "$2" >&"${input_of[$1]}"; }
await() {
  local seen="" letter
  while [[ $seen != *"$2"* ]]; do
    IFS= read -r -N 1 -u "${output_of[$1]}" letter || fail "$1 ended and never printed \"$2\":"
    seen+=$letter
    printf '%s' "$letter" >>out
  done
}
process() { echo "${process_of[$1]}"; }
finish() {
  local name=$1 in=${input_of[$1]} out=${output_of[$1]}
  exec {in}>&-
  cat <&"$out" >>out
  exec {out}<&-
  unset "input_of[$name]" "output_of[$name]"
  wait "${process_of[$1]}" || fail "$1 ended with exit code $?"
}

# The short id that a line of `out` with this text begins with.
id_of() { grep -F -- "$1" out | head -1 | awk '{print $1}'; }
