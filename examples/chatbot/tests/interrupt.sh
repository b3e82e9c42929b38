# Ctrl-C stops a reply that comes, and the talk goes on; at the prompt it ends the talk.
source "$(dirname "$0")/helpers.sh"

start talk --store X
await talk "Hello."
kill -INT "$(process talk)"
await talk "Goodbye."
finish talk
