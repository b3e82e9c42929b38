# What was said is the answer to a question, in the same talk and in a later one; a question never is.
source "$(dirname "$0")/helpers.sh"

printf 'I keep bees.\nWhat do I keep?\nWhat do I keep?\n/quit\nnever read\n' | say --store X
[ "$(grep -c '\[1\] I keep bees\.' out)" = 2 ] || fail "the bees are not the answer twice:"
lacks "[1] What do I keep?"
lacks "[2]"
lacks "never read"

printf 'What do I keep?\nWhat is the capital of Mongolia?' | say --store X
holds "Hello again. I remember 1 statement"
holds "[1] I keep bees."
holds "I don't have anything about that yet."

printf 'I keep rabbits, too.\n' | say --store X
holds "I will remember that."
