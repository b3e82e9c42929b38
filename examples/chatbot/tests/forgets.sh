# /forget makes a memory gone: by its number, by the end of its id, for good, and out of every reply that cited it.
source "$(dirname "$0")/helpers.sh"

printf 'I keep bees in Ohlsdorf.\nMy hives are green.\nWhere do I keep bees?\n/forget 1\n/forget 1\n/why\nWhere do I keep bees?\n' |
  say --store X
holds "[1] I keep bees in Ohlsdorf."
holds "Forgotten: I keep bees in Ohlsdorf."
holds "[1] is forgotten already."
[ "$(grep -c '\[1\] I keep bees' out)" = 1 ] || fail "it was cited after it was forgotten:"

printf 'Where do I keep bees?\n/timeline 100\n' | say --store X
lacks "Ohlsdorf"
holds "My hives are green."

id=$(grep 'My hives are green' out | awk '{print $1}')
printf '/forget %s\n/forget %s\n/timeline\n' "$id" "$id" | say --store X
holds "Forgotten: My hives are green."
holds "I have no such memory."
[ "$(grep -c 'My hives are green' out)" = 1 ] || fail "it is still in the timeline:"

# By a text: everything that says it, questions and what came from it alone too, and shown first. /recover takes it back.
printf 'I live in Porto.\nI moved to Lisbon.\nMy hives are blue.\nWhat colour are my hives?\n/recover\n/forget lisbon\n/facts\n/recover\n/facts\n/recover\n' |
  say --store Y --user Ada
holds "Nothing was forgotten in this talk that could come back."
holds "That is 2 of my memories, and 0 that came from them alone:"
grep -qE '^  [0-9a-f]{8}  I moved to Lisbon\.' out || fail "it does not show the turn before:"
[ "$(grep -n 'That is 2 of' out | cut -d: -f1)" -lt "$(grep -n 'Forgotten: I moved to Lisbon.' out | cut -d: -f1)" ] || fail "shown too late:"
holds "Forgotten: Ada lives in Lisbon"
holds "So again: Ada lives in Porto"
holds "Remembered again: I moved to Lisbon."
holds "Remembered again: Ada lives in Lisbon"
holds "No more so: Ada lives in Porto"
[ "$(grep -c 'Nothing was forgotten in this talk' out)" = 2 ] || fail "it came back twice:"
printf 'Where do I live?\n/facts all\n/forget hives\n/forget zebras\n' | say --store Y --user Ada
holds "[1] Ada lives in Lisbon"
holds "Forgotten: My hives are blue."
holds "Forgotten: What colour are my hives?"
holds "Nothing that I remember says: zebras"

# What came from a turn alone is shown and goes with it, though it does not say the text.
printf 'I am allergic to peanuts.\n/forget I am allergic\n/facts\n/recover\n/facts\n' | say --store Z
holds "That is 1 of my memories, and 1 that came from them alone:"
holds "Forgotten: you are allergic to peanuts"
holds "I know no facts yet."
holds "Remembered again: you are allergic to peanuts"
