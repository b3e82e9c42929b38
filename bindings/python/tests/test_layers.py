# SPDX-License-Identifier: Apache-2.0
"""Episodes, facts and skills."""

from __future__ import annotations

import datetime
from typing import Any

import mnemic
import pytest
from conftest import MOMENT, StillClock

DAY = datetime.timedelta(days=1)


def test_an_episode_has_a_time_people_a_reason_and_an_outcome(ada: mnemic.Scope) -> None:
    turn = ada.put("we should talk")
    episode = ada.episodes.get(ada.episodes.record(
        "Met Ben", start=MOMENT - DAY, end=MOMENT, who=["Ada", "Ben"], why="the plan", outcome="success", sources=[turn],
        trust="user", key="met",
        session="s", importance=1, pinned=True, tags=["work"], metadata={"room": 3},
    ))
    assert (episode.text, episode.who, episode.why, episode.outcome) == (
        "Met Ben", ("Ada", "Ben"), "the plan", mnemic.Outcome.SUCCESS,
    )
    assert (episode.start, episode.end, episode.day, episode.open) == (MOMENT - DAY, MOMENT, "2026-05-07", False)
    assert episode.id == episode.memory.id and episode.memory.trust == mnemic.Trust.EXTERNAL  # the least of its sources
    assert episode.memory.key == "met" and episode.memory.metadata["room"] == 3
    assert [link.memory.id for link in ada.related(episode.id)] == [turn]


def test_an_episode_that_goes_on_is_open_until_it_is_closed(ada: mnemic.Scope, clock: StillClock) -> None:
    episodes = ada.episodes
    id = episodes.record("A trip", end=mnemic.OPEN)
    moment = episodes.record("A bang")
    assert (episodes.get(id).open, episodes.get(id).end, episodes.get(moment).end) == (True, mnemic.OPEN, None)
    later = clock.forward(days=2)
    closed = episodes.close(id, outcome="failure")
    assert (closed.end, closed.open, closed.outcome) == (later, False, mnemic.Outcome.FAILURE)
    with pytest.raises(mnemic.FailedPrecondition):
        episodes.close(id)


def test_a_timeline_is_what_lasts_into_the_interval(ada: mnemic.Scope) -> None:
    episodes = ada.episodes
    for n in range(6):
        episodes.record(f"day {n}", start=MOMENT + n * DAY, tags=["even" if n % 2 == 0 else "odd"])
    episodes.record("all along", start=MOMENT - DAY, end=mnemic.OPEN)
    found = [episode.text for episode in episodes.timeline(start=MOMENT + DAY, end=MOMENT + 4 * DAY, page_size=2)]
    assert found == ["all along", "day 1", "day 2", "day 3"]
    assert [episode.text for episode in episodes.timeline(where={"tags": "odd"}, order="newest")] == ["day 5", "day 3", "day 1"]


def test_a_new_value_of_a_single_valued_attribute_closes_the_one_before(ada: mnemic.Scope, clock: StillClock) -> None:
    facts = ada.facts
    porto = facts.assert_fact("Ada", "lives in", "Porto")
    moved_at = clock.forward(days=10)
    lisbon = facts.assert_fact("Ada", "lives in", "Lisbon", kind="fact", importance=1, tags=["home"])
    assert (porto.known, porto.superseded, lisbon.superseded, lisbon.conflicts) == (False, (), (porto.id,), ())
    assert [fact.value for fact in facts.about("Ada")] == ["Lisbon"]
    assert [fact.value for fact in facts.about("Ada", at=MOMENT)] == ["Porto"]
    old, new = facts.history("Ada", "lives in")
    assert (old.holds.since, old.holds.until, new.holds.since, new.holds.until) == (MOMENT, moved_at, moved_at, None)
    assert (old.is_true_at(MOMENT), old.is_true_at(moved_at), new.is_true_at(moved_at)) == (True, False, True)
    assert facts.assert_fact("Ada", "lives in", "Lisbon").known
    assert [fact.value for fact in facts.list()] == ["Lisbon"]
    assert sorted(fact.value for fact in facts.list(all=True, page_size=1)) == ["Lisbon", "Porto"]


def test_facts_are_asserted_together_or_not_at_all(ada: mnemic.Scope) -> None:
    facts = ada.facts
    good: mnemic.FactFields = {
        "subject": "Ada", "attribute": "speaks", "value": "Portuguese", "cardinality": "many", "kind": "preference",
    }
    with pytest.raises(mnemic.InvalidArgument, match="fact 1: subject: empty"):
        facts.assert_facts([good, {"subject": "", "attribute": "a", "value": "v"}])
    assert list(facts.list()) == []
    done = facts.assert_facts(fact for fact in (good, {**good, "value": "English"}))
    assert [facts.get(one.id).value for one in done] == ["Portuguese", "English"]
    assert facts.get(done[0].id).kind == mnemic.FactKind.PREFERENCE


def test_facts_are_confirmed_rejected_and_retracted(ada: mnemic.Scope, clock: StillClock) -> None:
    facts = ada.facts
    proposed = facts.assert_fact("Ada", "works at", "Acme", state="proposed").id
    assert facts.get(proposed).memory.state == mnemic.State.PROPOSED
    assert facts.confirm(proposed).id == proposed and facts.get(proposed).memory.state == mnemic.State.CONFIRMED
    wrong = facts.assert_fact("Ada", "plays", "chess").id
    assert facts.reject(wrong).memory.state == mnemic.State.REJECTED
    with pytest.raises(mnemic.PermissionDenied, match=f"value: was rejected .memory {wrong}"):
        facts.assert_fact("ada", "plays", "Chess")
    assert facts.get(facts.assert_fact("Ada", "plays", "chess", state="confirmed").id).memory.state == mnemic.State.CONFIRMED
    facts.retract(facts.about("Ada", attribute="plays")[0].id)
    ended = facts.retract(proposed, at=clock.forward(days=1))
    assert ended.holds.until == clock.now and facts.about("Ada") == []
    with pytest.raises(mnemic.FailedPrecondition):
        facts.retract(wrong)


def test_attributes_are_declared_in_the_namespace(ada: mnemic.Scope) -> None:
    facts = ada.facts
    assert facts.attributes() == []
    facts.declare([{"name": "rides", "cardinality": "many"}, {"name": "weighs", "cardinality": mnemic.Cardinality.SINGLE}])
    assert [(one.name, one.cardinality) for one in facts.attributes()] == [
        ("rides", mnemic.Cardinality.MANY), ("weighs", mnemic.Cardinality.SINGLE),
    ]
    for value in ("a bike", "a horse"):
        facts.assert_fact("Ada", "rides", value)
    assert len(facts.about("Ada", attribute="rides")) == 2 and len(facts.about("Ada", limit=1)) == 1
    assert all(one.cardinality == mnemic.Cardinality.MANY for one in mnemic.default_attributes())


STEPS: list[mnemic.StepFields] = [
    {"tool": "find_order", "arguments": {"id": 7, "x": [1.5]}, "digest": "found", "duration": 1.25},
    {"tool": "refund", "duration": datetime.timedelta(milliseconds=750)},
]


def test_a_run_is_counted_in_its_skill(ada: mnemic.Scope) -> None:
    skills = ada.skills
    first = skills.record_run("refund an order", steps=STEPS, outcome="success", skill="refund")
    second = skills.record_run("refund an order", steps=STEPS, outcome="failure", skill="refund")
    assert first.skill == second.skill and first.run != second.run
    skill = skills.get(first.skill)
    assert (skill.name, skill.goal, skill.runs, skill.successes, skill.failures) == ("refund", "refund an order", 2, 1, 1)
    assert [(step.tool, step.arguments, step.digest) for step in skill.steps] == [
        ("find_order", {"id": 7, "x": [1.5]}, "found"), ("refund", None, ""),
    ]
    assert [step.duration.total_seconds() for step in skill.steps] == [1.25, 0.75]
    assert skill.mean_duration == datetime.timedelta(seconds=2) and 0 < skill.confidence < 0.5
    assert {link.memory.id for link in ada.related(skill.id, type="run_of", direction="incoming")} == {first.run, second.run}
    assert [one.id for one in skills.list(page_size=1)] == [skill.id]


def test_durations_of_many_years_are_not_cut(ada: mnemic.Scope) -> None:
    year = datetime.timedelta(days=366)
    run = ada.skills.record_run("wait", steps=[{"tool": "wait", "duration": year}] * 100)
    assert ada.skills.get(run.skill).mean_duration == 100 * year


def test_the_best_skill_for_a_goal_is_like_it_and_works(ada: mnemic.Scope) -> None:
    skills = ada.skills
    for outcome in ("success", "success", "success"):
        good = skills.record_run("refund a broken order", steps=STEPS, outcome=outcome)
    bad = skills.record_run("refund a broken order", steps=STEPS[:1], outcome="failure")
    skills.record_run("water the plants", outcome="success")
    matches = skills.best_for("refund a broken order", k=2)
    assert [match.skill.id for match in matches] == [good.skill, bad.skill]
    assert all(0 <= match.score <= match.similarity <= 1 for match in matches)
    assert skills.best_for("refund a broken order", where={"tags": "none"}) == []


WRONG_LAYER: list[tuple[str, Any]] = [
    ("episode of a fact", lambda s, ids: s.episodes.get(ids["fact"])),
    ("close a note", lambda s, ids: s.episodes.close(ids["note"])),
    ("fact of an episode", lambda s, ids: s.facts.get(ids["episode"])),
    ("retract a skill", lambda s, ids: s.facts.retract(ids["skill"])),
    ("confirm a note", lambda s, ids: s.facts.confirm(ids["note"])), ("skill of a run", lambda s, ids: s.skills.get(ids["run"])),
]


@pytest.mark.parametrize("call", [row[1] for row in WRONG_LAYER], ids=[row[0] for row in WRONG_LAYER])
def test_an_id_of_another_layer_is_not_found(ada: mnemic.Scope, call: Any) -> None:
    run = ada.skills.record_run("g", steps=STEPS)
    ids = {
        "note": ada.put("n"), "fact": ada.facts.assert_fact("a", "b", "c").id, "episode": ada.episodes.record("e"),
        "run": run.run, "skill": run.skill,
    }
    with pytest.raises(mnemic.NotFound):
        call(ada, ids)
