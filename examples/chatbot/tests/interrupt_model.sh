# Ctrl-C while the model speaks, or is silent, ends that reply only: what came is kept, marked as cut, and the talk goes on.
source "$(dirname "$0")/helpers.sh"
source "$TESTS/model_server.sh"

# shellcheck disable=SC2046
start talk --store X --session monday $(model stall)
await talk "answers."
tell talk "I live in Porto."
await talk "noted: you live in Porto"
await talk "  The kettle"
kill -INT "$(process talk)"
await talk "(stopped)"
tell talk "/timeline"
await talk "assistant: The kettle"
await talk "2 of 2 turns"
tell talk "And again."
await talk "  The kettle"
kill -INT "$(process talk)"
await talk "(stopped)"
tell talk "/export all.jsonl"
await talk "written to all.jsonl"
kill -INT "$(process talk)"
await talk "Goodbye."
finish talk
[ "$(grep -c '"cut":true' all.jsonl)" = 2 ] || fail "the replies are not marked as cut"

# Silent: nothing came, so nothing of the model is kept.
# shellcheck disable=SC2046
start silent --store Y $(model silent)
await silent "answers."
tell silent "I live in Faro."
await silent "noted: you live in Faro"  # before the model is asked
kill -INT "$(process silent)"
await silent "(stopped)"
tell silent "/timeline"
await silent "1 of 1 turns"
finish silent
