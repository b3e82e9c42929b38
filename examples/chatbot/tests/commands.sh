# /why, /timeline, /stats and /help say what they should, and bad input to them is no error.
source "$(dirname "$0")/helpers.sh"

printf 'My sister is called Clara.\nThe bus was late.\n' | say --store X --session monday
printf '/why\nWho is my sister?\n/why\n/why 1\n/why 9\n/why zebra\n/timeline\n/timeline 1\n/timeline x\n/stats\n/help\n/dance\n/forget\n' |
  say --store X --session tuesday
holds "Ask me something first"
grep -qE '[0-9]\.[0-9]+ = words [0-9.]+ \(bm25 [0-9.]+, 1st\)' out || fail "no score parts:"
holds "searched for: sister"
[ "$(grep -n 'you: My sister' out | head -1 | cut -d: -f1)" -lt "$(grep -n 'you: The bus' out | head -1 | cut -d: -f1)" ] ||
  fail "the timeline is not in order:"
holds "The last answer cited [1]"
holds "That is neither a number nor an id"
holds "monday"
holds "tuesday"
holds "1 of 6 turns"
holds "/timeline N shows"
# six turns, the fact that the sister is Clara, and each talk as an episode
holds "memories              9 in 2 sessions and 1 namespaces"
holds "I do not know /dance."
holds "Which one?"

id=$(grep 'The bus was late' out | head -1 | awk '{print $1}')
printf 'Who is my sister?\n/why %s\n' "$id" | say --store X
grep -qE 'not_nominated|below_cut|hit' out || fail "no verdict for a miss:"
holds "matched: nothing"
