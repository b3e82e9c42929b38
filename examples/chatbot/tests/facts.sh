# Facts are noted from what the user says, with their source; a new value replaces the old one, and nothing else does.
source "$(dirname "$0")/helpers.sh"

printf 'I live in Porto.\nWhere do I live?\nActually, I moved to Lisbon.\n' | say --store X --session monday
grep -qE 'noted: you live in Porto  /forget [0-9a-f]{8} if not' out || fail "Porto was not noted:"
holds "[1] you live in Porto"
grep -qE 'noted: you live in Lisbon \(before: Porto\)  /forget [0-9a-f]{8} if not' out || fail "Lisbon was not noted:"

printf 'Where do I live?\n/why 1\n' | say --store X --session tuesday
holds "[1] you live in Lisbon"
grep -qE 'fact, proposed, since ' out || fail "the fact has no interval:"
lacks "] you live in Porto"
grep -A1 -F "] I live in Porto." out | grep -qF "no longer true since" || fail "the old turn passes for the truth:"
[ "$(grep -nF '] you live in Lisbon' out | head -1 | cut -d: -f1)" -lt "$(grep -nF '] I live in Porto.' out | head -1 | cut -d: -f1)" ] ||
  fail "what is so no more stands first:"
holds "from: Actually, I moved to Lisbon."
holds "instead of: you live in Porto"

# A turn of which one thing is so no more stands behind the fact that says what is so instead, with a word on that.
printf 'I live in Faro and I am allergic to nuts.\nI moved to Braga.\nWhere do I live?\n' | say --store U --user Ada
printf 'Where do I live?\nWhat am I allergic to?\n' | say --store U --user Ada
holds "[1] Ada lives in Braga"
holds "no longer true since "
holds ": Ada lives in Faro"
holds "[1] Ada is allergic to nuts"

# What is so again is not outdated.
printf 'I live in Porto.\nI moved to Lisbon.\nI moved to Porto again.\n' | say --store S --user Ada
printf 'Where do I live?\n' | say --store S --user Ada
holds "[1] Ada lives in Porto"
lacks "no longer true"

printf '/facts\n/facts all\n/facts nobody\n/facts me history\n' | say --store X
[ "$(grep -c 'lives in Lisbon' out)" = 3 ] || fail "Lisbon is not in three listings:"
[ "$(grep -c 'lives in Porto' out)" = 2 ] || fail "Porto is not in the two listings of everything:"
[ "$(grep -c 'no more: ' out)" = 2 ] || fail "Porto is not marked:"
holds "I know no facts about nobody."

# Nothing is taken from a question, a wish, or what others say; nor from what the bot says.
printf 'Do I live in Faro?\nIf I lived in Faro I would fish.\nBen says I live in Faro.\nI used to live in Braga.\n/facts\n' | say --store X
lacks "noted:"
lacks "lives in Faro"
holds "lives in Lisbon"

# A wrong note is taken back, and what it replaced holds again.
id=$(awk '/lives in Lisbon/ {print $1}' out)
printf '/forget %s\n/facts\n' "$id" | say --store X
holds "Forgotten: you live in Lisbon"
holds "So again: you live in Porto"
holds "lives in Porto"

# What refers to the fact before.
printf 'No, it is Braga.\nMy favourite colour is green.\nNo, it is blue.\nWhere do I live?\nNot any more.\n/facts\n' | say --store Y
lacks "is Braga"
holds "your favourite colour is blue (before: green)"
printf 'I live in Porto.\nNot any more.\nNot any more.\n/facts\nI live in Faro.\nWhere do I live?\nnot anymore\n/facts\n' | say --store Z
[ "$(grep -c 'noted: no more so: you live in Porto' out)" = 1 ] || fail "Porto did not end once:"
holds "I know no facts yet."
holds "noted: no more so: you live in Faro"

# A turn that is forgotten takes the facts with it that came from it alone.
printf 'I am allergic to peanuts.\n/timeline\n' | say --store W
id=$(id_of 'you: I am allergic')
printf '/forget %s\n/facts\nWhat am I allergic to?\n' "$id" | say --store W
holds "Forgotten: I am allergic to peanuts."
holds "Forgotten: you are allergic to peanuts"
holds "I know no facts yet."
holds "I don't have anything about that yet."

# Others, by their names once they are known.
printf 'My sister is called Clara.\nMy sister lives in Faro.\nWhere does my sister live?\n' | say --store V --user Ada
holds "noted: Ada's sister is Clara"
holds "noted: Ada's sister Clara lives in Faro"
holds "[1] Ada's sister Clara lives in Faro"
