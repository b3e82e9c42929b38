# SPDX-License-Identifier: Apache-2.0
"""A conversation: append chat messages, take the newest that fit a window, and make the memory part of a prompt within a token
budget, with what is pinned always there and places kept for each layer."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import mnemic


class StepClock:
    """Goes on by a minute with every look: the same run, the same times."""

    def __init__(self) -> None:
        self.time = datetime(2026, 5, 8, 18, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        self.time += timedelta(minutes=1)
        return self.time


def show(title: str, context: mnemic.PackedContext) -> None:
    print(f"{title}: {context.tokens} tokens, {len(context.cited)} cited, {len(context.dropped)} dropped")
    print(context.text)


def main() -> None:
    with mnemic.open(":memory:", time_zone="Europe/Lisbon", clock=StepClock(), seed=1) as store:
        ada = store.scope("acme", "ada", user="ada", agent="helper")

        # One call, one commit. What the user said is believed more than what a model said: the role says so.
        talk = ada.session("evening")
        talk.append([
            {"role": "user", "content": "We need a restaurant for Friday, for four."},
            {"role": "assistant", "content": "Shall I ask at the Taberna again?"},
            {"role": "user", "content": "No, the Taberna was far too loud for my mother."},
            {"role": "assistant", "content": "Then perhaps the Jardim, it has a quiet yard."},
            {"role": "user", "content": "Good. And remind me to bring the umbrella back."},
        ])
        ada.put("Answer in European Portuguese", pinned=True, trust="operator")
        ada.facts.assert_fact("Ada's mother", "is allergic to", "shellfish")
        ada.episodes.record("Booked the restaurant Jardim", outcome="success")

        # The short-term memory of a prompt: the newest turns that fit, oldest first.
        print("Window of 30 tokens")
        for message in talk.messages(max_tokens=30):
            print(f"  {message['role']}: {message['content']}")
        print()

        # The long-term memory: two turns at most, and a place each for what is known and what happened.
        found = ada.recall(
            "Which restaurant suits my mother?",
            k=4,
            token_budget=300,
            per_layer=[
                {"layer": "conversational", "at_most": 2},
                {"layer": "semantic", "at_least": 1},
                {"layer": "episodic", "at_least": 1},
            ],
        )
        for hit in found:
            print(f"{hit.memory.layer}: {hit.text}")
        print()
        show("As asked", found.pack())
        show("In a smaller prompt", found.pack(max_tokens=120))


if __name__ == "__main__":
    main()
