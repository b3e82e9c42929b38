# SPDX-License-Identifier: Apache-2.0
"""Store memories, replace one by its key, recall by question and by filter, ask why, and forget."""

from __future__ import annotations

import mnemic


def store_some(ada: mnemic.Scope) -> None:
    # A key is the caller's own id: whoever writes it again replaces the memory.
    for text in ("Prefers aisle seats on trains", "Prefers window seats on trains"):
        ada.put(text, key="seat", tags=["travel"])
    with ada.batch() as batch:  # several memories in one commit, all or none
        batch.put("The spare key hangs behind the kitchen door", importance=0.9, tags=["home"])
        batch.put("Allergic to walnuts", tags=["food"], metadata={"severe": True})
        batch.put("Liked the fig tart of Café Aurora", tags=["food"])


def ask(ada: mnemic.Scope, question: str, where: mnemic.Where | None = None) -> None:
    print(question)
    for hit in ada.recall(question, k=1, where=where):
        print(f"  {hit.text}")


def explain_and_forget(ada: mnemic.Scope) -> None:
    seat = ada.get(key="seat")
    print(f"Version {seat.version} of the seat: {seat.text}")
    print(f"Not an answer about the key: {ada.why(seat.id, 'Where is the key?', k=1).verdict}")
    ada.forget(seat.id)
    try:
        ada.get(seat.id)
    except mnemic.NotFound as error:  # its class says what to do next, its message names what was wrong
        print(f"Forgotten, so get answers {error.code}: {error}")
    left = ada.count({"tags": {"$in": ["food", "home"]}})
    print(f"{left} memories of food and home are left")


def main() -> None:
    with mnemic.open(":memory:") as store:  # a path keeps it: "agent.db"
        ada = store.scope("acme", "ada")
        store_some(ada)
        ask(ada, "Where is the spare key?")
        ask(ada, "Which seat on the train?")
        ask(ada, "What is she allergic to?", where={"tags": "food", "metadata.severe": True})
        explain_and_forget(ada)


if __name__ == "__main__":
    main()
