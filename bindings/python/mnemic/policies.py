# SPDX-License-Identifier: Apache-2.0
"""Policies: rules about what expires, what is erased by itself, what must not be erased, and what must not be written."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, List, Tuple

from mnemic import _core
from mnemic.enums import PolicyKind
from mnemic.inputs import Where

if TYPE_CHECKING:
    from mnemic.store import Store


class Policies:
    """The rules of a store, about every namespace; made by ``Store.policies``. For the application, never for agent code."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._core = _core._policies(store._core)

    def add(
        self,
        kind: PolicyKind | str,
        *,
        owner: str,
        reason: str,
        namespace: Tuple[str, ...] | None = None,
        subtree: bool = False,
        where: Where | None = None,
        after: datetime.timedelta | float | None = None,
        refresh_on_use: bool = False,
        quarantine: bool = False,
        expires_at: datetime.datetime | None = None,
        dry_run: bool = False,
    ) -> int:
        """Add a rule. An ended or removed one does no more, but what it did stays done.

        Parameters
        ----------
        kind : PolicyKind
            EXPIRY gives what is put without ``expires_at`` a life of ``after``; of several rules the shortest, and the memory's
            ``provenance.expires_by`` names it. RETENTION: jobs of ``Store.maintain`` erase memories whose newest version was
            written ``after`` ago or longer, forgotten or not. HOLD: they are not erased, by whomever. REFUSAL: a write that
            passes raises PermissionDenied.
        owner : str
            Who is responsible.
        reason : str
            What those are told whom it concerns.
        namespace : tuple of str, optional
            About memories of this one; None: of every one.
        subtree : bool
            With ``namespace``: and of all below it.
        where : dict, optional
            About those that pass it: of RETENTION and HOLD any version of which does, of EXPIRY and REFUSAL as they are written.
            ``{"layer": "episodic"}`` makes it the rule of a layer. None: about all.
        after : float or timedelta, optional
            Seconds, whole ones, 1 to those of 100 years; due for EXPIRY and RETENTION, and for no other kind.
        refresh_on_use : bool
            EXPIRY: what is recalled or read by ``get`` lives for ``after`` from then on. That writes a next version, once a
            tenth of ``after`` has gone by since the last time.
        quarantine : bool
            REFUSAL: store such a write with State.QUARANTINED instead.
        expires_at : datetime, optional
            Aware; from then on it does nothing. None: until it is removed.
        dry_run : bool
            It only counts what it would have done.

        Returns
        -------
        int
            Its id.

        Raises
        ------
        InvalidArgument
            No owner or no reason; a bad filter, namespace, name or ``after``; something that is not of this kind.
        FailedPrecondition
            The store is closed or read-only.

        Examples
        --------
        >>> import mnemic
        >>> with mnemic.open(":memory:") as store:
        ...     rule = store.policies.add("expiry", owner="ops", reason="notes age", where={"tags": "note"}, after=3600)
        ...     ada = store.scope("acme", "ada")
        ...     note = ada.get(ada.put("The lift is out of order", tags=["note"]))
        ...     note.expires_at - note.created_at, note.provenance.expires_by == rule, store.policies.get(rule).hits
        (datetime.timedelta(seconds=3600), True, 1)
        """
        fields = {
            "kind": kind, "owner": owner, "reason": reason, "namespace": namespace, "subtree": subtree, "where": where,
            "after": after, "refresh_on_use": refresh_on_use, "quarantine": quarantine, "expires_at": expires_at,
            "dry_run": dry_run,
        }
        return self._core.add(fields)

    def preview(
        self,
        kind: PolicyKind | str,
        *,
        owner: str,
        reason: str,
        namespace: Tuple[str, ...] | None = None,
        subtree: bool = False,
        where: Where | None = None,
        after: datetime.timedelta | float | None = None,
        refresh_on_use: bool = False,
        quarantine: bool = False,
        expires_at: datetime.datetime | None = None,
        dry_run: bool = False,
    ) -> List[str]:
        """Which memories such a rule would concern now, by id, without adding it; see ``add`` for what it takes.

        Of RETENTION those that are due, held ones too; of the others those that pass. Looks at every version.

        Raises
        ------
        InvalidArgument
            As ``add``.
        FailedPrecondition
            The store is closed.
        """
        fields = {
            "kind": kind, "owner": owner, "reason": reason, "namespace": namespace, "subtree": subtree, "where": where,
            "after": after, "refresh_on_use": refresh_on_use, "quarantine": quarantine, "expires_at": expires_at,
            "dry_run": dry_run,
        }
        return self._core.preview(fields)

    def get(self, id: int) -> _core.Policy:
        """One rule.

        Raises
        ------
        NotFound
            No such rule.
        """
        return self._core.get(id)

    def list(self) -> List[_core.Policy]:
        """All rules by id, ended ones too."""
        return self._core.list()

    def remove(self, id: int) -> None:
        """Remove a rule.

        Raises
        ------
        NotFound
            No such rule.
        FailedPrecondition
            The store is closed or read-only.
        """
        self._core.remove(id)
