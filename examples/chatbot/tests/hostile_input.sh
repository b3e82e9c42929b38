# Control characters are stored, but never printed; broken text, odd lines and bad arguments are refused politely.
source "$(dirname "$0")/helpers.sh"

printf 'My parrot says \033[31mred\033[0m \033]0;title\007and \xe2\x80\xaeback\xe2\x80\xac\xc2\x9b things.\n\n   \nWhat does my parrot say?\n/timeline\n/why\n' |
  say --store X
holds "[1] My parrot says red and back things."
! grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80\xae|\xc2\x9b' out || fail "control characters got through:"

printf 'broken \xff\xfe bytes\nWhat is "AND OR NOT (*": ^-?\nI keep bees.\r\nWhat do I keep?\n' | say --store X
holds "That did not work: kInvalidArgument"
holds "[1] I keep bees."

for arguments in "--zone Nowhere/Atall" "--store /nowhere/at/all.db" "--user .." "--unknown" "--demo --store :memory:"; do
  # shellcheck disable=SC2086
  ! "$CHATBOT" --store Y $arguments >out 2>&1 </dev/null || fail "accepted: $arguments"
  [ -s out ] || fail "no message for $arguments"
done
