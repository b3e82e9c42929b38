# /remember stores a firm fact, a skill or a note, and makes a noted fact firm; talk does not overrule what is firm.
source "$(dirname "$0")/helpers.sh"

printf '/remember\n/remember I live in Lisbon\n/facts\nI live in Porto.\nWhere do I live?\n' | say --store X --user Ada
holds "What? /remember TEXT"
grep -qE 'stored: Ada lives in Lisbon  /forget [0-9a-f]{8} if not' out || fail "it is not stored:"
grep -A1 'lives in Lisbon' out | grep -q 'confirmed' || fail "it is not firm:"
grep -qE 'noted: Ada lives in Porto \(but Lisbon is firm; /remember [0-9a-f]{8} changes that\)' out || fail "no conflict is named:"

grep -qF '[1] Ada lives in Lisbon' <(tail -8 out) || fail "what is firm does not stand first:"
id=$(grep -oE '/remember [0-9a-f]{8} changes' out | awk '{print $2}')
printf '/remember %s\n/remember %s\n/facts Ada\n/facts Ada history\n' "$id" "$id" | say --store X --user Ada
holds "Firm now: Ada lives in Porto"
holds "No more so: Ada lives in Lisbon"
holds "no more: "

printf "I don't live in Porto any more.\n/facts\n/remember I don't live in Porto any more.\n/facts\n" | say --store X --user Ada
holds "not noted: Ada lives in Porto is firm"
holds "noted: no more so: Ada lives in Porto"
holds "I know no facts yet."

# A number is a hit of the last answer.
printf 'I am allergic to nuts.\nWhat am I allergic to?\n/remember 1\n/remember 9\n/facts\n' | say --store Y
holds "Firm now: you are allergic to nuts"
holds "The last answer cited [1]"
grep -A1 'is allergic to nuts' out | grep -q 'confirmed' || fail "the fact is not firm:"

# What no rule understands is a note, and always offered.
printf '/remember beef\n/remember The blue key opens the shed.\n/facts\nWhat opens the shed?\n/remember 12345678\n' | say --store Z
holds "Kept as a note: beef"
holds "Kept as a note: The blue key opens the shed."
holds "notes"
holds "[1] The blue key opens the shed."
holds "note of "
holds "I have no such memory."

# Many values stay many when they are made firm.
printf '/remember I am vegan\n/remember I am diabetic\nMy sister is called Clara.\nMy sister is called Marta.\n' | say --store V
ids=$(grep -oE 'sister is (Clara|Marta)  /forget [0-9a-f]{8}' out | awk '{print $NF}')
# shellcheck disable=SC2086
printf '/remember %s\n' $ids | say --store V
echo '/facts' | say --store V
[ "$(grep -cE 'is (vegan|diabetic)|sister is (Clara|Marta)' out)" = 4 ] || fail "one value drove out another:"
