# SPDX-License-Identifier: Apache-2.0
"""The calls of three layers: episodes, facts and skills. (The fourth, conversations, is ``Scope.session``.)"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, List

from mnemic import _core
from mnemic.enums import Cardinality, Durability, FactKind, Open, Order, Outcome, State, Trust
from mnemic.inputs import AttributeFields, FactFields, StepFields, Where
from mnemic.listing import Listing, read_pages

if TYPE_CHECKING:
    from mnemic.scope import Scope


class Episodes:
    """The episodic layer of a scope: what happened, when, with whom, why, and how it ended; made by ``Scope.episodes``."""

    def __init__(self, core: _core._Episodes, scope: Scope) -> None:
        self._core = core
        self._scope = scope

    def record(
        self,
        text: str,
        *,
        start: datetime.datetime | None = None,
        end: datetime.datetime | Open | None = None,
        who: Sequence[str] = (),
        why: str = "",
        outcome: Outcome | str = Outcome.UNKNOWN,
        sources: Sequence[str] = (),
        trust: Trust | str | None = None,
        key: str = "",
        session: str = "",
        importance: float = 0.5,
        pinned: bool = False,
        tags: Sequence[str] = (),
        metadata: Mapping[str, Any] | None = None,
        durability: Durability | str | None = None,
    ) -> str:
        """Record an episode, with a ``derived_from`` relation to each of its sources, in one commit.

        Parameters
        ----------
        text : str
            What happened.
        start : datetime, optional
            Aware; the clock's now when None.
        end : datetime or OPEN, optional
            None: it was a moment. OPEN: it goes on; see ``close``.
        who : sequence of str
            Who took part.
        why : str
            The reason.
        outcome : Outcome
            How it ended.
        sources : sequence of str
            Ids of the turns it came from, or of other memories this scope reads.
        trust : Trust, optional
            Never more than the least of its sources; None: that, or external without any.
        key : str
            Recording the same key again replaces the episode.

        Returns
        -------
        str
            Its id.

        Raises
        ------
        InvalidArgument
            An empty text or participant, an end before the start, a limit, a metadata member "episode".
        NotFound
            A source.

        Examples
        --------
        >>> import mnemic
        >>> with mnemic.open(":memory:") as store:
        ...     episodes = store.scope("ada").episodes
        ...     boat = episodes.record("Painting the boat", end=mnemic.OPEN, who=["Ben"])
        ...     episodes.get(boat).open, episodes.close(boat, outcome="success").outcome
        (True, <Outcome.SUCCESS: 'success'>)
        """
        fields = {
            "text": text, "start": start, "end": end, "who": who, "why": why, "outcome": outcome, "sources": sources,
            "trust": trust, "key": key, "session": session, "importance": importance, "pinned": pinned, "tags": tags,
            "metadata": metadata,
        }
        return self._core.record(fields, durability)

    def close(
        self,
        id: str,
        *,
        end: datetime.datetime | None = None,
        outcome: Outcome | str = Outcome.UNKNOWN,
        durability: Durability | str | None = None,
    ) -> _core.Episode:
        """End an open episode; the clock's now when ``end`` is None. An unknown outcome leaves what was recorded.

        Raises
        ------
        NotFound
            Unknown, not this scope's own, or no episode.
        FailedPrecondition
            It has ended already.
        InvalidArgument
            An end before its start.
        """
        return self._core.close(id, end, outcome, durability)

    def get(self, id: str) -> _core.Episode:
        """One episode.

        Raises
        ------
        NotFound
            As ``Scope.get``, or it is no episode.
        """
        return self._core.get(id)

    def timeline(
        self,
        *,
        start: datetime.datetime | None = None,
        end: datetime.datetime | None = None,
        where: Where | None = None,
        order: Order | str = Order.OLDEST,
        page_size: int = 100,
    ) -> Listing[_core.Episode]:
        """Episodes by when they happened: those that last into [start, end), open ones included.

        Raises
        ------
        InvalidArgument
            ``end`` not after ``start``, a bad filter, an order by creation.
        """
        fields = {"start": start, "end": end, "where": where, "order": order, "page_size": page_size}
        return read_pages(self._core.timeline, fields, _core.Episode)


class Facts:
    """The semantic layer of a scope as subject, attribute and value, each true for an interval; made by ``Scope.facts``.

    Examples
    --------
    >>> import mnemic
    >>> with mnemic.open(":memory:") as store:
    ...     facts = store.scope("ada").facts
    ...     _ = facts.assert_fact("Ada", "lives in", "Porto")
    ...     moved = facts.assert_fact("Ada", "lives in", "Lisbon")
    ...     [fact.value for fact in facts.about("Ada")], len(moved.superseded)
    (['Lisbon'], 1)
    """

    def __init__(self, core: _core._Facts, scope: Scope) -> None:
        self._core = core
        self._scope = scope

    def assert_fact(
        self,
        subject: str,
        attribute: str,
        value: str,
        *,
        kind: FactKind | str = FactKind.FACT,
        text: str = "",
        cardinality: Cardinality | str | None = None,
        since: datetime.datetime | None = None,
        until: datetime.datetime | None = None,
        state: State | str = State.ACTIVE,
        sources: Sequence[str] = (),
        trust: Trust | str | None = None,
        author: str = "",
        session: str = "",
        importance: float = 0.5,
        pinned: bool = False,
        tags: Sequence[str] = (),
        metadata: Mapping[str, Any] | None = None,
        durability: Durability | str | None = None,
    ) -> _core.Asserted:
        """Assert a fact. A new value of a single-valued attribute closes the one before.

        Parameters
        ----------
        subject, attribute, value : str
            "Ada", "lives in", "Lisbon".
        kind : FactKind
            PREFERENCE for what somebody wants or likes.
        text : str
            A sentence that says it; "" is the three joined.
        cardinality : Cardinality, optional
            None: as declared.
        since : datetime, optional
            From when it holds; the clock's now when None.
        until : datetime, optional
            From when it holds no more; None: until the next known value, or still.
        state : State
            ACTIVE, CONFIRMED, or PROPOSED, which waits for ``confirm`` or ``reject``.
        sources : sequence of str
            Ids of the memories it came from.
        trust : Trust, optional
            Never more than the least of its sources.

        Raises
        ------
        InvalidArgument
            An empty subject, attribute or value, an interval that ends before it begins, a limit.
        NotFound
            A source.
        PermissionDenied
            As ``Scope.put``, or the value was rejected before, and is not asserted as State.CONFIRMED.
        """
        fields = {
            "subject": subject, "attribute": attribute, "value": value, "kind": kind, "text": text, "cardinality": cardinality,
            "since": since, "until": until, "state": state, "sources": sources, "trust": trust, "author": author,
            "session": session, "importance": importance, "pinned": pinned, "tags": tags, "metadata": metadata,
        }
        return self._core.assert_fact(fields, durability)

    def assert_facts(self, facts: Iterable[FactFields], *, durability: Durability | str | None = None) -> List[_core.Asserted]:
        """Assert several facts in one commit, all or none; a message names the one that fails."""
        return self._core.assert_facts(facts, durability)

    def about(
        self,
        subject: str,
        *,
        at: datetime.datetime | None = None,
        attribute: str = "",
        where: Where | None = None,
        limit: int = 1000,
    ) -> List[_core.Fact]:
        """What is true of a subject at a moment (the clock's now when None), by attribute, then by since.

        Examples
        --------
        >>> from datetime import datetime, timezone
        >>> import mnemic
        >>> with mnemic.open(":memory:") as store:
        ...     facts = store.scope("ada").facts
        ...     for year, city in ((2019, "Porto"), (2024, "Lisbon")):
        ...         _ = facts.assert_fact("Ada", "lives in", city, since=datetime(year, 6, 1, tzinfo=timezone.utc))
        ...     then = datetime(2021, 3, 1, tzinfo=timezone.utc)
        ...     [fact.value for fact in facts.about("ada")], [fact.value for fact in facts.about("ada", at=then)]
        (['Lisbon'], ['Porto'])
        """
        return self._core.about(subject, {"at": at, "attribute": attribute, "where": where, "limit": limit})

    def history(self, subject: str, attribute: str = "") -> List[_core.Fact]:
        """Every value an attribute of a subject ever had, whatever its state; "" is all attributes."""
        return self._core.history(subject, attribute)

    def list(
        self,
        *,
        at: datetime.datetime | None = None,
        all: bool = False,
        where: Where | None = None,
        page_size: int = 100,
    ) -> Listing[_core.Fact]:
        """The facts of this scope, the newest first; with ``all`` also what does not hold, is rejected or superseded."""
        return read_pages(self._core.page, {"at": at, "all": all, "where": where, "page_size": page_size}, _core.Fact)

    def get(self, id: str) -> _core.Fact:
        """One fact.

        Raises
        ------
        NotFound
            As ``Scope.get``, or it is no fact.
        """
        return self._core.get(id)

    def retract(self, id: str, *, at: datetime.datetime | None = None, durability: Durability | str | None = None) -> _core.Fact:
        """Say that a fact holds no more, from ``at`` on (the clock's now when None), without a new value.

        Raises
        ------
        NotFound
            Unknown, not this scope's own, or no fact.
        FailedPrecondition
            It was rejected, or had ended by then.
        """
        return self._core.retract(id, at, durability)

    def confirm(self, id: str, *, durability: Durability | str | None = None) -> _core.Asserted:
        """Confirm a proposed (or active) fact: it becomes firm, and closes what it replaces.

        Raises
        ------
        NotFound
            As ``retract``.
        FailedPrecondition
            Rejected or superseded.
        """
        return self._core.confirm(id, durability)

    def reject(self, id: str, *, durability: Durability | str | None = None) -> _core.Fact:
        """Refuse a fact: it was never true. It is kept, and never recalled.

        Its value is not learned again: asserting it raises PermissionDenied (or with ``quarantine_erased`` of ``open`` is
        quarantined), unless as State.CONFIRMED.

        Raises
        ------
        NotFound
            As ``retract``.
        """
        return self._core.reject(id, durability)

    def declare(self, attributes: Iterable[AttributeFields], *, durability: Durability | str | None = None) -> None:
        """Declare attributes for this namespace; what is asserted later follows it.

        Raises
        ------
        InvalidArgument
            An empty name, one given twice, more than 1,000.
        """
        self._core.declare(attributes, durability)

    def attributes(self) -> List[_core.Attribute]:
        """The attributes declared in this namespace, by name."""
        return self._core.attributes()


class Skills:
    """The procedural layer of a scope: what was tried for a goal and how often it worked; made by ``Scope.skills``."""

    def __init__(self, core: _core._Skills, scope: Scope) -> None:
        self._core = core
        self._scope = scope

    def record_run(
        self,
        goal: str,
        *,
        steps: Sequence[StepFields] = (),
        outcome: Outcome | str = Outcome.UNKNOWN,
        skill: str = "",
        start: datetime.datetime | None = None,
        sources: Sequence[str] = (),
        trust: Trust | str | None = None,
        session: str = "",
        tags: Sequence[str] = (),
        metadata: Mapping[str, Any] | None = None,
        durability: Durability | str | None = None,
    ) -> _core.RecordedRun:
        """Record a run and count it in its skill, which is made when there is none, in one commit.

        Parameters
        ----------
        goal : str
            What it was for, in words.
        steps : sequence of dict
            In order: ``tool``, ``arguments``, ``digest`` of the result, ``duration`` in seconds.
        outcome : Outcome
            How it went.
        skill : str
            Runs of one skill have the same name and tools in the same order; "" is the goal.

        Raises
        ------
        InvalidArgument
            An empty goal or tool, a negative duration, a limit, a metadata member "run" or "skill".
        NotFound
            A source.

        Examples
        --------
        >>> import mnemic
        >>> with mnemic.open(":memory:") as store:
        ...     skills = store.scope("shop").skills
        ...     for outcome in ("failure", "success", "success"):
        ...         done = skills.record_run("book a table", steps=[{"tool": "web_form", "duration": 1.5}], outcome=outcome)
        ...     skill = skills.get(done.skill)
        ...     skill.successes, skill.runs, skill.mean_duration.total_seconds()
        (2, 3, 1.5)
        """
        fields = {
            "goal": goal, "steps": steps, "outcome": outcome, "skill": skill, "start": start, "sources": sources, "trust": trust,
            "session": session, "tags": tags, "metadata": metadata,
        }
        return self._core.record_run(fields, durability)

    def list(self, *, where: Where | None = None, page_size: int = 100) -> Listing[_core.Skill]:
        """The skills, the one with the newest run first."""
        return read_pages(self._core.page, {"where": where, "page_size": page_size}, _core.Skill)

    def best_for(
        self, goal: str, *, k: int = 3, min_similarity: float = 0.4, where: Where | None = None
    ) -> List[_core.SkillMatch]:
        """The skills to try for a goal, best first: those whose goal is like it, and of these what is known to work.

        Raises
        ------
        InvalidArgument
            An empty goal, ``k`` of 0, ``min_similarity`` outside [0, 1], a bad filter.

        Examples
        --------
        >>> import mnemic
        >>> with mnemic.open(":memory:") as store:
        ...     skills = store.scope("shop").skills
        ...     for tool, outcome in (("phone", "failure"), ("web_form", "success")):
        ...         _ = skills.record_run("book a table", steps=[{"tool": tool}], outcome=outcome)
        ...     [match.skill.steps[0].tool for match in skills.best_for("book a table for two")]
        ['web_form', 'phone']
        """
        return self._core.best_for(goal, {"k": k, "min_similarity": min_similarity, "where": where})

    def get(self, id: str) -> _core.Skill:
        """One skill.

        Raises
        ------
        NotFound
            As ``Scope.get``, or it is no skill.
        """
        return self._core.get(id)
