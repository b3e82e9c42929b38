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
