# SPDX-License-Identifier: Apache-2.0
"""Facts that change: one value at a time or many, a correction of the past, what was true then, a fact that waits to be
confirmed, and the turns that facts come from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

import mnemic


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def show(title: str, facts: Sequence[mnemic.Fact]) -> None:
    print(title)
    for fact in facts:
        until = fact.holds.until.date() if fact.holds.until else "now"
        print(f"  {fact.attribute} {fact.value}, {fact.holds.since.date()} to {until}, {fact.memory.state}")


def main() -> None:
    with mnemic.open(":memory:", clock=lambda: day("2026-05-08T12:00:00"), seed=1) as store:
        ada = store.scope("acme", "ada")
        facts = ada.facts

        # "lives in" has one value at a time, so Lisbon ends Porto; "plays for" has many, which is said once, as data.
        facts.declare([{"name": "plays for", "cardinality": "many"}])
        facts.assert_fact("Ada", "lives in", "Porto", since=day("2019-09-01"))
        facts.assert_fact("Ada", "lives in", "Lisbon", since=day("2024-06-01"))
        for name in ("the Otters", "the Night Owls"):
            facts.assert_fact("Ada", "plays for", name, since=day("2025-01-01"))
        show("What is true of Ada", facts.about("ada"))
        show("Where she lived on 2021-03-01", facts.about("Ada", at=day("2021-03-01"), attribute="lives in"))

        # A correction of the past: from May to August 2022 it was Berlin. Porto stands before and after.
        facts.assert_fact("Ada", "lives in", "Berlin", since=day("2022-05-01"), until=day("2022-08-01"))
        show("Where she ever lived", facts.history("Ada", "lives in"))

        # Recall answers for now, or for the moment asked.
        now = ada.recall("Where does Ada live?", k=1)
        then = ada.recall("Where does Ada live?", k=1, valid_at=day("2022-06-15"))
        print(f"Now: {now[0].text}. In June 2022: {then[0].text}.")

        # What a model takes from a turn waits for a person. The fact is believed no more than the turn it comes from.
        turn = ada.session("s1").append({"role": "user", "content": "We move to Faro in July."})
        faro = facts.assert_fact("Ada", "lives in", "Faro", since=day("2026-07-01"), state="proposed", sources=[turn])
        print(f"Faro is proposed against {facts.get(faro.conflicts[0]).value}")
        facts.confirm(faro.id)
        show("Where she lives on 2026-08-01", facts.about("Ada", at=day("2026-08-01"), attribute="lives in"))
        for link in ada.related(faro.id):
            print(f"  {link.relation.type}: {link.memory.text}")

        # What is over without a new value.
        facts.retract(facts.about("Ada", attribute="plays for")[0].id, at=day("2026-01-01"))
        show("Her teams", facts.history("Ada", "plays for"))


if __name__ == "__main__":
    main()
