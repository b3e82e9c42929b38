# With a model: its reply comes as a stream, is kept and never quoted; whatever it does wrong, the talk goes on from memory.
source "$(dirname "$0")/helpers.sh"
source "$TESTS/model_server.sh"

ask() {  # ask BEHAVIOUR LINES [ARGUMENT...]
  local behaviour=$1 lines=$2
  shift 2
  # shellcheck disable=SC2046
  printf "$lines" | say --store X --user Ada $(model "$behaviour") "$@"
}

# A reply, in whatever form it comes.
printf 'I live in Porto.\nThe kettle is under the stairs.\n' | say --store X --user Ada --session before
for behaviour in stream comments no-done no-blank keep-open slow; do
  ask "$behaviour" 'Where is the kettle?\n/why\n' --session "$behaviour"
  holds "  The kettle is on the blue shelf."
  holds "The model test answers."
  lacks "failed"
  lacks "I remember this:"
  holds "[1] The kettle is under the stairs."
done
for behaviour in split whole; do
  ask "$behaviour" 'Where is the kettle?\n' --session "$behaviour"
  holds "Zoë says: 早上好 🙂"
done
ask escapes 'Where is the parrot?\n/timeline\n' --session escapes
holds "  red parrot says hello"
holds "  you> bye"
! grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80\xae|\xc2\x9b' out || fail "control characters got through:"
! grep -q '^you>' out || fail "a reply passes for a prompt:"

# The model is given the time, the fenced memories and the newest turns; its own words are no memories and no facts.
ask remember 'Where do I live?\n' --session prompt
holds "You talk with Ada."
holds "in UTC"
grep -qE '<memories-[0-9a-f]+>' out || fail "no fence:"
holds "Ada lives in Porto"
printf 'Where is the blue shelf?\nWhere is the kettle?\n/facts\n' | say --store X --user Ada
lacks "on the blue shelf"
holds "[1] The kettle is under the stairs."
[ "$(grep -c 'lives in' out)" = 1 ] || fail "the model's words became a fact:"

printf 'My fern is called Ferdinand.\n' | say --store X --user Ada --session window
ask echo 'What did I just say?\n' --session window
python3 - <<'CHECK' || fail "not the messages of a chat:"
import json
text = next(line for line in open("out") if line.lstrip().startswith('{"path"'))
messages = json.loads(text)["body"]["messages"]
roles = [m["role"] for m in messages]
assert roles == ["system", "user", "assistant", "user"], roles
assert messages[1]["content"] == "My fern is called Ferdinand.", messages[1]
assert messages[3]["content"] == "What did I just say?", messages[3]
CHECK

# What the user says is noted as ever.
ask stream 'I moved to Lisbon.\n' --session noted
grep -qE 'noted: Ada lives in Lisbon \(before: Porto\)  /forget' out || fail "it was not noted:"

# Whatever goes wrong: one line, the answer from memory, and the talk goes on.
number=0
for behaviour in stall silent half early huge long-header garbage bad-event wrong-types no-choices broken-utf8 empty no-text \
  error-in-200 error-event redirect http400 http401 http404 http429 http500 http503 nosuch; do
  number=$((number + 1))
  ask "$behaviour" "Crate $number holds quince.\nWhere is the kettle?\n" --session "$behaviour" --llm-patience 0.2
  [ "$(grep -c 'The model failed: .' out)" = 2 ] || fail "$behaviour: it does not say once for each line what is wrong:"
  holds "[1] The kettle is under the stairs."
  holds "I will remember that."
  holds "Goodbye."
  ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]' out || fail "$behaviour: control characters got through:"
done
printf 'Where is the kettle?\n' | say --store X --user Ada --llm-url http://127.0.0.1:1/v1 --model test
holds "The model failed: "
holds "[1] The kettle is under the stairs."
printf '/timeline 500\n' | say --store X --user Ada
[ "$(grep -c 'Ada: Crate .* holds quince' out)" = "$number" ] || fail "a line was lost because the model failed:"

# The key comes from the variable that is named, and is shown nowhere.
export CHATBOT_TEST_KEY=sk-wildebeest-4711
ask echo 'Who are you?\n' --session key --llm-key-env CHATBOT_TEST_KEY
holds "Bearer sk-wildebeest-4711"
for behaviour in leak leak-200; do
  ask "$behaviour" 'Who are you?\n' --session key --llm-key-env CHATBOT_TEST_KEY
  holds "The model failed: "
  lacks "wildebeest"
done
CHATBOT_EMPTY=
export CHATBOT_EMPTY
for arguments in "--llm-key-env NO_SUCH_VARIABLE" "--llm-key-env CHATBOT_EMPTY"; do
  # shellcheck disable=SC2046,SC2086
  ! "$CHATBOT" --store X $(model stream) $arguments >out 2>&1 </dev/null || fail "accepted: $arguments"
  holds "--llm-key-env: the environment variable"
done
for arguments in "--llm-url http://127.0.0.1:1/v1" "--model test" "--llm-key-env HOME" "--llm-url ftp://127.0.0.1/ --model test" \
  "--llm-url http://127.0.0.1:1/v1 --model test --llm-patience 0"; do
  # shellcheck disable=SC2086
  ! "$CHATBOT" --store X $arguments >out 2>&1 </dev/null || fail "accepted: $arguments"
  [ -s out ] || fail "no message for $arguments"
done
