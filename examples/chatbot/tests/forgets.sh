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
