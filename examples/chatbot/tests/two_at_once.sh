# Two chatbots of one user on one file at the same time: what one has acknowledged, the other knows at its next line.
source "$(dirname "$0")/helpers.sh"

start first --store X --user Ada --session first
start second --store X --user Ada --session second
await first "Hello."
await second "Hello."
tell first "My badger is called Brock, and I live in Porto."
await first "noted: Ada lives in Porto"
tell second "Where do I live?"
await second "[1] Ada lives in Porto"
tell second "Actually, I moved to Lisbon."
await second "(before: Porto)"
tell first "Where do I live?"
await first "[1] Ada lives in Lisbon"
tell second "/timeline"
await second "8 of 8 turns"
[ "$(grep -c 'going on  talk of' out)" = 2 ] || fail "not both talks go on:"
finish first
finish second
printf '/timeline\n' | say --store X --user Ada
lacks "going on"
