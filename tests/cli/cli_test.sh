#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the mnemic command as a user would: cli_test.sh BINARY [CASE...]; without a case, all of them.
# Every case has a directory of its own, removed when it passes and printed when it does not.
set -uo pipefail

BINARY=$(realpath "$1")
SCRIPT=$(realpath "${BASH_SOURCE[0]}")
SCOPE=acme/ada
failed=0

command -v python3 >/dev/null || { echo "SKIPPED: python3 is needed to read the JSON output"; exit 77; }

fail() { echo "  not as expected: $*"; failed=1; }
m() { "$BINARY" "$@" >out 2>err; code=$?; }
# expect CODE ARGUMENTS...: runs the command; its output is in out, err.
expect() {
  local wanted=$1
  shift
  m "$@"
  [ "$code" = "$wanted" ] || fail "exit code $code instead of $wanted: mnemic $*: $(head -c 400 err)"
}
# json EXPRESSION: true of the JSON in out, called j.
json() { python3 -c 'import json,sys
j=json.load(open("out"))
sys.exit(0 if eval(sys.argv[1]) else 1)' "$1" || fail "JSON: $1 of $(head -c 600 out)"; }
value() { python3 -c 'import json,sys; j=json.load(open("out")); print(eval(sys.argv[1]))' "$1"; }
error_json() { python3 -c 'import json,sys
e=json.load(open("err"))["error"]
sys.exit(0 if e["code"]==sys.argv[1] and e["message"] else 1)' "$1" || fail "error JSON: $(head -c 400 err)"; }
holds() { grep -qF -- "$2" "$1" || fail "\"$2\" is not in $1: $(head -c 400 "$1")"; }
# Where every store of the tests has a key (scripts/test-encrypted.sh) some cases have nothing to look for.
plain() { [ "$(head -c 6 "$1")" = SQLite ]; }
skip() { echo "SKIPPED: $*"; [ ${#cases[@]} != 1 ] || { cd / && rm -rf "$directory"; exit 77; }; }
lacks() { ! grep -qF -- "$2" "$1" || fail "\"$2\" is in $1"; }

corpus() {
  mkdir -p set
  cat >set/corpus.jsonl <<'END'
{"_id": "t1", "scope": "talk", "session": 1, "date": "1:56 pm on 8 May, 2023", "speaker": "Ada", "text": "I adopted a greyhound called Biscuit."}
{"_id": "t2", "scope": "talk", "session": 1, "date": null, "speaker": "Ben", "text": "Lovely! How old is the dog?"}
{"_id": "t3", "scope": "talk", "session": 2, "date": "29.12.2023, 22:42:04", "speaker": "Ada", "text": "We flew to Lisbon for the holidays."}
{"_id": "n1", "scope": "", "title": "Note", "text": "The spare key hangs behind the kitchen door."}
END
}

case_version_and_help() {
  expect 0 --version
  holds out "mnemic "
  for command in import export put get list count recall why forget recover erase purge erasures policies hold stats check snapshot backup restore salvage rekey maintain jobs reembed namespaces eval bench; do
    expect 0 --help
    holds out "$command"
    expect 0 "$command" -h
    holds out "--json"
  done
}

case_usage_errors() {
  expect 64
  expect 64 nonsense
  expect 64 put x.db
  expect 64 count x.db
  expect 64 get x.db --scope $SCOPE
  expect 64 forget x.db --scope $SCOPE
  expect 64 list x.db --scope $SCOPE --order sideways
  expect 64 recall x.db --scope $SCOPE q -k many
  expect 64 list x.db --scope $SCOPE --subtree --granted
  expect 64 eval a b --store x.db
  expect 64 count x.db --json
  error_json usage
  [ ! -e x.db ] || fail "a usage error made a file"
}

case_put_get() {
  expect 0 put x.db "Prefers window seats" --scope $SCOPE --key seat --tag travel --tag trains --metadata '{"trip": {"n": 3}}' \
    --importance 0.9 --pinned --trust user --user ada --agent helper --author Ada --expires 2099-01-01 \
    --event-time 2026-05-08T13:56:00Z --content '{"a":  [1, 2]}' --json
  json 'sorted(j) == ["id", "seq", "version"] and j["version"] == 1'
  id=$(value 'j["id"]')
  expect 0 get x.db "$id" --scope $SCOPE --json
  json 'j["text"] == "Prefers window seats" and j["key"] == "seat" and j["tags"] == ["travel", "trains"]'
  json 'j["metadata"] == {"trip": {"n": 3}} and j["importance"] == 0.9 and j["pinned"] and j["trust"] == "user"'
  json 'j["event_time"] == "2026-05-08T13:56:00Z" and j["expires_at"] == "2099-01-01T00:00:00Z"'
  json 'j["content"] == {"a": [1, 2]} and j["user"] == "ada" and j["agent"] == "helper" and j["author"] == "Ada"'
  json '"vectors" not in j'
  expect 0 get x.db "$id" --scope $SCOPE --vectors --json
  json 'len(j["vectors"]) == 1'
  expect 0 put x.db "Prefers aisle seats" --scope $SCOPE --key seat --json
  json 'j["version"] == 2 and j["id"] == "'"$id"'"'
  expect 0 get x.db --key seat --scope $SCOPE
  holds out "Prefers aisle seats"
  [ "$(stat -c %a x.db)" = 600 ] || fail "the file's mode"
}

case_put_stdin() {
  printf 'two\nlines\n' | "$BINARY" put x.db - --scope $SCOPE --key in >out 2>err || fail "put -"
  expect 0 get x.db --key in --scope $SCOPE --json
  json 'j["text"] == "two\nlines"'
  expect 0 put x.db "to be followed" --scope $SCOPE --layer conversational --session s1 --author user --json
  expect 0 list x.db --scope $SCOPE --where '{"session": "s1"}' --json
  json 'len(j["items"]) == 1 and j["items"][0]["layer"] == "conversational" and j["items"][0]["turn"] == 0'
}

case_list_count() {
  for n in 1 2 3 4 5; do
    expect 0 put x.db "fact number $n" --scope $SCOPE --key f$n --event-time 2026-01-0$n --tag n$((n % 2))
  done
  expect 0 count x.db --scope $SCOPE
  [ "$(cat out)" = 5 ] || fail "count"
  expect 0 count x.db --scope $SCOPE --where '{"tags": "n1"}' --json
  json 'j == {"count": 3}'
  expect 0 list x.db --scope $SCOPE --json
  json '[i["key"] for i in j["items"]] == ["f5", "f4", "f3", "f2", "f1"] and j["next"] == ""'
  expect 0 list x.db --scope $SCOPE --order oldest --limit 2 --json
  json '[i["key"] for i in j["items"]] == ["f1", "f2"] and j["next"] != ""'
  cursor=$(value 'j["next"]')
  expect 0 list x.db --scope $SCOPE --order oldest --limit 2 --cursor "$cursor" --json
  json '[i["key"] for i in j["items"]] == ["f3", "f4"]'
  expect 0 list x.db --scope $SCOPE --limit 2
  [ "$(grep -c fact out)" = 2 ] || fail "the human list"
  holds out "--cursor"
  expect 0 count x.db --scope acme
  [ "$(cat out)" = 0 ] || fail "the parent namespace reads its child"
  expect 0 count x.db --scope acme --subtree
  [ "$(cat out)" = 5 ] || fail "--subtree"
  expect 0 count x.db --scope acme/bob --granted
  [ "$(cat out)" = 0 ] || fail "--granted without a grant"
}

case_import_idempotent() {
  corpus
  expect 0 import x.db set --scope base --json
  json 'j["lines"] == 4 and j["written"] == 4 and j["unchanged"] == 0 and j["skipped"] == 0 and j["namespaces"] == 2'
  expect 0 list x.db --scope base/talk --order created --json
  json '[i["key"] for i in j["items"]] == ["t1", "t2", "t3"] and [i["session"] for i in j["items"]] == ["1", "1", "2"]'
  json '[i["event_time"] for i in j["items"]] == ["2023-05-08T13:56:00Z", "2023-05-08T13:56:00Z", "2023-12-29T22:42:04Z"]'
  json '[i["turn"] for i in j["items"]] == [0, 1, 0] and j["items"][0]["author"] == "Ada"'
  json 'j["items"][0]["metadata"] == {"date": "1:56 pm on 8 May, 2023"}'
  expect 0 get x.db --key n1 --scope base --json
  json 'j["layer"] == "semantic" and j["metadata"] == {"title": "Note"}'
  expect 0 stats x.db --json
  seq=$(value 'j["seq"]')
  expect 0 import x.db set/corpus.jsonl --scope base --json
  json 'j["written"] == 0 and j["unchanged"] == 4'
  expect 0 stats x.db --json
  json 'j["seq"] == '"$seq"' and j["memories"] == 4 and j["versions"] == 4'
  sed -i 's/greyhound/whippet/' set/corpus.jsonl
  expect 0 import x.db set --scope base
  holds out "1 written, 3 unchanged"
  expect 0 get x.db --key t1 --layer conversational --scope base/talk --json
  json 'j["version"] == 2 and "whippet" in j["text"]'
  expect 0 import y.db set --embedder none --durability relaxed --batch 1 --json
  json 'j["written"] == 4'
  expect 0 namespaces y.db --json
  json 'j == {"namespaces": ["default", "default/talk"]}'
}

case_import_plain() {
  cat >plain.jsonl <<'END'
{"text": "Ada likes figs", "tags": ["food"], "importance": 0.8}
{"text": "Ada likes figs", "tags": ["food"], "importance": 0.8}
{"text": "Back up on Fridays", "key": "backup", "layer": "procedural", "colour": "blue", "metadata": {"n": 1}}
END
  cat >chat.jsonl <<'END'
{"role": "user", "content": "Where is my umbrella?"}
{"role": "assistant",  "content": "In the hall."}
{"role": "user", "content": "ok"}
{"role": "user", "content": "ok"}
END
  for round in 1 2; do
    expect 0 import x.db plain.jsonl --scope $SCOPE
    expect 0 import x.db chat.jsonl --scope $SCOPE --session s1 --json
  done
  json 'j["written"] == 0 and j["unchanged"] == 4'
  expect 0 count x.db --scope $SCOPE
  [ "$(cat out)" = 7 ] || fail "count after two rounds"
  expect 0 get x.db --key backup --layer procedural --scope $SCOPE --json
  json 'j["metadata"] == {"colour": "blue", "n": 1}'
  expect 0 list x.db --scope $SCOPE --order created --where '{"session": "s1"}' --json
  json '[i["text"] for i in j["items"]] == ["Where is my umbrella?", "In the hall.", "ok", "ok"]'
  json '[i["trust"] for i in j["items"]] == ["user", "model", "user", "user"] and j["items"][1]["content"]["role"] == "assistant"'
  expect 1 import x.db chat.jsonl --scope $SCOPE
  holds err "chat.jsonl:1"
}

case_import_export() {
  corpus
  expect 0 import x.db set --scope base
  expect 0 list x.db --scope base --subtree --order created --json
  python3 -c 'import json
for i in json.load(open("out"))["items"]: print(json.dumps(i))' >export.jsonl
  expect 0 import y.db export.jsonl --scope copy --json
  json 'j["written"] == 4'
  expect 0 get y.db --key t3 --layer conversational --scope copy --json
  json 'j["event_time"] == "2023-12-29T22:42:04Z" and j["metadata"] == {"date": "29.12.2023, 22:42:04"} and j["session"] == "2"'
}

case_export_import() {
  corpus
  expect 0 import x.db set --scope base
  expect 0 export x.db all.jsonl --history --vectors --json
  json 'j["memories"] == 4 and j["versions"] == 4 and j["seq"] >= 4'
  [ "$(stat -c %a all.jsonl)" = 600 ] || fail "the export is not private"
  expect 4 export x.db all.jsonl
  expect 0 import y.db all.jsonl --format mnemic --dry-run --json
  json 'j["written"] == 4 and j["dry_run"]'
  expect 0 namespaces y.db --json
  json 'j["namespaces"] == []'
  expect 0 import y.db all.jsonl --format auto --json
  json 'j["written"] == 4 and j["format"] == "mnemic"'
  expect 0 import y.db all.jsonl --format mnemic
  holds out "4 unchanged"
  expect 0 list x.db --scope base/talk --json
  cp out of_x
  expect 0 list y.db --scope base/talk --json
  python3 -c 'import json,sys
clean=lambda p: [{k: v for k, v in m.items() if not k.startswith("seq")} for m in json.load(open(p))["items"]]
sys.exit(0 if clean("of_x") == clean("out") else 1)' || fail "the copy lists otherwise"
  expect 0 import z.db all.jsonl --format mnemic --from base --scope moved
  expect 0 count z.db --scope moved/talk --json
  json 'j["count"] == 3'

  expect 0 stats x.db --json
  local seq=$(value 'j["seq"]')
  expect 0 list x.db --scope base --json
  expect 0 forget x.db --scope base "$(value 'j["items"][0]["id"]')"
  expect 0 export x.db since.jsonl --since "$seq" --json
  json 'j["memories"] == 0 and j["forgotten"] == 1'
  expect 0 import y.db since.jsonl --format mnemic --json
  json 'j["forgotten"] == 1'
  expect 0 export x.db some.jsonl --scope base --where '{"author": "Ada"}' --layer conversational --json
  json 'j["memories"] == 2'
  expect 0 stats x.db --json
  seq=$(value 'j["seq"]')
  expect 0 list x.db --scope base/talk --json
  expect 0 erase x.db "$(value 'j["items"][0]["id"]')"
  expect 0 export x.db erased.jsonl --since "$seq" --json
  json 'j["memories"] == 0 and j["erased"] == 1'
  expect 0 import y.db erased.jsonl --format mnemic --dry-run
  holds out "1 erased"
  expect 0 import y.db erased.jsonl --format mnemic --json
  json 'j["erased"] == 1 and j["forgotten"] == 0'
  expect 0 erasures y.db --json
  json 'j["erasures"][0]["by"] == "import" and j["erasures"][0]["memories"] == 1'

  head -c 700 all.jsonl >cut.jsonl
  expect 10 import w.db cut.jsonl --format mnemic --json
  error_json kCorruption
  holds err "line "
  expect 1 import w.db set/corpus.jsonl --format mnemic
  expect 64 import w.db all.jsonl --format mnemic --skip-bad
  expect 64 import w.db set --dry-run
  expect 2 import w2.db missing.jsonl --format auto
  [ ! -e w2.db ] || fail "a failed import made a file"
}

case_import_foreign() {
  cat >memory.jsonl <<'END'
{"type":"entity","name":"Ada","entityType":"person","observations":["Keeps bees"]}
{"type":"entity","name":"Hive","entityType":"thing","observations":["Stands on the roof"]}
{"type":"relation","from":"Ada","to":"Hive","relationType":"looks_after"}
END
  expect 0 import x.db memory.jsonl --format mcp-memory --json
  json 'j["written"] == 2 and j["relations"] == 1'
  expect 0 recall x.db bees --scope default --json
  json 'j["hits"][0]["memory"]["key"] == "entity:Ada"'
  expect 0 import x.db memory.jsonl --format auto --scope acme/ada --json
  json 'j["format"] == "mcp-memory" and j["written"] == 2'
  expect 1 import x.db memory.jsonl --format auto
  holds err "into"
  expect 1 import x.db memory.jsonl --format letta --scope a
  holds err "mcp-memory"
  echo '[{"namespace": ["users", "ada"], "key": "k", "value": {"text": "figs"}, "created_at": "2025-01-01T00:00:00Z", "updated_at": "2025-01-01T00:00:00Z"}]' >items.json
  expect 0 import x.db items.json --format langgraph
  holds out "1 written"
  expect 0 count x.db --scope users/ada --json
  json 'j["count"] == 1'
}

case_import_bad_line() {
  corpus
  sed -i '3s/.*/{"_id": "t3", "text": /' set/corpus.jsonl
  expect 1 import x.db set --scope base
  holds err "corpus.jsonl:3"
  expect 0 count x.db --scope base --subtree
  [ "$(cat out)" = 0 ] || fail "part of the batch was written"
  expect 1 import x.db set --scope base --json
  error_json kInvalidArgument
  holds err "corpus.jsonl:3"
  expect 1 import x.db set --scope base --batch 1
  expect 0 count x.db --scope base --subtree
  [ "$(cat out)" = 1 ] || fail "batches before the one with the bad line should stay"
  expect 0 import x.db set --scope base --skip-bad --json
  json 'j["lines"] == 4 and j["skipped"] == 1 and j["written"] + j["unchanged"] == 3'
  holds err "corpus.jsonl:3"
  # A line that is good JSON and that the store refuses.
  printf '{"text": "one"}\n{"text": "two", "importance": 7}\n{"text": "three"}\n' >refused.jsonl
  expect 1 import y.db refused.jsonl
  holds err "refused.jsonl:2"
  holds err "importance"
  expect 0 count y.db --scope default
  [ "$(cat out)" = 0 ] || fail "part of the refused batch was written"
  expect 0 import y.db refused.jsonl --skip-bad --json
  json 'j["written"] == 2 and j["skipped"] == 1'
  holds err "refused.jsonl:2"
}

case_import_no_file() {
  mkdir empty
  expect 2 import x.db missing.jsonl
  expect 2 import x.db empty
  printf x >corpus.jsonl.gz
  expect 12 import x.db corpus.jsonl.gz
  expect 1 import x.db set --scope ""
  [ ! -e x.db ] || fail "a failed import made a file"
  : >nothing.jsonl
  expect 0 import x.db nothing.jsonl --json
  json 'j["lines"] == 0'
}

case_recall_why() {
  corpus
  expect 0 import x.db set --scope base
  expect 0 recall x.db --scope base/talk "Which greyhound did Ada adopt?" -k 2 --json
  json 'sorted(j) == ["dropped", "hits", "pinned", "plan", "searched", "seq"] and j["hits"][0]["memory"]["key"] == "t1"'
  json 'len(j["hits"]) <= 2 and j["hits"][0]["score"] > 0 and j["hits"][0]["parts"]["words_rank"] == 1 and j["searched"] == 3'
  id=$(value 'j["hits"][0]["memory"]["id"]')
  expect 0 recall x.db --scope base/talk "greyhound" --explain
  holds out "adopted a greyhound"
  holds out "bm25"
  holds out "$id"
  expect 0 recall x.db --scope base/talk "greyhound" --context --budget 200 --json
  json '"greyhound" in j["context"]["text"] and j["context"]["tokens"] <= 200 and "'"$id"'" in j["context"]["cited"]'
  expect 0 recall x.db --scope base/talk "greyhound" --context
  holds out "adopted a greyhound"
  expect 0 recall x.db --scope base "greyhound" --embedder none --json
  json 'j["hits"] == []'
  expect 0 recall x.db --scope base "greyhound" --subtree --json
  json 'j["hits"][0]["memory"]["key"] == "t1"'
  expect 0 recall x.db --scope base/talk "greyhound" --where '{"author": "Ben"}' --json
  json 'all(h["memory"]["author"] == "Ben" for h in j["hits"])'
  expect 0 recall x.db --scope base/talk "greyhound" --layer semantic --json
  json 'j["hits"] == []'
  expect 0 recall x.db --scope base/talk "greyhound" --as-of 0 --json
  json 'j["hits"] == [] and j["seq"] == 0'
  expect 1 recall x.db --scope base/talk "greyhound" --as-of 99999 --json
  error_json kInvalidArgument
  expect 0 why x.db --scope base/talk "greyhound" "$id" --json
  json 'j["verdict"] == "hit" and j["rank"] == 1'
  expect 0 why x.db --scope base/talk "greyhound" "$id" --where '{"author": "Ben"}' --json
  json 'j["verdict"] == "filtered"'
  expect 0 why x.db --scope base/talk "greyhound" "$id"
  holds out "hit"
  expect 2 why x.db --scope base "greyhound" "$id"
}

case_forget() {
  for n in 1 2 3; do expect 0 put x.db "fact $n" --scope $SCOPE --key f$n --tag t; done
  expect 0 get x.db --key f1 --scope $SCOPE --json
  id=$(value 'j["id"]')
  expect 0 forget x.db "$id" --scope $SCOPE --dry-run --json
  json 'j == {"ids": ["'"$id"'"], "derived": [], "unlinked": [], "count": 1, "dry_run": True}'
  expect 2 forget x.db "$id" 00000000-0000-7000-8000-000000000000 --scope $SCOPE
  expect 2 forget x.db "$id" --scope acme/bob
  expect 0 count x.db --scope $SCOPE
  [ "$(cat out)" = 3 ] || fail "forgotten too early"
  expect 0 forget x.db "$id" --scope $SCOPE --json
  json 'j == {"ids": ["'"$id"'"], "derived": [], "unlinked": [], "count": 1, "dry_run": False}'
  expect 2 get x.db "$id" --scope $SCOPE
  expect 0 recover x.db "$id" --scope $SCOPE --json
  json 'j["recovered"][0]["id"] == "'"$id"'" and j["recovered"][0]["version"] == 2'
  expect 0 get x.db "$id" --scope $SCOPE
  expect 5 recover x.db "$id" --scope $SCOPE --json
  error_json kFailedPrecondition
  expect 0 fact assert x.db Ada city Porto --scope $SCOPE --source "$id"
  expect 0 forget x.db "$id" --scope $SCOPE --dry-run --no-cascade --json
  json 'j["derived"] == []'
  expect 0 forget x.db "$id" --scope $SCOPE --json
  json 'len(j["derived"]) == 1'
  expect 0 forget x.db --scope $SCOPE --where '{"tags": "t"}' --dry-run --json
  json 'j["count"] == 2'
  expect 0 forget x.db --scope $SCOPE --where '{"tags": "t"}' --json
  json 'j["count"] == 2'
  expect 0 count x.db --scope $SCOPE
  [ "$(cat out)" = 0 ] || fail "not forgotten"
  expect 2 forget missing.db "$id" --scope $SCOPE
  [ ! -e missing.db ] || fail "forget made a file"
}

case_erase() {
  for n in 1 2 3; do expect 0 put x.db "fact number $n of zqx$n" --scope $SCOPE --key f$n --tag t$n --user u$n; done
  expect 0 get x.db --key f1 --scope $SCOPE --json
  id=$(value 'j["id"]')
  expect 0 erase x.db "$id" --dry-run --json
  json 'j["erased"] == ["'"$id"'"] and j["dry_run"] and j["versions"] == 1'
  expect 0 count x.db --scope $SCOPE
  [ "$(cat out)" = 3 ] || fail "erased too early"
  expect 1 erase x.db --json
  error_json kInvalidArgument
  expect 2 erase x.db "$id" 00000000-0000-7000-8000-000000000000
  expect 0 hold x.db --scope acme --subtree --where '{"tags": "t1"}' --owner legal --reason "case 7" --json
  hold=$(value 'j["hold"]')
  expect 5 erase x.db --user u1 --json
  error_json kFailedPrecondition
  holds err "case 7"
  expect 0 hold x.db --json
  json 'j["holds"][0]["hits"] == 1 and j["holds"][0]["owner"] == "legal"'
  expect 0 hold x.db --release "$hold"
  expect 2 hold x.db --release "$hold"
  expect 0 erase x.db --user u1 --reason asked --by ops --json
  json 'j["erased"] == ["'"$id"'"] and j["erased_seq"] > 0 and j["purged_seq"] == 0 and j["hashes"] == []'
  expect 2 get x.db "$id" --scope $SCOPE
  expect 0 erasures x.db --json
  json 'j["erasures"][0]["reason"] == "asked" and j["erasures"][0]["purged_seq"] == 0'
  expect 0 purge x.db --json
  json 'j["purged_seq"] > 0'
  expect 0 erasures x.db --json
  json 'j["erasures"][0]["purged_seq"] > 0'
  lacks x.db zqx1
  ! plain x.db || holds x.db zqx2
  printf 'a secret of sixteen and more\n' >key
  expect 0 erase x.db --scope $SCOPE --where '{"tags": "t2"}' --erasure-key-file key --purge --json
  json 'len(j["hashes"]) == 1 and j["purged_seq"] >= j["erased_seq"]'
  lacks x.db zqx2
  hash=$(value 'j["hashes"][0]')
  expect 0 erasures x.db --tombstones --json
  json 'j["tombstones"] == [{**j["tombstones"][0], "kind": "erased", "namespace": "'$SCOPE'", "hash": "'$hash'", "hits": 0}] and j["tombstones"][0]["seq"] > 0'
  expect 0 erasures x.db --tombstones
  holds out "$hash"
  holds out never
  expect 0 fact assert y.db Ada city Porto --scope $SCOPE --proposed --json
  fact=$(value 'j["id"]')
  expect 0 fact reject y.db "$fact" --scope $SCOPE
  expect 3 fact assert y.db Ada city Porto --scope $SCOPE
  expect 0 erasures y.db --tombstones --json
  json 'len(j["tombstones"]) == 1 and j["tombstones"][0]["kind"] == "rejected" and j["tombstones"][0]["memory"] == "'$fact'"'
  json 'j["tombstones"][0]["hits"] == 1 and j["tombstones"][0]["last_hit_at"] >= j["tombstones"][0]["created_at"]'
  expect 0 erasures y.db --json
  json 'j["erasures"] == []'
  expect 2 erase x.db --user u3 --erasure-key-file missing
  expect 0 erase x.db --user u3
  holds err "not covered"
  expect 0 check x.db
  expect 2 erase missing.db --user u3
  [ ! -e missing.db ] || fail "erase made a file"
}

case_policies() {
  expect 0 put x.db "an episode" --scope $SCOPE --layer episodic --tag keep
  expect 0 policies x.db --json
  json 'j["policies"] == []'
  expect 0 policy add x.db --kind expiry --scope acme --subtree --where '{"layer": "episodic"}' --after 2h --refresh-on-use --owner ops --reason "short lives" --json
  life=$(value 'j["policy"]')
  expect 0 put x.db "another episode" --scope $SCOPE --layer episodic --json
  id=$(value 'j["id"]')
  expect 0 get x.db "$id" --scope $SCOPE --json
  json 'j["provenance"]["expires_by"] == '"$life"' and "expires_at" in j'
  expect 0 policy add x.db --kind refusal --where '{"tags": "secret"}' --owner ops --reason "no secrets here" --json
  expect 3 put x.db "the code" --scope $SCOPE --tag secret
  holds err "no secrets here"
  expect 0 policies x.db --json
  json '[(p["kind"], p["hits"]) for p in j["policies"]] == [("expiry", 1), ("refusal", 1)] and j["policies"][0]["after"] == 7200'
  expect 0 policies x.db
  holds out "short lives"
  expect 0 policy add x.db --kind refusal --where '{"tags": "keep"}' --owner a --reason b --dry-run --json
  json 'len(j["concerned"]) == 1 and j["dry_run"]'
  expect 1 policy add x.db --kind expiry --owner a --reason b
  holds err "after"
  expect 1 policy add x.db --kind expiry --after 2weeks --owner a --reason b --json
  error_json kInvalidArgument
  expect 1 policy add x.db --kind shrug --owner a --reason b
  expect 0 policy remove x.db "$life" --json
  json 'j["removed"] == '"$life"
  expect 2 policy remove x.db "$life"
  expect 0 check x.db
}

case_stats_check() {
  corpus
  expect 0 import x.db set --scope base
  expect 0 stats x.db --json
  json 'j["namespaces"] == 2 and j["memories"] == 4 and j["versions"] == 4 and j["sessions"] == 2 and j["file_bytes"] > 0'
  json 'j["without_vector"] == 0 and j["embedding_space"]'
  expect 0 stats x.db
  holds out "memories"
  holds out "base/talk"
  expect 0 stats x.db --json
  json '[(u["namespace"], u["layer"], u["memories"]) for u in j["usage"]] == [("base", "semantic", 1), ("base/talk", "conversational", 3)]'
  json 'all(u["text_bytes"] > 0 and u["vector_bytes"] > 0 and u["past_bytes"] == 0 for u in j["usage"]) and j["chunks"] == 0 and j["job_lag_ms"] == 0'
  expect 0 check x.db --json
  json 'j["clean"] and j["rows_checked"] > 0 and j["issues"] == []'
  expect 0 check x.db
  holds out "clean"
  expect 0 namespaces x.db
  [ "$(cat out)" = "$(printf 'base\nbase/talk')" ] || fail "namespaces"
  # One byte of a stored text, wherever it stands.
  plain x.db || { skip "no text stands in an encrypted file to be spoilt"; return; }
  python3 - <<'END'
data = bytearray(open("x.db", "rb").read())
at = data.find(b"spare key hangs")
assert at > 0
data[at] ^= 1
open("x.db", "wb").write(data)
END
  expect 10 check x.db --json
  json 'not j["clean"] and len(j["issues"]) > 0 and all(set(i) == {"code", "where", "what", "repaired"} for i in j["issues"])'
}

case_check_repair() {
  corpus
  expect 0 import x.db set --scope base
  plain x.db || { skip "what is spoilt here is a row, by another SQLite"; return; }
  python3 - <<'END'
import sqlite3
db = sqlite3.connect("x.db")
db.execute("DELETE FROM tail WHERE seq_from = 2")
db.commit()
END
  expect 10 check x.db
  expect 0 check x.db --repair --json
  json 'j["issues"] and all(i["repaired"] for i in j["issues"])'
  expect 0 check x.db
  expect 0 recall x.db greyhound --scope base --subtree
  holds out "Biscuit"
}

case_backup_restore() {
  corpus
  expect 0 import x.db set --scope base
  expect 0 backup x.db b.db --json
  json 'j["path"] == "b.db" and j["bytes"] == '"$(stat -c %s b.db)"' and j["verified"] and not j["replaced"]'
  expect 0 put x.db "came later" --scope base
  expect 0 backup x.db b2.db
  holds out "b2.db, "
  cp b2.db older.db
  expect 0 put x.db "came last" --scope base
  expect 0 backup x.db b2.db --no-verify --json
  json 'j["replaced"] and not j["verified"]'
  echo text >text
  expect 5 backup x.db text --json
  error_json kFailedPrecondition
  [ "$(cat text)" = text ] || fail "something else was replaced"
  expect 0 restore x.db b.db --dry-run --json
  json 'j["dry_run"] and j["replaced"] and j["changes_undone"] == 2 and j["memories"] == 4 and j["kept"] == ""'
  expect 0 count x.db --scope base --subtree
  [ "$(cat out)" = 6 ] || fail "a dry run restored"
  expect 0 restore x.db b.db --json
  json 'j["kept"].endswith("/x.db.replaced-1") and j["erasures_replayed"] == 0'
  expect 0 count x.db --scope base --subtree
  [ "$(cat out)" = 4 ] || fail "not restored"
  expect 0 count x.db.replaced-1 --scope base --subtree
  [ "$(cat out)" = 6 ] || fail "not kept"
  expect 5 backup x.db b2.db
  expect 0 restore x.db b2.db --drop-replaced
  [ ! -e x.db.replaced-2 ] || fail "not dropped"
  expect 0 backup x.db older.db
  expect 0 restore new.db b.db
  expect 0 check new.db
  expect 5 restore text b.db
  expect 0 restore text b.db --force
  expect 0 check text
  expect 2 restore x.db missing.db
  expect 64 restore x.db
  [ -z "$(find . -name '.mnemic*')" ] || fail "a temporary file is left"
}

case_salvage() {
  corpus
  expect 0 import x.db set --scope base
  python3 - <<'END'
import os
data = bytearray(open("x.db", "rb").read())
data[0:4096] = os.urandom(4096)
open("x.db", "wb").write(data)
END
  expect 0 salvage x.db new.db --json
  json 'j["memories"] == 4 and j["versions"] == 4 and j["lost_rows"] == len(j["lost"]) > 0 and j["pages"] > 10'
  expect 0 check new.db
  expect 0 recall new.db greyhound --scope base --subtree
  holds out "Biscuit"
  expect 4 salvage x.db new.db
  expect 2 salvage missing.db other.db
  head -c 20000 /dev/urandom >noise
  # Where every store of the tests has a key, noise is a file with another one.
  expect $(plain new.db && echo 10 || echo 3) salvage noise other.db
  [ ! -e other.db ] || fail "a failed salvage left a file"
}

case_rekey() {
  printf 'correct horse battery\n' >old
  printf 'quite another secret\n' >new
  expect 0 put x.db "Prefers window seats" --scope $SCOPE --key seat
  local was_plain=no
  plain x.db && was_plain=yes
  expect 1 rekey x.db
  expect 1 rekey x.db --new-key-file new --decrypt
  expect 2 rekey x.db --new-key-file missing
  holds err "--new-key-file"
  m rekey x.db --new-key-file old --json
  if [ "$code" = 12 ]; then  # a build without encryption
    expect 12 get x.db --scope $SCOPE --key seat --key-file old
    MNEMIC_KEY="correct horse battery" expect 12 count x.db --scope $SCOPE
    lacks err "correct horse"
    expect 12 salvage x.db y.db --key-file old
    expect 12 restore y.db x.db --key-file old
    expect 0 count x.db --scope $SCOPE
    return
  fi
  [ "$code" = 0 ] || fail "exit code $code: $(cat err)"
  json 'j["encrypted"] and j["path"] == "x.db" and j["bytes"] > 4096'
  lacks x.db "window seats"
  expect 3 count x.db --scope $SCOPE
  expect 3 count x.db --scope $SCOPE --key-file new
  expect 2 count x.db --scope $SCOPE --key-file missing
  expect 0 count x.db --scope $SCOPE --key-file old
  MNEMIC_KEY="correct horse battery" expect 0 count x.db --scope $SCOPE
  MNEMIC_KEY="wrong wrong wrong" expect 0 count x.db --scope $SCOPE --key-file old
  expect 0 backup x.db b.db --key-file old
  lacks b.db "window seats"
  expect 0 rekey x.db --key-file old --new-key-file new
  expect 3 count x.db --scope $SCOPE --key-file old
  expect 3 restore y.db b.db --key-file new
  expect 0 restore y.db b.db --key-file old
  expect 0 count y.db --scope $SCOPE --key-file old
  expect 3 salvage x.db z.db --key-file old
  expect 0 salvage x.db z.db --key-file new
  [ $was_plain = yes ] || return  # here no store is without a key
  expect 0 rekey x.db --key-file new --decrypt --json
  json 'j["encrypted"] == False'
  holds x.db "window seats"
  expect 0 check x.db
}

case_snapshot() {
  corpus
  expect 0 import x.db set --scope base
  before=$(sha256sum x.db)
  expect 0 snapshot x.db copy.db --json
  json 'j == {"path": "copy.db", "bytes": '"$(stat -c %s copy.db)"'}'
  [ "$(stat -c %a copy.db)" = 600 ] || fail "the file's mode"
  [ ! -e copy.db-wal ] && [ ! -e copy.db-shm ] || fail "a snapshot is one file"
  [ "$before" = "$(sha256sum x.db)" ] || fail "the store was changed"
  expect 0 check copy.db
  expect 0 list x.db --scope base --subtree --json
  mv out listed
  expect 0 list copy.db --scope base --subtree --json
  cmp -s out listed || fail "the copy lists something else"
  expect 0 put copy.db "only in the copy" --scope base
  expect 0 snapshot x.db "other copy.db"
  holds out "other copy.db, "
  expect 4 snapshot x.db copy.db --json
  error_json kAlreadyExists
  ln -s nowhere dangling.db
  expect 4 snapshot x.db dangling.db
  expect 4 snapshot x.db x.db
  expect 2 snapshot x.db missing/copy.db
  expect 2 snapshot missing.db new.db
  expect 1 snapshot x.db :memory:
  expect 1 snapshot x.db ""
  expect 64 snapshot x.db
  [ ! -e new.db ] && [ ! -e nowhere ] || fail "a failed snapshot left a file"
  [ -z "$(find . -name '.mnemic*')" ] || fail "a temporary file is left"
}

case_reembed() {
  expect 2 reembed x.db --to hashed
  for n in 1 2 3; do expect 0 put x.db "Note number $n about trains." --scope $SCOPE; done
  expect 64 reembed x.db
  expect 64 reembed x.db --to elsewhere
  expect 5 recall x.db trains --scope $SCOPE --embedder hashed
  holds err "reembed"
  expect 0 reembed x.db --to hashed --json
  json 'j == {"space": "mnemic-hash/1", "complete": True, "missing": 0}'
  expect 0 recall x.db trains --scope $SCOPE --embedder hashed
  expect 5 recall x.db trains --scope $SCOPE
  expect 0 reembed x.db --to builtin --now
  holds out "mnemic-static/1"
  expect 0 recall x.db trains --scope $SCOPE
  expect 64 reembed x.db --drop nothing
  expect 2 reembed x.db --drop no/1
  expect 5 reembed x.db --drop mnemic-static/1
  expect 0 reembed x.db --drop mnemic-hash/1 --json
  json 'j == {"dropped": "mnemic-hash/1"}'
  expect 0 check x.db
}

case_jobs() {
  expect 2 maintain x.db
  expect 2 jobs x.db
  # Written without an embedder; the words are there, the vectors come later.
  for n in 1 2 3; do expect 0 put x.db "Note number $n about trains." --scope $SCOPE --embedder none; done
  expect 0 jobs x.db
  holds out "nothing"
  expect 0 jobs x.db --json
  json 'j == {"items": [], "next": 0}'
  expect 0 maintain x.db --json --items 0
  json 'j["done"] == 0'
  expect 0 maintain x.db --embedder none --json
  json 'j["done"] == 0 and j["remaining"] == 0'
  expect 0 maintain x.db --json --memory 5000
  json 'j["done"] == 3 and j["failed"] == 0 and j["remaining"] == 0 and j["stopped"] is False'
  expect 0 stats x.db --json
  json 'j["without_vector"] == 0 and j["jobs_waiting"] == 0 and j["jobs_dead"] == 0 and j["escalations"] == 0'
  expect 0 maintain x.db
  holds out "0 done"
  expect 0 jobs x.db --json
  json '[item["state"] for item in j["items"]] == ["done"] and j["items"][0]["kind"] == "embed.1"'
  local id
  id=$(value 'j["items"][0]["id"]')
  expect 0 jobs x.db list --state done --kind embed.1 --scope $SCOPE
  holds out "embed"
  expect 0 jobs x.db list --scope acme/bob
  holds out "nothing"
  expect 0 jobs x.db show "$id" --json
  json 'j["namespace"] == "acme/ada" and j["attempts"] == 1'
  expect 0 jobs x.db show "$id"
  holds out "embed"
  expect 5 jobs x.db retry "$id"
  expect 5 jobs x.db cancel "$id" --json
  error_json kFailedPrecondition
  expect 2 jobs x.db show 999
  expect 64 jobs x.db show
  expect 64 jobs x.db frobnicate
  expect 64 jobs x.db show minus
  expect 1 jobs x.db --state sleeping
  holds err "--state"
  expect 1 jobs x.db --limit 0
  expect 1 maintain x.db --time -1
  expect 1 maintain x.db --memory 0
  expect 0 check x.db
}

case_exit_codes() {
  expect 0 put x.db "a fact" --scope $SCOPE --json
  id=$(value 'j["id"]')
  expect 2 get x.db 00000000-0000-7000-8000-000000000000 --scope $SCOPE --json
  error_json kNotFound
  expect 2 get x.db "$id" --scope acme/bob --json
  error_json kNotFound
  expect 2 count missing.db --scope $SCOPE --json
  error_json kNotFound
  [ ! -e missing.db ] || fail "a reading command made a file"
  expect 1 get x.db not-an-id --scope $SCOPE --json
  error_json kInvalidArgument
  expect 1 list x.db --scope $SCOPE --where '{"no such field": 1}' --json
  error_json kInvalidArgument
  expect 1 list x.db --scope $SCOPE --where '{' --json
  error_json kInvalidArgument
  expect 1 count x.db --scope 'a//b'
  expect 1 count x.db --scope ..
  expect 1 recall x.db --scope $SCOPE q -k 0
  expect 1 recall x.db --scope $SCOPE ''
  expect 1 recall x.db --scope $SCOPE q --layer dreams
  expect 1 put x.db '' --scope $SCOPE
  expect 1 put x.db t --scope $SCOPE --importance 7
  expect 1 put x.db t --scope $SCOPE --expires someday
  expect 1 put x.db t --scope $SCOPE --metadata '[1]'
  expect 1 put x.db $'\xff' --scope $SCOPE
  expect 5 put x.db t --scope $SCOPE --language german
  ln -s x.db link.db
  expect 3 count link.db --scope $SCOPE --json
  error_json kPermissionDenied
  head -c 8192 /dev/urandom >noise.db
  noise_code=10  # but where it may be an encrypted file, noise asks for its key
  noise_error=kCorruption
  printf 'a secret of eight\n' >key
  m rekey missing.db --new-key-file key
  [ "$code" = 12 ] || { noise_code=3; noise_error=kPermissionDenied; }
  expect $noise_code count noise.db --scope $SCOPE --json
  error_json $noise_error
  if [ -e /dev/full ]; then
    "$BINARY" list x.db --scope $SCOPE >/dev/full 2>err
    [ $? = 11 ] || fail "a full disk under standard output"
  fi
  expect 0 check x.db
}

case_read_only() {
  expect 0 put x.db "a fact about figs" --scope $SCOPE
  before=$(sha256sum x.db)
  for command in "count x.db" "list x.db" "recall x.db figs"; do
    # shellcheck disable=SC2086
    expect 0 $command --scope $SCOPE
  done
  expect 0 stats x.db
  expect 0 check x.db
  expect 0 namespaces x.db
  [ "$before" = "$(sha256sum x.db)" ] || fail "reading changed the file"
}

case_hostile_text() {
  hostile=$'fig \x1b[2J\x1b[31mred\x1b]0;owned\x07 \xe2\x80\xae reversed \xc2\x9b5m \x08\x08 end\nsecond line'
  expect 0 put x.db "$hostile" --scope $SCOPE --key h --author $'A\x1b[7mda' --tag $'t\xe2\x80\xae'
  expect 0 get x.db --key h --scope $SCOPE --json
  json 'j["text"].startswith("fig \x1b[2J") and "\u202e" in j["text"]'
  for command in "list x.db --scope $SCOPE" "recall x.db fig --scope $SCOPE --explain" "get x.db --key h --scope $SCOPE" \
    "recall x.db fig --scope $SCOPE --context" "list x.db --scope $SCOPE --json" "recall x.db fig --scope $SCOPE --json"; do
    # shellcheck disable=SC2086
    expect 0 $command
    for bad in $'\x1b' $'\x07' $'\x08' $'\xe2\x80\xae' $'\xc2\x9b'; do lacks out "$bad"; done
    holds out "reversed"
  done
  expect 0 list x.db --scope $SCOPE
  [ "$(wc -l <out)" = 1 ] || fail "one memory, one line"
  if command -v script >/dev/null; then  # a real terminal: our own colours, none of the text's
    script -qec "stty cols 100; $BINARY list x.db --scope $SCOPE" /dev/null >tty_out </dev/null
    for bad in $'\x1b[2J' $'\x1b[31m' $'\x1b[7m' $'\x1b]' $'\x07' $'\x08' $'\xe2\x80\xae' $'\xc2\x9b'; do lacks tty_out "$bad"; done
    holds tty_out "red"
    python3 - <<'END' || fail "a line wider than the terminal"
import re, sys
lines = re.sub(r"\x1b\[\d*m", "", open("tty_out", encoding="utf-8").read()).splitlines()
sys.exit(any(len(line) > 100 for line in lines))
END
  fi
}

eval_set() {
  mkdir -p "$1"
  cat >"$1/corpus.jsonl" <<'END'
{"_id": "d1", "scope": "s", "text": "The zebra eats apples."}
{"_id": "d2", "scope": "s", "text": "The violin is broken."}
{"_id": "d3", "scope": "s", "text": "Rain again in the valley."}
{"_id": "d4", "scope": "s", "text": "Nothing to report."}
{"_id": "d5", "scope": "", "text": "A zebra crossing near the market."}
END
  cat >"$1/queries.jsonl" <<'END'
{"_id": "q1", "scope": "s", "text": "violin", "category": "a", "answer": "broken"}
{"_id": "q2", "scope": "s", "text": "zebra", "category": "a"}
{"_id": "q3", "scope": "s", "text": "giraffe", "category": "b", "answer": "zebra"}
{"_id": "q4", "scope": "s", "text": "rain", "category": "b"}
END
  printf 'query-id\tcorpus-id\tscore\nq1\td2\t1\nq1\td4\t1\nq2\td1\t2\nq3\td1\t1\n' >"$1/qrels.tsv"
}

# q1 finds d2 of {d2, d4}: recall 1/2, nDCG 1 / (1 + 1/log2 3) = 0.613147, reciprocal rank 1. q2 finds all: 1, 1, 1.
# q3 finds nothing. q4 has no evidence and is dropped.
case_eval_metrics() {
  eval_set tiny
  expect 0 eval tiny --embedder none --exact -k 1 --json
  json 'j["set"] == "tiny" and j["queries"] == 3 and j["dropped"] == 1 and j["documents"] == 5'
  json 'all(abs(j["recall@%d" % k] - 0.5) < 1e-6 for k in (1, 5, 10, 50))'
  json 'abs(j["ndcg@10"] - (0.613147 + 1) / 3) < 1e-6 and abs(j["mrr@10"] - 2 / 3) < 1e-6 and abs(j["hit@10"] - 2 / 3) < 1e-6'
  json 'abs(j["by_category"]["a"]["recall@10"] - 0.75) < 1e-6 and abs(j["by_category"]["a"]["ndcg@10"] - 0.806574) < 1e-6'
  json 'j["by_category"]["b"] == {"queries": 1, "recall@1": 0, "recall@5": 0, "recall@10": 0, "recall@50": 0, "hit@10": 0, "ndcg@10": 0, "mrr@10": 0}'
  json 'j["exact"] is True and j["depth"] == "shallow" and j["embedder"] == "none" and j["p50_ms"] > 0 and j["p95_ms"] >= j["p50_ms"] and j["ingest_per_s"] > 0'
  json 'j["recall@10_interval"][0] <= 0.5 <= j["recall@10_interval"][1] and len(j["ndcg@10_interval"]) == 2'
}

case_eval_options() {
  eval_set one
  eval_set two
  mkdir temporary
  TMPDIR=$PWD/temporary expect 0 eval one two --embedder none --json
  [ -z "$(ls -A temporary)" ] || fail "the temporary store is still there"
  [ "$(wc -l <out)" = 2 ] || fail "one line of JSON per set"
  expect 0 eval one two --embedder none
  [ "$(grep -c -E '^(one|two) ' out)" = 2 ] || fail "one row per set"
  expect 0 eval one/ --embedder none
  holds out "nDCG@10"
  holds out "  a"
  expect 0 eval one --limit-queries 1 --bootstrap 0 --json
  json 'j["queries"] == 1 and j["exact"] is False and j["embedder"] == "builtin" and "recall@10_interval" not in j'
  expect 0 eval one --depth multi --bootstrap 0 --json
  json 'j["depth"] == "multi"'
  expect 1 eval one --depth deep
  for round in 1 2; do
    expect 0 eval one --embedder none --store kept.db --json
    json 'abs(j["recall@10"] - 0.5) < 1e-6'
  done
  expect 0 count kept.db --scope eval --subtree
  [ "$(cat out)" = 5 ] || fail "the kept store"
  expect 2 eval missing --json
  error_json kNotFound
  printf 'header\nbroken\n' >two/qrels.tsv
  expect 1 eval two
  holds err "qrels.tsv:2"
}

# A sentence encoder with random weights: enough to be loaded.
tiny_encoder() {
  python3 - "$1" <<'END'
import json, random, struct, sys
from pathlib import Path
model, hidden, words = Path(sys.argv[1]), 4, ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "zebra", "violin", "rain", "query", ":"]
model.mkdir()
shapes = {"embeddings.word_embeddings.weight": [len(words), hidden], "embeddings.position_embeddings.weight": [16, hidden],
          "embeddings.token_type_embeddings.weight": [2, hidden]}
for part in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense", "intermediate.dense", "output.dense"):
    shapes[f"encoder.layer.0.{part}.weight"] = [hidden, hidden]
    shapes[f"encoder.layer.0.{part}.bias"] = [hidden]
for part in ("embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output"):
    shapes[f"{part}.LayerNorm.weight"] = shapes[f"{part}.LayerNorm.bias"] = [hidden]
head, data, draw = {}, b"", random.Random(1)
for name, shape in shapes.items():
    count = shape[0] * (shape[1] if len(shape) > 1 else 1)
    head[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * count]}
    data += struct.pack(f"<{count}f", *(draw.uniform(-1, 1) for _ in range(count)))
text = json.dumps(head).encode()
(model / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
(model / "vocab.txt").write_text("\n".join(words) + "\n")
(model / "config.json").write_text(json.dumps({"model_type": "bert", "hidden_act": "gelu", "hidden_size": hidden, "intermediate_size": hidden,
    "num_attention_heads": 2, "num_hidden_layers": 1, "max_position_embeddings": 16, "type_vocab_size": 2, "vocab_size": len(words), "layer_norm_eps": 1e-12}))
END
}

case_eval_encoder() {
  eval_set one
  tiny_encoder model
  m eval one --encoder model --bootstrap 0 --json
  if [ "$code" = 12 ]; then echo "SKIPPED: the command was built without mnemic::encoder"; exit 77; fi
  expect 0 eval one --encoder model --query-prefix "query: " --threads 2 --bootstrap 0 --json --store kept.db
  json 'j["embedder"] == "model" and j["queries"] == 3'
  expect 5 stats kept.db  # the file goes by the encoder now
  holds err "model/"
  expect 2 eval one --encoder missing --json
  error_json kNotFound
  expect 64 eval one --query-prefix "query: "
  printf 'x' >model/model.safetensors
  expect 10 eval one --encoder model
  holds err "--encoder"
}

case_eval_negative() {
  mkdir temporary
  TMPDIR=$PWD/temporary expect 0 eval negative --memories 20 --per-kind 1 --deletions 2 --json
  [ -z "$(ls -A temporary)" ] || fail "a temporary store is still there"
  json 'j["set"] == "generated" and j["passed"] and j["stale"] == 0 and j["asked"] > 1000 and j["found"] > 1000'
  json 'j["blind"] == [] and j["first_stale"] == []'
  json 'all(j["kinds"][k]["stale"] == 0 and j["kinds"][k]["found"] > 0 for k in ("fact_superseded", "expired", "forgotten", "erased", "quarantined", "other_namespace"))'
  json 'all(m["found"] > 0 for m in j["modes"].values())'
  json 'j["propagation"]["deletions"] == 2 and j["propagation"]["erase"]["late"] == 0 and j["propagation"]["purge"]["p50_ms"] > 0'
  corpus
  expect 0 eval negative set --memories 20 --per-kind 1 --deletions 0 --embedder hashed
  holds out "set, by kind"
  lacks err "stale"
  expect 13 eval negative --memories 20 --per-kind 1 --deletions 0 --unspoilt --json
  json 'not j["passed"] and j["stale"] > 0 and len(j["first_stale"]) == 20'
  expect 2 eval negative missing
  expect 64 eval negative --memories 0
  expect 64 eval
}

case_eval_replay() {
  local history
  history=$(dirname "$SCRIPT")/../../examples/replay/ada.jsonl
  expect 0 eval replay "$history" --json
  json 'j["file"] == "ada.jsonl" and j["met"] == j["expectations"] == 52 and j["stale"] == j["missing"] == 0 and j["sessions"] == 4'
  # Without the erasure the text is there, and the history says so.
  grep -v '"op": "erase"' "$history" >kept.jsonl
  expect 13 eval replay kept.jsonl --embedder hashed --json
  json 'j["stale"] > 0 and {"line": 21, "op": "recall", "what": "has \"9931\""} in j["unmet"]'
  expect 13 eval replay kept.jsonl --store kept.db
  holds out "kept.jsonl:"
  expect 4 eval replay kept.jsonl --store kept.db
  expect 0 count kept.db --scope acme/bob
  printf '{"op": "put"}\n' >bad.jsonl
  expect 1 eval replay bad.jsonl
  holds err "bad.jsonl:1"
  expect 64 eval replay
}

case_bench_fields() {
  mkdir temporary
  TMPDIR=$PWD/temporary expect 0 bench --memories 300 --queries 20 --appends 16 --json
  [ -z "$(ls -A temporary)" ] || fail "the temporary store is still there"
  json 'j["memories"] == 300 and j["scopes"] == 1 and j["queries"] == 20 and j["k"] == 10'
  json 'j["text"] == {"from": "generated", "seed": 42} and j["embedder"].split("/")[0] in ("mnemic-static", "mnemic-hash") and j["dimensions"] > 0'
  json 'all(j["machine"][name] for name in ("cpu", "kernel", "file_system", "build", "compiler", "mnemic"))'
  json 'j["machine"]["cores"] >= 1 and j["machine"]["memory_bytes"] > 0 and j["machine"]["load"] >= 0'
  json 'all(0 < j[arm]["p50_ms"] <= j[arm]["p95_ms"] and j[arm]["first_ms"] > 0 for arm in ("vector", "lexical", "recall"))'
  json '0.99 <= j["vector"]["recall@10"] <= 1 and "recall@10" not in j["recall"]'
  json 'j["append"]["per_s"] > 0 and j["append"]["per_s_8_threads"] > 0 and 0 < j["append"].get("appends_per_sync_8_threads", 1) <= 8'
  json 'j["append"]["bare_per_s"] > 0 and j["append"]["ratio_p50"] > 0'
  json '0 < j["append"]["p50_ms"] <= j["append"]["p95_ms"] and j["append"]["p50_ms_8_threads"] > 0'
  json 'j["import"]["per_s"] > 0 and 0 < j["open_ms"] <= j["open_p95_ms"] and j["cache_bytes"] > 0'
  json 'j["file_bytes"] > 300 * 1000 and abs(j["bytes_per_memory"] - j["file_bytes"] / 300) < 0.01'
  [ "$(uname)" != Linux ] || json 'j["resident_bytes"] >= 0'
  expect 0 bench --memories 300 --queries 20 --appends 16
  for part in "vector arm" "lexical arm" "recall, packed" "append, 8 threads" "import, a batch" "open and recall" "bytes a memory"; do
    holds out "$part"
  done
}

case_bench_embedder() {
  expect 0 bench --memories 200 --queries 5 --only vector --embedder hashed --store X --json
  json 'j["embedder"] == "mnemic-hash/1" and j["dimensions"] == 384 and j["vector"]["recall@10"] > 0.9'
  expect 0 bench --memories 200 --queries 5 --only vector --embedder hashed --store X --json  # measured again
  expect 0 bench --memories 200 --queries 5 --only vector --json
  if [ "$(value 'j["embedder"]')" != mnemic-hash/1 ]; then  # a build with the table
    expect 5 bench --memories 200 --queries 5 --only vector --store X
    holds err "mnemic-hash/1"
  fi
  expect 64 bench --embedder none
  m bench --memories 200 --encoder nowhere
  [ "$code" != 0 ] && holds err "--encoder"
}

case_bench_options() {
  for n in $(seq 40); do echo "line $n tells of the $((n * n)) figs of Ada"; done >lines.txt
  printf '\n   \n...\n\xff\xfe broken bytes and \x1b[31mcolours\n' >>lines.txt
  expect 0 bench --text lines.txt --memories 100 --queries 5 -k 3 --scopes 4 --only vector --only import --json
  json 'j["text"]["from"] == "lines.txt" and j["text"]["lines"] == 37 and j["scopes"] == 4'  # 41 usable, 4 held out
  json '"recall@3" in j["vector"] and "import" in j and "lexical" not in j and "append" not in j and "file_bytes" not in j'
  expect 0 bench --memories 50 --queries 3 --store kept.db --only import --only size --json
  bytes=$(value 'j["file_bytes"]')
  expect 0 count kept.db --scope bench/s0
  [ "$(cat out)" = 50 ] || fail "the kept store"
  expect 0 bench --memories 50 --queries 3 --store kept.db --skip append --json
  json '"import" not in j and "append" not in j and j["file_bytes"] == '"$bytes"' and "recall" in j'
  expect 5 bench --memories 51 --queries 3 --store kept.db
  holds err '"memories":50'
  expect 5 bench --memories 50 --queries 3 --seed 1 --store kept.db
  expect 0 put real.db "a memory of somebody" --scope $SCOPE
  before=$(sha256sum real.db)
  expect 4 bench --memories 50 --store real.db --json
  error_json kAlreadyExists
  [ "$before" = "$(sha256sum real.db)" ] || fail "a store that is not the bench's was changed"
  for bad in "--memories 0" "--memories -1" "--memories many" "--queries 0" "-k 0" "--k 10001" "--only everything" "--text" \
    "--scopes 6 --memories 5" "--only vector --skip recall" "--skip import --skip size --skip vector --skip lexical --skip recall --skip open --skip append"; do
    # shellcheck disable=SC2086
    expect 64 bench $bad
  done
  expect 64 bench --text ""
  expect 2 bench --text missing.txt --json
  error_json kNotFound
  expect 1 bench --text .
  echo "..." >empty.txt
  expect 1 bench --text empty.txt
  holds err "--text: empty.txt"
  expect 2 bench --store missing/x.db
}

case_bench_interrupted() {
  mkdir temporary
  TMPDIR=$PWD/temporary "$BINARY" bench --memories 5000000 >out 2>err &
  for _ in $(seq 600); do [ -z "$(find temporary -name store.db -size +1000k)" ] || break; sleep 0.1; done
  kill -INT $!
  wait $!
  [ $? = 8 ] || fail "the exit code of an interrupted run: $(cat err)"
  holds err "kCancelled"
  [ -z "$(ls -A temporary)" ] || fail "the temporary store is still there"
}

case_bench_compare() {
  for memories in 200 300; do
    expect 0 bench --memories $memories --queries 5 --appends 8 --json
    cp out $memories.json
  done
  expect 0 bench compare 200.json 200.json
  holds out "vector.p50_ms"
  [ ! -s err ] || fail "a warning about equal reports: $(cat err)"
  expect 0 bench compare 200.json 300.json
  holds err "not the same memories: 200 and 300"
  expect 0 bench compare 200.json 300.json --json
  json 'j["warnings"] == ["not the same memories: 200 and 300"] and 1 < j["ratios"]["file_bytes"]["ratio"] < 2'
  json 'all(abs(r["ratio"] - r["b"] / r["a"]) < 1e-9 for r in j["ratios"].values() if r["a"]) and len(j["ratios"]) > 20'
  sed 's/"cpu":"[^"]*"/"cpu":"another"/' 200.json >other.json
  expect 0 bench compare 200.json other.json
  holds err "the machines differ: cpu"
  expect 2 bench compare 200.json missing.json
  sed 's/"open_ms":[^,]*/"open_ms":"fast"/' 200.json >bad.json
  expect 1 bench compare 200.json bad.json
  holds err 'bad.json: field "open_ms": expected a number'
  echo '{"machine": {}}' >bad.json
  expect 1 bench compare bad.json 200.json --json
  error_json kInvalidArgument
  holds err memories
  echo 'no json' >bad.json
  expect 1 bench compare bad.json 200.json
  expect 64 bench compare 200.json
}

# id COMMAND...: runs a command that prints an id, and prints it.
id() { "$BINARY" "$@" 2>>err_ids || echo "failed: mnemic $*"; }

case_help_of_layers() {
  for command in facts timeline skills relate related; do
    expect 0 --help
    holds out "$command"
    expect 0 "$command" --help
    holds out "--json"
  done
  for command in "fact assert" "fact get" "fact retract" "fact confirm" "fact reject" "fact declare" "fact attributes" \
    "episode record" "episode close" "episode get" "skill record" "skill get"; do
    expect 0 "${command% *}" --help
    holds out "${command#* }"
    # shellcheck disable=SC2086
    expect 0 $command --help
    holds out "--json"
  done
  expect 64 fact
  holds err "mnemic fact --help"
  expect 64 episode nonsense x.db
  expect 64 fact assert x.db Ada "lives in" --scope $SCOPE
  holds err "mnemic fact assert --help"
}

case_facts() {
  porto=$(id fact assert x.db Ada "lives in" Porto -s $SCOPE --since 2020-01-01)
  expect 0 fact assert x.db ada "Lives  in" Lisbon -s $SCOPE --since 2024-06-01 --json
  json 'sorted(j) == ["conflicts", "id", "known", "superseded"] and j["superseded"] == ["'"$porto"'"] and not j["known"]'
  lisbon=$(value 'j["id"]')
  expect 0 fact assert x.db Ada "lives in" Lisbon -s $SCOPE --since 2025-01-01
  [ "$(cat out)" = "$lisbon" ] || fail "the fact that stood already"
  holds err "known already"
  expect 0 fact assert x.db Ada likes figs -s $SCOPE --preference --author Ada --tag food --importance 0.9 --pinned --trust user \
    --metadata '{"n": 1}' --session s1 --user ada --agent helper --text "Figs, says Ada"
  expect 0 fact assert x.db Ada likes olives -s $SCOPE --json
  json 'j["superseded"] == []'
  expect 0 facts x.db ada -s $SCOPE --json
  json 'sorted(j) == ["items", "next"] and j["next"] == ""'
  json '[(i["attribute"], i["value"]) for i in j["items"]] == [("likes", "figs"), ("likes", "olives"), ("Lives  in", "Lisbon")]'
  json 'j["items"][0]["kind"] == "preference" and j["items"][1]["kind"] == "fact" and "until" not in j["items"][2]'
  json 'j["items"][2]["since"] == "2024-06-01T00:00:00Z" and j["items"][2]["state"] == "active" and j["items"][2]["subject"] == "ada"'
  json '(lambda m: m["text"] == "Figs, says Ada" and m["author"] == "Ada" and m["tags"] == ["food"] and m["importance"] == 0.9)(j["items"][0]["memory"])'
  json '(lambda m: m["pinned"] and m["trust"] == "user" and m["metadata"]["n"] == 1 and m["session"] == "s1")(j["items"][0]["memory"])'
  json '(lambda m: m["user"] == "ada" and m["agent"] == "helper")(j["items"][0]["memory"])'
  expect 0 facts x.db ADA -s $SCOPE --attribute "LIVES IN" --at 2021-05-05 --json
  json '[i["value"] for i in j["items"]] == ["Porto"] and j["items"][0]["until"] == "2024-06-01T00:00:00Z"'
  json 'j["items"][0]["state"] == "superseded"'
  expect 0 facts x.db Ada -s $SCOPE --attribute "lives in" --history --json
  json '[i["value"] for i in j["items"]] == ["Porto", "Lisbon"]'
  expect 0 facts x.db Ada -s $SCOPE --limit 1 --where '{"tags": "food"}' --json
  json '[i["value"] for i in j["items"]] == ["figs"]'
  expect 0 facts x.db Ada -s $SCOPE
  holds out "$lisbon  2024-06-01 00:00 – open"
  holds out "ada Lives in Lisbon"
  expect 0 facts x.db Bob -s $SCOPE
  [ "$(cat out)" = nothing ] || fail "an unknown subject"
  expect 0 fact get x.db "$porto" -s $SCOPE --json
  json 'j["id"] == "'"$porto"'" and j["value"] == "Porto" and j["memory"]["layer"] == "semantic"'
  expect 0 fact get x.db "$porto" -s $SCOPE
  holds out "superseded"
  expect 2 fact get x.db "$porto" -s acme/bob
  expect 0 facts x.db -s acme --subtree --json
  json 'len(j["items"]) == 3'
}

case_facts_confirm() {
  lisbon=$(id fact assert x.db Ada "lives in" Lisbon -s $SCOPE --since 2024-06-01)
  expect 0 fact assert x.db Ada "lives in" Faro -s $SCOPE --since 2026-01-01 --proposed --source "$lisbon" --json
  json 'j["conflicts"] == ["'"$lisbon"'"] and j["superseded"] == []'
  faro=$(value 'j["id"]')
  expect 0 facts x.db Ada -s $SCOPE
  holds out "[proposed] Ada lives in Faro"
  expect 0 related x.db "$faro" -s $SCOPE --type derived_from --json
  json '[i["memory"]["id"] for i in j["items"]] == ["'"$lisbon"'"]'
  expect 0 fact confirm x.db "$faro" -s $SCOPE --json
  json 'j["id"] == "'"$faro"'" and j["superseded"] == ["'"$lisbon"'"]'
  expect 0 facts x.db Ada -s $SCOPE --json
  json '[(i["value"], i["state"]) for i in j["items"]] == [("Faro", "confirmed")]'
  expect 0 fact retract x.db "$faro" -s $SCOPE --at 2026-02-01 --json
  json 'j["until"] == "2026-02-01T00:00:00Z"'
  expect 5 fact retract x.db "$faro" -s $SCOPE --at 2026-03-01 --json
  error_json kFailedPrecondition
  expect 0 facts x.db Ada -s $SCOPE
  [ "$(cat out)" = nothing ] || fail "a retracted fact holds"
  expect 0 fact reject x.db "$lisbon" -s $SCOPE
  holds out "[rejected] Ada lives in Lisbon"
  expect 5 fact confirm x.db "$lisbon" -s $SCOPE
  expect 2 fact reject x.db 00000000-0000-7000-8000-000000000000 -s $SCOPE
  expect 2 fact confirm missing.db "$faro" -s $SCOPE
  expect 1 fact retract x.db not-an-id -s $SCOPE
  expect 1 fact retract x.db "$faro" -s $SCOPE --at open
  holds err "--at"
  expect 0 fact assert x.db Ada works "at night" -s $SCOPE --confirmed --until 2099-01-01
  expect 0 facts x.db Ada -s $SCOPE --json
  json 'j["items"][0]["state"] == "confirmed" and j["items"][0]["until"] == "2099-01-01T00:00:00Z"'
  expect 64 fact assert x.db Ada works "at night" -s $SCOPE --confirmed --proposed
  expect 1 fact assert x.db Ada works "at night" -s $SCOPE --since 2026-01-02 --until 2026-01-01
}

case_facts_declare() {
  expect 0 fact declare x.db "Drinks=many" "lives in=single" -s $SCOPE --json
  json 'j == {"declared": [{"name": "Drinks", "cardinality": "many"}, {"name": "lives in", "cardinality": "single"}]}'
  expect 0 fact attributes x.db -s $SCOPE --json
  json '{"name": "drinks", "cardinality": "many"} in j["declared"] and {"name": "likes", "cardinality": "many"} in j["defaults"]'
  expect 0 fact attributes x.db -s acme/bob --json
  json 'j["declared"] == []'
  expect 0 fact attributes x.db -s $SCOPE
  holds out "many    drinks"
  for value in tea coffee; do expect 0 fact assert x.db Ada drinks $value -s $SCOPE; done
  for value in red blue; do expect 0 fact assert x.db Ada wears $value -s $SCOPE --many; done
  for value in bus tram; do expect 0 fact assert x.db Ada likes $value -s $SCOPE --single; done
  expect 0 facts x.db Ada -s $SCOPE --json
  json '[i["value"] for i in j["items"]] == ["tea", "coffee", "tram", "red", "blue"]'
  expect 1 fact declare x.db drinks -s $SCOPE
  holds err "NAME=CARDINALITY"
  expect 1 fact declare x.db drinks=few -s $SCOPE
  holds err "many"
  expect 1 fact declare x.db a=many A=single -s $SCOPE
  expect 64 fact declare x.db -s $SCOPE
  expect 64 fact assert x.db Ada likes figs -s $SCOPE --single --many
}

case_facts_file() {
  cat >facts.jsonl <<'END'
{"subject": "Ada", "attribute": "lives in", "value": "Porto", "since": "2020-01-01"}

{"subject": "Ada", "attribute": "lives in", "value": "Lisbon", "since": "8 May 2023", "until": "2024-01-01T00:00:00Z", "tags": ["home"]}
{"subject": "Ada", "attribute": "eats", "value": "figs", "cardinality": "many", "kind": "preference", "state": "confirmed", "importance": 0.7}
END
  expect 0 fact assert x.db --from facts.jsonl -s $SCOPE --time-zone Asia/Tokyo --json
  [ "$(wc -l <out)" = 3 ] || fail "one line per fact"
  expect 0 facts x.db Ada -s $SCOPE --history --attribute "lives in" --json
  json '[(i["value"], i["since"]) for i in j["items"]] == [("Porto", "2019-12-31T15:00:00Z"), ("Lisbon", "2023-05-07T15:00:00Z"), ("Porto", "2024-01-01T00:00:00Z")]'
  json '[i.get("until") for i in j["items"]] == ["2023-05-07T15:00:00Z", "2024-01-01T00:00:00Z", None]'
  printf '{"subject": "Bob", "attribute": "eats", "value": "rice"}\n' | "$BINARY" fact assert x.db --from - -s $SCOPE >out 2>err || fail "--from -"
  for bad in '{"subject": "Z", "attribute": "eats"}' '{"subject": "Z", "attribute": "eats", "value": 3}' '[1]' '{' \
    '{"subject": "Z", "attribute": "eats", "value": "x", "untill": "2020-01-01"}' \
    '{"subject": "Z", "attribute": "eats", "value": "x", "since": "soon"}' \
    '{"subject": "Z", "attribute": "eats", "value": "x", "kind": "guess"}' \
    '{"subject": "Z", "attribute": "eats", "value": "x", "sources": ["x"]}'; do
    { echo '{"subject": "Z", "attribute": "eats", "value": "good"}'; echo "$bad"; } >bad.jsonl
    expect 1 fact assert x.db --from bad.jsonl -s $SCOPE
    holds err "bad.jsonl:2"
  done
  { echo '{"subject": "Z", "attribute": "eats", "value": "good"}'
    echo '{"subject": "Z", "attribute": "eats", "value": "x", "importance": 7}'; } >bad.jsonl
  expect 1 fact assert x.db --from bad.jsonl -s $SCOPE --json
  error_json kInvalidArgument
  holds err "fact 1"
  expect 0 facts x.db Z -s $SCOPE
  [ "$(cat out)" = nothing ] || fail "part of a refused file was written"
  expect 2 fact assert x.db --from missing.jsonl -s $SCOPE
  expect 64 fact assert x.db Ada eats figs --from facts.jsonl -s $SCOPE
  expect 64 fact assert x.db --from facts.jsonl --proposed -s $SCOPE
  expect 64 fact assert x.db -s $SCOPE
}

case_facts_pages() {
  for n in 1 2 3 4 5; do
    expect 0 fact assert x.db "Person $n" "lives in" Lisbon -s $SCOPE --since 2024-01-0$n
  done
  expect 0 fact assert x.db "Person 1" "lives in" Porto -s $SCOPE --since 2025-01-01
  expect 0 facts x.db -s $SCOPE --limit 2 --json
  json '[i["subject"] for i in j["items"]] == ["Person 1", "Person 5"] and j["next"] != ""'
  cursor=$(value 'j["next"]')
  expect 0 facts x.db -s $SCOPE --limit 2 --cursor "$cursor" --json
  json '[i["subject"] for i in j["items"]] == ["Person 4", "Person 3"] and j["next"] != ""'
  expect 0 facts x.db -s $SCOPE --limit 2
  holds out "more: --cursor"
  expect 0 facts x.db -s $SCOPE --all --json
  json 'len(j["items"]) == 6'
  expect 0 facts x.db -s $SCOPE --at 2024-01-02 --json
  json '[i["subject"] for i in j["items"]] == ["Person 2", "Person 1"]'
  expect 0 facts x.db -s $SCOPE --where '{"metadata.fact.value": "Porto"}' --json
  json 'len(j["items"]) == 1'
  expect 64 facts x.db -s $SCOPE --history
  expect 64 facts x.db -s $SCOPE --attribute "lives in"
  expect 64 facts x.db "Person 1" -s $SCOPE --all
  expect 64 facts x.db "Person 1" -s $SCOPE --history --at 2024-01-01
  expect 64 facts x.db "Person 1" -s $SCOPE --cursor x
  expect 64 facts x.db "" -s $SCOPE
  expect 1 facts x.db -s $SCOPE --cursor nonsense
  expect 1 facts x.db -s $SCOPE --limit 0
  expect 1 facts x.db -s $SCOPE --at someday
  expect 1 facts x.db -s $SCOPE --where '{'
  expect 2 facts missing.db -s $SCOPE
}

case_timeline() {
  zone="--time-zone America/New_York"
  # shellcheck disable=SC2086
  { plan=$(id episode record x.db "Planned the trip" -s $SCOPE --start "2026-05-08 21:30" --end "2026-05-08 22:15" $zone --who Ada \
      --who Ben --why "for the summer" --outcome success --tag trip)
    train=$(id episode record x.db "Night train" -s $SCOPE --start "2026-05-08 22:00" --end "2026-05-09 07:10" $zone --key train)
    stay=$(id episode record x.db "Stay at the hostel" -s $SCOPE --start "2026-05-09 09:00" --open $zone); }
  echo "Lost the key" | "$BINARY" episode record x.db - -s $SCOPE --start 2026-05-09T03:00:00Z --outcome failure --json >out 2>err
  json 'list(j) == ["id"]'
  # shellcheck disable=SC2086
  expect 0 timeline x.db -s $SCOPE $zone --json
  json 'sorted(j) == ["items", "next", "time_zone"] and j["time_zone"] == "America/New_York"'
  json '[i["text"] for i in j["items"]] == ["Planned the trip", "Night train", "Lost the key", "Stay at the hostel"]'
  json '[i["day"] for i in j["items"]] == ["2026-05-08"] * 3 + ["2026-05-09"]'
  json '[i.get("end") for i in j["items"]] == ["2026-05-09T02:15:00Z", "2026-05-09T11:10:00Z", None, "open"]'
  json 'j["items"][0]["who"] == ["Ada", "Ben"] and j["items"][0]["why"] == "for the summer" and j["items"][0]["outcome"] == "success"'
  json 'j["items"][0]["start"] == "2026-05-09T01:30:00Z" and j["items"][1]["memory"]["key"] == "train"'
  # shellcheck disable=SC2086
  expect 0 timeline x.db -s $SCOPE $zone
  [ "$(grep -c '^2026-05-0[89]  America/New_York$' out)" = 2 ] || fail "one heading per local day"
  holds out "$plan  21:30 – 22:15  Planned the trip — for the summer — Ada, Ben — success"
  holds out "$train  22:00 – 2026-05-09 07:10  Night train"
  holds out "$stay  09:00 – open   Stay at the hostel"
  # In UTC all four began on one day.
  expect 0 timeline x.db -s $SCOPE --json
  json '{i["day"] for i in j["items"]} == {"2026-05-09"}'
  # Plain dates are days of the zone.
  # shellcheck disable=SC2086
  expect 0 timeline x.db -s $SCOPE $zone --to 2026-05-09 --json
  json '[i["text"] for i in j["items"]] == ["Planned the trip", "Night train", "Lost the key"]'
  # shellcheck disable=SC2086
  expect 0 timeline x.db -s $SCOPE $zone --from 2026-05-09 --to 2026-05-10 --newest --json
  json '[i["text"] for i in j["items"]] == ["Stay at the hostel", "Night train"]'
  expect 0 timeline x.db -s $SCOPE --where '{"metadata.episode.outcome": "failure"}' --json
  json '[i["text"] for i in j["items"]] == ["Lost the key"]'
  expect 0 timeline x.db -s $SCOPE --limit 3 --json
  cursor=$(value 'j["next"]')
  expect 0 timeline x.db -s $SCOPE --limit 3 --cursor "$cursor" --json
  json '[i["text"] for i in j["items"]] == ["Stay at the hostel"] and j["next"] == ""'
  expect 0 timeline x.db -s $SCOPE --limit 1
  holds out "more: --cursor"
  # shellcheck disable=SC2086
  expect 0 episode close x.db "$stay" -s $SCOPE --end "2026-05-12 11:00" --outcome success $zone --json
  json 'j["end"] == "2026-05-12T15:00:00Z" and j["outcome"] == "success"'
  expect 5 episode close x.db "$stay" -s $SCOPE --json
  error_json kFailedPrecondition
  # shellcheck disable=SC2086
  expect 0 episode get x.db "$stay" -s $SCOPE $zone --json
  json 'j["day"] == "2026-05-09" and j["memory"]["layer"] == "episodic"'
  expect 0 episode get x.db "$plan" -s $SCOPE
  holds out "for the summer"
  expect 0 episode record x.db "The train again" -s $SCOPE --key train --json
  json 'j["id"] == "'"$train"'"'
  expect 0 timeline x.db -s acme/bob
  [ "$(cat out)" = nothing ] || fail "another namespace"
}

case_timeline_bad_input() {
  expect 0 episode record x.db "Something" -s $SCOPE --start 2026-05-08 --json
  episode=$(value 'j["id"]')
  expect 64 episode record x.db x -s $SCOPE --open --end 2026-05-09
  expect 1 episode record x.db x -s $SCOPE --start 2026-05-09 --end 2026-05-08
  expect 1 episode record x.db x -s $SCOPE --start soon
  holds err "--start"
  expect 1 episode record x.db x -s $SCOPE --end open
  holds err "--end"
  expect 1 episode record x.db "" -s $SCOPE
  expect 1 episode record x.db x -s $SCOPE --who ""
  expect 1 episode record x.db x -s $SCOPE --outcome fine
  holds err "success"
  expect 1 episode record x.db x -s $SCOPE --metadata '{"episode": 1}'
  expect 1 episode record x.db x -s $SCOPE --source x
  holds err "--source"
  expect 2 episode record x.db x -s $SCOPE --source 00000000-0000-7000-8000-000000000000
  expect 1 episode record x.db x -s $SCOPE --time-zone Mars/Olympus
  expect 1 timeline x.db -s $SCOPE --from 2026-05-09 --to 2026-05-09
  expect 1 timeline x.db -s $SCOPE --from 2026-05-09 --time-zone Mars/Olympus
  holds err "--time-zone"
  expect 1 timeline x.db -s $SCOPE --cursor x
  expect 1 timeline x.db -s $SCOPE --limit 0
  expect 2 timeline missing.db -s $SCOPE
  expect 5 episode close x.db "$episode" -s $SCOPE
  expect 2 episode close x.db 00000000-0000-7000-8000-000000000000 -s $SCOPE
  expect 2 episode get x.db 00000000-0000-7000-8000-000000000000 -s $SCOPE
  expect 0 timeline x.db -s $SCOPE --json
  json 'len(j["items"]) == 1'
}

case_skills() {
  cat >run.json <<'END'
{"goal": "refund an order", "skill": "refund",
 "steps": [{"tool": "find_order", "arguments": {"id": 7}, "digest": "1 row", "duration_ms": 120},
           {"tool": "refund", "arguments": {"order": 7}}],
 "outcome": "success", "start": "2026-05-08 10:00", "tags": ["shop"], "session": "s1", "trust": "tool", "metadata": {"n": 1}}
END
  expect 0 skill record x.db run.json -s $SCOPE --json --time-zone Europe/Lisbon
  json 'sorted(j) == ["run", "skill"]'
  skill=$(value 'j["skill"]')
  run=$(value 'j["run"]')
  for _ in 1 2; do expect 0 skill record x.db run.json -s $SCOPE; done
  sed 's/"success"/"failure"/' run.json | "$BINARY" skill record x.db - -s $SCOPE --json >out 2>err
  json 'j["skill"] == "'"$skill"'"'
  echo '{"goal": "refund an order", "steps": [{"tool": "guess"}], "outcome": "failure"}' >other.json
  expect 0 skill record x.db other.json -s $SCOPE
  expect 0 get x.db "$run" -s $SCOPE --json
  json 'j["event_time"] == "2026-05-08T09:00:00Z" and j["tags"] == ["shop"] and j["session"] == "s1" and j["trust"] == "tool"'
  expect 0 skills x.db -s $SCOPE --json
  json 'sorted(j) == ["items", "next"] and len(j["items"]) == 2'
  expect 0 skills x.db "refund this order" -s $SCOPE --json
  json 'j["items"][0]["id"] == "'"$skill"'" and j["items"][0]["similarity"] > 0.4 and j["items"][0]["score"] > j["items"][1]["score"]'
  json '(j["items"][0]["runs"], j["items"][0]["successes"], j["items"][0]["failures"]) == (4, 3, 1)'
  json '0.3 < j["items"][0]["confidence"] < 0.31 and j["items"][1]["confidence"] == 0'
  json 'j["items"][0]["steps"][0] == {"tool": "find_order", "arguments": {"id": 7}, "digest": "1 row", "duration_ms": 120}'
  expect 0 skills x.db "refund this order" -s $SCOPE -k 1
  holds out "$skill  worked 3 of 4, confidence 0.30, similarity"
  holds out '1. find_order {"id":7} (120 ms) → 1 row'
  lacks out "guess"
  expect 0 skills x.db "refund this order" -s $SCOPE --min-similarity 1.0 --where '{"tags": "none"}'
  [ "$(cat out)" = nothing ] || fail "no skill is like it"
  expect 0 skills x.db -s $SCOPE --limit 1 --json
  cursor=$(value 'j["next"]')
  expect 0 skills x.db -s $SCOPE --limit 1 --cursor "$cursor" --json
  json 'j["items"][0]["id"] == "'"$skill"'" and j["next"] == ""'
  expect 0 skill get x.db "$skill" -s $SCOPE --json
  json 'j["name"] == "refund" and j["goal"] == "refund an order" and j["mean_duration_ms"] == 120'
  expect 0 skill get x.db "$skill" -s $SCOPE
  holds out "2. refund"
  expect 2 skill get x.db "$run" -s $SCOPE
  expect 0 related x.db "$skill" -s $SCOPE --type run_of --direction in --json
  json 'len(j["items"]) == 4'
}

case_skills_bad_input() {
  bad() {
    printf '%s\n' "$1" >bad.json
    expect 1 skill record x.db bad.json -s $SCOPE
    holds err "bad.json"
    holds err "$2"
  }
  bad '{"goal":' 'not JSON'
  bad '[1]' 'object'
  bad '{}' '"goal"'
  bad '{"goal": 3}' '"goal"'
  bad '{"goal": "g", "outcome": "ok"}' '"outcome"'
  bad '{"goal": "g", "outcom": "success"}' '"outcom"'
  bad '{"goal": "g", "steps": {}}' '"steps"'
  bad '{"goal": "g", "steps": [1]}' '"steps[0]"'
  bad '{"goal": "g", "steps": [{"tool": "a"}, {"tool": 1}]}' '"steps[1]": field "tool"'
  bad '{"goal": "g", "steps": [{"arguments": 1}]}' '"tool"'
  bad '{"goal": "g", "steps": [{"tool": "a", "cost": 1}]}' '"cost"'
  bad '{"goal": "g", "steps": [{"tool": "a", "duration_ms": -1}]}' '"duration_ms"'
  bad '{"goal": "g", "steps": [{"tool": "a", "duration_ms": 1.5}]}' '"duration_ms"'
  bad '{"goal": "g", "steps": [{"tool": "a", "digest": 1}]}' '"digest"'
  bad '{"goal": "g", "start": "soon"}' '"start"'
  bad '{"goal": "g", "sources": "x"}' '"sources"'
  bad '{"goal": "g", "trust": "much"}' '"trust"'
  [ ! -e x.db ] || fail "a bad run made a file"
  echo '{"goal": "g", "metadata": {"run": 1}}' >bad.json
  expect 1 skill record x.db bad.json -s $SCOPE --json
  error_json kInvalidArgument
  expect 2 skill record x.db missing.json -s $SCOPE
  expect 1 skill record x.db . -s $SCOPE
  expect 64 skills x.db -s $SCOPE -k 3
  expect 64 skills x.db goal -s $SCOPE --cursor x
  expect 1 skills x.db goal -s $SCOPE --min-similarity 2
  expect 1 skills x.db goal -s $SCOPE -k 0
  expect 1 skills x.db -s $SCOPE --limit 0
  expect 2 skills missing.db -s $SCOPE
}

case_relations() {
  meeting=$(id put x.db "The meeting is on Friday" -s $SCOPE)
  entry=$(id put x.db "A calendar entry" -s $SCOPE --tag calendar)
  mail=$(id put x.db "A mail" -s $SCOPE)
  expect 0 relate x.db "$entry" evidence_for "$meeting" -s $SCOPE --metadata '{"weight": 0.5}' --json
  json 'j == {"from": "'"$entry"'", "type": "evidence_for", "to": "'"$meeting"'", "removed": False}'
  expect 0 relate x.db "$mail" evidence_for "$meeting" -s $SCOPE
  expect 0 relate x.db "$mail" evidence_for "$meeting" -s $SCOPE
  expect 0 relate x.db "$meeting" follows "$mail" -s $SCOPE
  expect 0 related x.db "$meeting" -s $SCOPE --json
  json 'sorted(j) == ["items", "next"] and j["next"] == 0'
  json '[i["relation"]["type"] for i in j["items"]] == ["evidence_for", "evidence_for", "follows"]'
  json '[i["memory"]["id"] for i in j["items"]] == ["'"$entry"'", "'"$mail"'", "'"$mail"'"]'
  json 'j["items"][0]["relation"]["metadata"] == {"weight": 0.5} and j["items"][0]["relation"]["from"] == "'"$entry"'"'
  expect 0 related x.db "$meeting" -s $SCOPE --direction in --limit 1 --json
  json 'len(j["items"]) == 1 and j["next"] == j["items"][0]["relation"]["seq"]'
  next=$(value 'j["next"]')
  expect 0 related x.db "$meeting" -s $SCOPE --direction in --after "$next" --json
  json '[i["memory"]["id"] for i in j["items"]] == ["'"$mail"'"]'
  expect 0 related x.db "$meeting" -s $SCOPE --direction out --json
  json '[i["relation"]["type"] for i in j["items"]] == ["follows"]'
  expect 0 related x.db "$meeting" -s $SCOPE --type evidence_for --where '{"tags": "calendar"}'
  holds out "← evidence_for    $entry"
  holds out '"weight"'
  expect 0 related x.db "$meeting" -s $SCOPE --limit 1
  holds out "more: --after"
  expect 0 relate x.db "$mail" evidence_for "$meeting" -s $SCOPE --remove --json
  json 'j["removed"] is True'
  expect 0 relate x.db "$mail" evidence_for "$meeting" -s $SCOPE --remove
  expect 0 related x.db "$mail" -s $SCOPE --direction out
  [ "$(cat out)" = nothing ] || fail "the link is still there"
  expect 1 relate x.db "$mail" "evidence for" "$meeting" -s $SCOPE
  expect 1 relate x.db "$mail" x "$mail" -s $SCOPE
  expect 1 relate x.db "$mail" x "$meeting" -s $SCOPE --metadata '[1]'
  expect 1 relate x.db mail x "$meeting" -s $SCOPE
  holds err "FROM"
  expect 2 relate x.db "$mail" x "$meeting" -s acme/bob --json
  error_json kNotFound
  expect 2 related x.db "$mail" -s acme/bob
  expect 2 relate missing.db "$mail" x "$meeting" -s $SCOPE
  expect 64 relate x.db "$mail" x "$meeting" -s $SCOPE --remove --metadata '{}'
  expect 64 related x.db "$mail" -s $SCOPE --direction sideways
  expect 1 related x.db "$mail" -s $SCOPE --limit 0
  expect 1 related x.db "$mail" -s $SCOPE --type "not one"
}

case_recall_layers() {
  expect 0 fact assert x.db Ada "lives in" Porto -s $SCOPE --since 2020-01-01
  expect 0 fact assert x.db Ada "lives in" Lisbon -s $SCOPE --since 2024-06-01
  expect 0 episode record x.db "Ada lives it up in Faro" -s $SCOPE --start 2025-01-01
  expect 0 put x.db "Ada lives in hope" -s $SCOPE --layer conversational --session s1
  ask() { expect 0 recall x.db -s $SCOPE --json "Ada lives in" "$@"; }
  value_of='h["memory"]["metadata"]["fact"]["value"]'
  layer_of='h["memory"]["layer"]'
  ask
  json '['"$value_of"' for h in j["hits"] if '"$layer_of"' == "semantic"] == ["Lisbon"] and len(j["hits"]) == 3'
  ask --layer semantic --at 2021-01-01
  json '['"$value_of"' for h in j["hits"]] == ["Porto"]'
  json 'j["hits"][0]["holds"] == {"since": "2020-01-01T00:00:00Z", "until": "2024-06-01T00:00:00Z"}'
  ask --layer semantic --at "2024-06-01 00:30" --time-zone Europe/Lisbon
  json '['"$value_of"' for h in j["hits"]] == ["Porto"]'
  ask --weight semantic=0 --weight conversational=2
  json '['"$layer_of"' for h in j["hits"]] == ["conversational", "episodic"] and j["hits"][0]["parts"]["layer"] == 2'
  ask -k 2 --at-least episodic=1 --at-least conversational=1
  json 'sorted('"$layer_of"' for h in j["hits"]) == ["conversational", "episodic"]'
  ask --at-most episodic=0 --at-most conversational=0
  json '['"$layer_of"' for h in j["hits"]] == ["semantic"]'
  expect 0 recall x.db "Ada lives in" -s $SCOPE --layer semantic --explain
  holds out "2024-06-01 00:00 – open"
  holds out "layer x1.000"
  paris=$(id fact assert x.db Ada "lives in" Paris -s $SCOPE --since 2019-01-01 --until 2020-01-01)
  expect 0 why x.db "Ada lives in" "$paris" -s $SCOPE --json
  json 'j["verdict"] == "not_holding"'
  expect 0 why x.db "Ada lives in" "$paris" -s $SCOPE --at 2019-05-05 --json
  json 'j["verdict"] == "hit"'
  for bad in "--weight semantic" "--weight semantic=much" "--weight dreams=1" "--weight semantic=101" "--at-least semantic=-1" \
    "--at-most semantic=1.5" "--at-least semantic=11" "--weight semantic=1 --weight semantic=2" "--at someday" "--at open"; do
    # shellcheck disable=SC2086
    expect 1 recall x.db Ada -s $SCOPE $bad
  done
}

case_recall_shape() {
  expect 0 put x.db "Ada's sister is called Bea" -s $SCOPE --key sister --event-time 2026-05-01
  twin=$(id put x.db "Ada's sister is called Bea." -s $SCOPE --key twin --event-time 2026-04-01)
  expect 0 put x.db "Bea and Ada moved to Porto" -s $SCOPE --key porto --event-time 2026-03-01
  ask() { expect 0 recall x.db -s $SCOPE --json "Ada's sister" "$@"; }
  keys='[h["memory"]["key"] for h in j["hits"]]'
  ask
  json 'len(j["plan"]) == 1 and j["plan"][0]["text"] == "Ada'"'"'s sister" and j["dropped"] == [] and "window" not in j'
  ask -k 2 --diversity 0.7
  json '"porto" in '"$keys"' and j["hits"][0]["parts"]["passes"] == 0'
  ask --min-score 1000
  json 'j["hits"] == []'
  ask --min-words 0.9 --min-vector 1 --exact
  json '"porto" not in [h["memory"]["key"] for h in j["hits"] if h["parts"]["words"] > 0]'
  ask --window "2026-03-01..2026-03-02" --window-boost 1 --no-time-expressions --reference-time 2026-05-01
  json 'j["window"]["begin"] == "2026-03-01T00:00:00Z" and [h["parts"]["window"] for h in j["hits"] if h["memory"]["key"] == "porto"] == [2]'
  ask --depth multi --max-passes 2
  json 'len(j["plan"]) == 3 and "Bea" in j["plan"][1]["text"] and sum(p["new_hits"] for p in j["plan"]) == len(j["hits"])'
  ask --deadline 1us --depth multi --diversity 0.5
  json 'j["dropped"][:2] == ["passes", "diversity"] and len(j["hits"]) > 0'
  ask --deadline 1000s
  json 'j["dropped"] == []'
  expect 0 recall x.db "Ada's sister" -s $SCOPE --depth multi --deadline 1us
  holds err "left out, the time was over: passes"
  expect 0 recall x.db "Ada's sister" -s $SCOPE --depth multi --explain
  holds out "window x1.000"
  holds out "pass 1: words the first hits share"
  expect 0 why x.db "Ada's sister" "$twin" -s $SCOPE --json -k 2 --diversity 0.7
  json 'j["verdict"] == "displaced"'
  expect 0 why x.db "Ada's sister" "$twin" -s $SCOPE --json --min-score 1000
  json 'j["verdict"] == "below_minimum"'
  for bad in "--diversity 2" "--min-score -1" "--min-words 1.1" "--min-vector -0.1" "--window-boost 3" "--depth deep" "--max-passes 33" \
    "--deadline 0" "--deadline 5min" "--deadline soon" "--window 2026-05-01" "--window 2026-05-02..2026-05-01" \
    "--window someday..2026-05-01" "--reference-time someday"; do
    # shellcheck disable=SC2086
    expect 1 recall x.db Ada -s $SCOPE $bad
  done
}

case_event_end() {
  expect 0 put x.db "A long walk" -s $SCOPE --key walk --event-time "2026-05-08 10:00" --event-end "2026-05-08 12:30" \
    --time-zone Europe/Lisbon
  expect 0 put x.db "A long stay" -s $SCOPE --key stay --event-time 2026-05-08 --event-end open --layer episodic
  expect 0 fact assert x.db Ada "lives in" Lisbon -s $SCOPE --since 2024-06-01
  expect 0 get x.db --key walk -s $SCOPE --json
  json 'j["event_time"] == "2026-05-08T09:00:00Z" and j["event_end"] == "2026-05-08T11:30:00Z"'
  expect 0 get x.db --key walk -s $SCOPE
  holds out "event_end"
  expect 0 list x.db -s $SCOPE
  holds out "2026-05-08 09:00 – 11:30"
  holds out "2026-05-08 00:00 – open"
  expect 1 put x.db x -s $SCOPE --event-time 2026-05-08 --event-end 2026-05-07
  expect 1 put x.db x -s $SCOPE --event-time open
  expect 1 put x.db x -s $SCOPE --event-end someday
  # What list --json printed can be read back; a second time it changes nothing.
  expect 0 list x.db -s $SCOPE --order created --json
  python3 -c 'import json
for i in json.load(open("out"))["items"]: print(json.dumps(i))' >export.jsonl
  for _ in 1 2; do expect 0 import y.db export.jsonl -s copy --json; done
  json 'j["written"] == 0 and j["unchanged"] == 3'
  expect 0 list y.db -s copy --order created --json
  json '[i.get("event_end") for i in j["items"]] == ["2026-05-08T11:30:00Z", "open", "open"]'
  expect 0 facts y.db ada -s copy --json
  json '[i["value"] for i in j["items"]] == ["Lisbon"]'
  expect 0 timeline y.db -s copy --json
  json '[i["text"] for i in j["items"]] == ["A long stay"]'
  sed -i 's/T11:30:00Z/T11:45:00Z/' export.jsonl
  expect 0 import y.db export.jsonl -s copy --json
  json 'j["written"] == 1 and j["unchanged"] == 2'
  echo '{"text": "t", "event_end": 3}' >bad.jsonl
  expect 1 import y.db bad.jsonl -s copy
  holds err '"event_end"'
  walk=$(id put x.db "Another walk" -s $SCOPE)
  echo '{"text": "with a link", "key": "linked", "relations": [{"type": "after", "to": "'"$walk"'"}]}' >linked.jsonl
  expect 0 import x.db linked.jsonl -s $SCOPE
  expect 0 related x.db "$walk" -s $SCOPE --json
  json '[i["memory"]["key"] for i in j["items"]] == ["linked"]'
  for bad in '3' '[{"type": "after"}]' '[{"to": "'"$walk"'"}]'; do
    echo '{"text": "t", "relations": '"$bad"'}' >bad.jsonl
    expect 1 import x.db bad.jsonl -s $SCOPE
    holds err '"relations"'
  done
}

case_layers_read_only() {
  fact=$(id fact assert x.db Ada likes figs -s $SCOPE)
  episode=$(id episode record x.db "Ate figs" -s $SCOPE --source "$fact")
  echo '{"goal": "buy figs", "steps": [{"tool": "shop"}]}' >run.json
  expect 0 skill record x.db run.json -s $SCOPE --json
  skill=$(value 'j["skill"]')
  before=$(sha256sum x.db)
  for command in "facts x.db" "facts x.db Ada" "facts x.db Ada --history" "fact get x.db $fact" "fact attributes x.db" "timeline x.db" \
    "episode get x.db $episode" "skills x.db" "skills x.db figs" "skill get x.db $skill" "related x.db $fact"; do
    # shellcheck disable=SC2086
    expect 0 $command --scope $SCOPE
  done
  [ "$before" = "$(sha256sum x.db)" ] || fail "reading changed the file"
}

case_layers_hostile_text() {
  h=$'fig \x1b[2J\x1b[31mred\x1b]0;owned\x07 \xe2\x80\xae reversed \xc2\x9b5m \x08\x08 end\nsecond line'
  fact=$(id fact assert x.db "$h" "$h" "$h" -s $SCOPE --tag "$h")
  episode=$(id episode record x.db "$h" -s $SCOPE --who "$h" --why "$h" --source "$fact")
  python3 -c 'import json, sys
h = sys.argv[1]
print(json.dumps({"goal": h, "skill": h, "steps": [{"tool": h, "arguments": {h: h}, "digest": h}]}))' "$h" >run.json
  expect 0 skill record x.db run.json -s $SCOPE --json
  skill=$(value 'j["skill"]')
  expect 0 fact declare x.db "$h=many" -s $SCOPE
  expect 0 relate x.db "$fact" x "$episode" -s $SCOPE --metadata "$(python3 -c 'import json, sys
print(json.dumps({sys.argv[1]: sys.argv[1]}))' "$h")"
  for command in "facts x.db" "facts x.db --json" "fact get x.db $fact" "fact attributes x.db" "timeline x.db" "timeline x.db --json" \
    "episode get x.db $episode" "skills x.db" "skills x.db --json" "skills x.db reversed" "skill get x.db $skill" "related x.db $fact" \
    "related x.db $fact --json"; do
    # shellcheck disable=SC2086
    expect 0 $command -s $SCOPE
    for bad in $'\x1b' $'\x07' $'\x08' $'\xe2\x80\xae' $'\xc2\x9b'; do lacks out "$bad"; done
    holds out "reversed"
  done
  expect 0 facts x.db -s $SCOPE
  [ "$(wc -l <out)" = 1 ] || fail "one fact, one line"
  expect 0 timeline x.db -s $SCOPE
  [ "$(wc -l <out)" = 2 ] || fail "one day, one episode"
  if command -v script >/dev/null; then  # a real terminal: no line wider than it
    for command in "facts x.db" "timeline x.db" "skills x.db" "related x.db $fact"; do
      script -qec "stty cols 110; $BINARY $command -s $SCOPE" /dev/null >tty_out </dev/null
      python3 - <<'END' || fail "a line wider than the terminal: $command"
import re, sys
lines = re.sub(r"\x1b\[\d*m", "", open("tty_out", encoding="utf-8").read()).splitlines()
sys.exit(any(len(line) > 110 for line in lines))
END
    done
  fi
}

case_demo() {
  expect 0 --help
  holds out "demo"
  expect 0 demo --help
  holds out "--zone"
  lacks out "--burst"
  expect 0 demo --store d.db --user Ada --zone Asia/Tokyo
  holds out "PROVED:"
  expect 0 check d.db
  expect 0 stats d.db --json
  json 'j["memories"] > 190'
  mkdir temporary
  TMPDIR=$PWD/temporary expect 0 demo
  holds out "$PWD/temporary/"
  # Found through PATH it still finds itself again, for the process that is killed.
  ln -s "$BINARY" mnemic
  PATH=$PWD:$PATH mnemic demo --store p.db >out 2>err || fail "demo through PATH: $(tail -3 err)"
  holds out "PROVED:"
  for bad in "--json" "--frobnicate" "extra" "--user"; do
    # shellcheck disable=SC2086
    expect 64 demo $bad
  done
  expect 64 demo --user ""
  expect 1 demo --zone Mars/Olympus
  holds err "--zone"
  expect 1 demo --store :memory:
  expect 2 demo --store missing/d.db
}

cases=("${@:2}")
if [ ${#cases[@]} = 0 ]; then mapfile -t cases < <(declare -F | sed -n 's/^declare -f case_//p'); fi
result=0
for name in "${cases[@]}"; do
  declare -F "case_$name" >/dev/null || { echo "no case named $name"; exit 2; }
  directory=$(mktemp -d)
  failed=0
  cd "$directory" || exit 2
  "case_$name"
  cd / || exit 2
  if [ $failed = 0 ]; then
    echo "PASS $name"
    rm -rf "$directory"
  else
    echo "FAIL $name ($directory)"
    result=1
  fi
done
exit $result
