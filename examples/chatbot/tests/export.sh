# /export writes every memory of the user, and of no other, to a new private file, whole or not at all.
source "$(dirname "$0")/helpers.sh"

echo 'My locker code is Wildebeest.' | say --store X --user Ben
printf 'I live in Porto.\n/remember Water the fern.\n/remember how to make tea: boil, pour\n/export all.jsonl\n' | say --store X --user Ada
# two turns, the talk, a fact, a note, a skill and its run
holds "7 memories written to all.jsonl"
[ "$(wc -l <all.jsonl)" = 7 ] || fail "not seven lines:"
[ "$(stat -c %a all.jsonl)" = 600 ] || fail "others may read it:"
grep -q '"text":"I live in Porto."' all.jsonl || fail "a turn is missing:"
grep -q '"text":"Ada lives in Porto"' all.jsonl || fail "the fact is missing:"
! grep -q 'Wildebeest' all.jsonl || fail "another user's memory is in it:"
python3 - <<'CHECK' || fail "not JSON lines, oldest first"
import json
times = [json.loads(line)["event_time"] for line in open("all.jsonl")]
assert times == sorted(times), times
CHECK

cp all.jsonl before
ln -s nowhere link
printf '/export all.jsonl\n/export link\n/export no/such/folder.jsonl\n/export\n' | say --store X --user Ada
[ "$(grep -c 'Not exported: ' out)" = 3 ] || fail "it was not refused three times:"
cmp -s all.jsonl before || fail "the file was replaced"
[ ! -e nowhere ] || fail "it wrote through a link"
ls memories-*.jsonl >/dev/null || fail "no file with a name of its own"
! compgen -G '*.jsonl.*' >/dev/null || fail "a temporary file is left: $(ls)"

echo '/export empty.jsonl' | say --store X --user Eve
holds "0 memories written to empty.jsonl"
