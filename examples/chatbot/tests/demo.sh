# The demonstration ends by itself with exit code 0 and proves that nothing acknowledged was lost, twice on one file.
source "$(dirname "$0")/helpers.sh"

"$CHATBOT" --demo >out 2>&1 </dev/null || fail "exit code $?"
holds "193 turns of 13 sessions"
holds "allergic to peanuts and to lupin"
holds "I don't have anything about that yet."
holds "The hostile flyer is among them, as data"
grep -qE 'PROVED: ([1-9][0-9]*) of \1 acknowledged turns are there' out || fail "no proof:"
! grep -qP '\x1b' out || fail "escape sequences without a terminal:"

for round in 1 2; do
  "$CHATBOT" --demo --store agent.db >out 2>&1 </dev/null || fail "round $round: exit code $?"
  holds "194 of 194 turns of the conversation"
done
