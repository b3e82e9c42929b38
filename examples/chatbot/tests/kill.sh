# SIGKILL in the middle of a talk loses nothing that was acknowledged, and the talk that it cut is closed at the next start.
source "$(dirname "$0")/helpers.sh"

start talk --store X --session monday
await talk "Hello."
for number in 1 2 3 4 5; do
  tell talk "Crate $number holds quince."
  await talk "I will remember that."
done
tell talk "I live in Porto."
await talk "noted: you live in Porto"
kill -KILL "$(process talk)"
wait "$(process talk)" 2>/dev/null && fail "it ended well"

printf '/timeline\n/facts\n/stats\n' | say --store X --session tuesday
for number in 1 2 3 4 5; do holds "you: Crate $number holds quince."; done
holds "lives in Porto"
holds "talk of monday"
lacks "going on"
