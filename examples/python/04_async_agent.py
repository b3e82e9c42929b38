# SPDX-License-Identifier: Apache-2.0
"""An agent on asyncio: three talks go on at once in one store; each turn is answered from memory, and what was learnt is asked
for in the end. The model is a stand-in; a real one is awaited in its place."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone

import mnemic
import mnemic.aio

TALKS = {
    "ada": ["My cat Pixel hates going to the vet.", "Who hates the vet?"],
    "ben": ["The spare key is under the blue flowerpot.", "Where is the spare key?"],
    "eve": ["I am allergic to walnuts.", "May I have the cake with walnuts?"],
}


async def model(question: str, context: str) -> str:
    """Answers with the first thing remembered."""
    await asyncio.sleep(0)  # where a real one takes its time
    remembered = [line.split(") ", 1)[1] for line in context.splitlines() if line.startswith("[")]
    return f"You said: {remembered[0]}" if remembered else "I shall remember that."


async def talk(store: mnemic.aio.Store, name: str, lines: list[str]) -> list[str]:
    scope = store.scope("acme", name, user=name, agent="helper")  # nobody reads another's
    session = scope.session("today")
    answers = []
    for line in lines:
        found = await scope.recall(line, k=1, author="user")
        answer = await model(line, found.context())
        await session.append([{"role": "user", "content": line}, {"role": "assistant", "content": answer}])
        answers.append(answer)
    await scope.skills.record_run("answer from memory", steps=[{"tool": "recall"}], outcome="success")
    return answers


async def main() -> None:
    clock = datetime(2026, 5, 8, 18, tzinfo=timezone.utc)
    async with mnemic.aio.open(":memory:", clock=lambda: clock) as store:
        everyone = await asyncio.gather(*(talk(store, name, lines) for name, lines in TALKS.items()))
        for name, answers in zip(TALKS, everyone):
            print(f"{name}: {answers}")
        async for turn in store.scope("acme", "ben").list(order="created", author="user"):
            print(f"  {turn.turn} {turn.text}")
        acme = store.scope("acme", reach="subtree", access="read_only")
        print(f"{await acme.count(layer='conversational')} turns in {len(await store.admin.namespaces())} namespaces")
        try:
            await acme.put("not allowed")
        except mnemic.PermissionDenied as error:
            print(error)


if __name__ == "__main__":
    asyncio.run(main())
