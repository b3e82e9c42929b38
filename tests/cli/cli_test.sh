#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the mnemic command as a user would: cli_test.sh BINARY [CASE...]; without a case, all of them.
# Every case has a directory of its own, removed when it passes and printed when it does not.
set -uo pipefail

BINARY=$(realpath "$1")
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
  for command in import put get list count recall why forget stats check namespaces eval; do
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
  json 'sorted(j) == ["hits", "pinned", "searched", "seq"] and j["hits"][0]["memory"]["key"] == "t1"'
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
  json 'j == {"ids": ["'"$id"'"], "count": 1, "dry_run": True}'
  expect 2 forget x.db "$id" 00000000-0000-7000-8000-000000000000 --scope $SCOPE
  expect 2 forget x.db "$id" --scope acme/bob
  expect 0 count x.db --scope $SCOPE
  [ "$(cat out)" = 3 ] || fail "forgotten too early"
  expect 0 forget x.db "$id" --scope $SCOPE --json
  json 'j == {"ids": ["'"$id"'"], "count": 1, "dry_run": False}'
  expect 2 get x.db "$id" --scope $SCOPE
  expect 0 forget x.db --scope $SCOPE --where '{"tags": "t"}' --dry-run --json
  json 'j["count"] == 2'
  expect 0 forget x.db --scope $SCOPE --where '{"tags": "t"}' --json
  json 'j["count"] == 2'
  expect 0 count x.db --scope $SCOPE
  [ "$(cat out)" = 0 ] || fail "not forgotten"
  expect 2 forget missing.db "$id" --scope $SCOPE
  [ ! -e missing.db ] || fail "forget made a file"
}

case_stats_check() {
  corpus
  expect 0 import x.db set --scope base
  expect 0 stats x.db --json
  json 'j["namespaces"] == 2 and j["memories"] == 4 and j["versions"] == 4 and j["sessions"] == 2 and j["file_bytes"] > 0'
  json 'j["without_vector"] == 0 and j["embedding_space"]'
  expect 0 stats x.db
  holds out "memories"
  expect 0 check x.db --json
  json 'j["clean"] and j["rows_checked"] > 0 and j["issues"] == []'
  expect 0 check x.db
  holds out "clean"
  expect 0 namespaces x.db
  [ "$(cat out)" = "$(printf 'base\nbase/talk')" ] || fail "namespaces"
  # One byte of a stored text, wherever it stands.
  python3 - <<'END'
data = bytearray(open("x.db", "rb").read())
at = data.find(b"spare key hangs")
assert at > 0
data[at] ^= 1
open("x.db", "wb").write(data)
END
  expect 10 check x.db --json
  json 'not j["clean"] and len(j["issues"]) > 0 and all(set(i) == {"code", "where", "what"} for i in j["issues"])'
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
  expect 10 count noise.db --scope $SCOPE --json
  error_json kCorruption
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
  json 'j["exact"] is True and j["embedder"] == "none" and j["p50_ms"] > 0 and j["p95_ms"] >= j["p50_ms"] and j["ingest_per_s"] > 0'
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
