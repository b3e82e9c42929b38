# /erase asks first, then leaves no byte of a memory in the file, and prints a receipt.
source "$(dirname "$0")/helpers.sh"

in_files() { grep -qaF -- "$1" X*; }  # the store, and what stands beside it

printf 'My PIN is quodlibet9931.\nMy sister is called Clara.\nWhat is my PIN?\n/erase quodlibet9931\nno\n/erase quodlibet9931\n' | say --store X --user Ada
holds "This would remove for good"
grep -qE '^  [0-9a-f]{8}  My PIN is quodlibet9931\.' out || fail "it does not show what would go:"
[ "$(grep -c 'Nothing was erased.' out)" = 2 ] || fail "it went on without a yes:"
# An encrypted file has no text to find, before or after.
! grep -qa "^SQLite format 3" X || in_files quodlibet9931 || fail "the memory is not there:"

printf 'What is my PIN?\n/erase quodlibet9931\nyes\n/why\nWhat is my PIN?\n/erase quodlibet9931\n/timeline\n' | say --store X --user Ada
grep -qE 'Erased: [0-9]+, and [0-9]+ derived from them; [0-9]+ versions, [0-9]+ links, [0-9]+ jobs \(change [0-9]+\)\.' out || fail "no receipt:"
grep -qE 'Purged: no byte is left in the file, up to change [0-9]+\.' out || fail "it was not purged:"
holds "Not covered: copies made before"
holds "Nothing that I remember says: quodlibet9931"
holds "My sister is called Clara."
[ "$(sed -n '/Purged/,$p' out | grep -c quodlibet9931)" = 1 ] || fail "it is said again after it was erased:"
! in_files quodlibet9931 || fail "bytes of it are left"

# A number, an id, what was forgotten before; what it replaced is so again; another user's cannot be reached.
printf 'I live in Porto.\nI moved to Lisbon.\n' | say --store Y --user Ada
printf 'Where do I live?\n/erase 1\nyes\n/erase 1\n/facts\n' | say --store Y --user Ada
holds "So again: Ada lives in Porto"
holds "[1] is forgotten already."
printf '/facts all\n/timeline\n' | say --store Y --user Ada
lacks "lives in Lisbon"
holds "lives in Porto"
id=$(id_of 'Ada: I live in Porto')
printf '/forget %s\n/erase %s\nyes\n/recover\n/facts\n' "$id" "$id" | say --store Y --user Ada
holds "Forgotten: I live in Porto."
holds "Erased: 1, and 1 derived from them"
holds "Nothing was forgotten in this talk that could come back."
holds "I know no facts yet."

printf 'The key is under the blue pot.\n/timeline\n/stats\n' | say --store Y --user Bob
id=$(id_of 'Bob: The key')
printf '/erase %s\n/erase blue pot\n/erase\n' "$id" | say --store Y --user Ada
holds "I have no such memory."
holds "Nothing that I remember says: blue pot"
holds "What? /erase 1"
printf 'Where is the key?\n' | say --store Y --user Bob
holds "under the blue pot"
