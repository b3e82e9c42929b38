# A skill is taught, shown when it is asked for, and counted by what is said of it afterwards.
source "$(dirname "$0")/helpers.sh"

printf '/skills\n/skills fly\n/remember how to reset the router: pull the plug, wait a minute, then plug it in\n/skills\n' | say --store X
holds "I know no skills yet."
holds "I know no way to fly"
holds "Learned: reset the router — pull the plug → wait a minute → plug it in"
holds "not tried yet"

printf 'How do I reset the router?\nThat worked, thanks!\nThat worked.\n/why\n' | say --store X
holds "[1] reset the router — pull the plug"
holds "Good. I recorded that it worked."
[ "$(grep -c 'worked 1 of 1' out)" = 1 ] || fail "it was not counted once:"

printf "How do I reset the router?\nit didn't work\nhow can I reset my router\nThat worked\n/skills\n/skills restart the router\n" | say --store X
holds "I recorded that it did not work."
holds "worked 1 of 2"
holds "worked 2 of 3"
grep -qE 'worked 2 of 3, so at least 21 % of the time' out || fail "no bound:"
grep -qE 'like it by [0-9.]+' out || fail "no skill for a goal that is worded differently:"

# Of two ways the one that is known to work comes first.
printf '/remember how to reset the router: shout at it\nHow do I reset the router?\n' | say --store X
holds "[1] reset the router — pull the plug"
holds "[2] reset the router — shout at it"

id=$(printf '/skills\n' | "$CHATBOT" --store X | awk '/shout/ {print $1}')
printf 'How do I shout at the router?\n/forget %s\nThat worked.\n/skills\n/timeline 2\n' "$id" | say --store X
holds "Forgotten: reset the router — shout at it"
[ "$(grep -c 'shout at it' out)" = 2 ] || fail "it is still there:"
holds "you: That worked."
