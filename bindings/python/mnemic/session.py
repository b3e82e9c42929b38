# SPDX-License-Identifier: Apache-2.0
"""The conversational layer: a time-ordered log of turns that is also recalled by meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, List, overload

from mnemic import _core
from mnemic.enums import Durability
from mnemic.inputs import JsonText, Message, Turn

if TYPE_CHECKING:
    from mnemic.scope import Scope


class Session:
    """A handle on one conversation of a scope; made by ``Scope.session``.

    Turns appended by several writers get one order.

    Examples
    --------
    >>> import mnemic
    >>> with mnemic.open(":memory:") as store:
    ...     session = store.scope("ada").session("s1")
    ...     _ = session.append([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}])
    ...     session.messages()
    [{'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'content': 'Hello!'}]
    """

    def __init__(self, core: _core._Session, scope: Scope, id: str) -> None:
        self._core = core
        self._scope = scope
        self._id = id

    @property
    def id(self) -> str:
        """As given to ``Scope.session``."""
        return self._id

    @overload
    def append(  # type: ignore[overload-overlap]  # a Message is an iterable too
        self, messages: Message, *, durability: Durability | str | None = None
    ) -> str: ...
    @overload
    def append(self, messages: Iterable[Message], *, durability: Durability | str | None = None) -> List[str]: ...
    def append(self, messages: Message | Iterable[Message], *, durability: Durability | str | None = None) -> str | List[str]:
        """Append one turn, or several in one commit. Indexed before it returns.

        Parameters
        ----------
        messages : dict, Turn, JsonText, or an iterable of them
            A dict is a chat message in the OpenAI form: its role becomes the author and says the trust, the text of its
            content is indexed, and the whole message (tool calls, image parts) is kept and comes back equal; as JsonText, byte
            for byte.
        durability : Durability, optional
            The store's when None.

        Returns
        -------
        str or list of str
            The ids, in order. A turn whose key is already in this session is not written again; its id is returned.

        Raises
        ------
        InvalidArgument
            An empty turn, a message without role, a limit, a wrong vector.
        AlreadyExists
            The key belongs to a turn of another session.
        PermissionDenied
            A read-only scope, or the screen refused.

        Examples
        --------
        >>> import mnemic
        >>> with mnemic.open(":memory:") as store:
        ...     talk = store.scope("ada").session("s1")
        ...     first = talk.append({"role": "user", "content": "Where is the key?"})
        ...     again = talk.append([mnemic.Turn("Ben", "Under the pot.", key="m7")] * 2)
        ...     len(talk), again[0] == again[1], talk.window()[0].trust
        (2, True, <Trust.USER: 'user'>)
        """
        if isinstance(messages, (Mapping, Turn, JsonText)):
            return self._core.append(messages, durability)
        return self._core.append_many(messages, durability)

    def window(self, *, max_tokens: int = 2000, max_turns: int = 1000) -> List[_core.Memory]:
        """The newest turns whose tokens fit, oldest first. The newest turn is always there, even when it alone is too long."""
        return self._core.window(max_tokens, max_turns)

    def messages(self, *, max_tokens: int = 2000, max_turns: int = 1000) -> List[Any]:
        """The window as chat messages: what was appended as one comes back equal, other turns as role and content."""
        return [_message_of(turn) for turn in self.window(max_tokens=max_tokens, max_turns=max_turns)]

    def pop(self, count: int = 1, *, durability: Durability | str | None = None) -> List[_core.Memory]:
        """Take the newest turns back (forget them), for retries and edits; what was taken, oldest first."""
        return self._core.pop(count, durability)

    def __len__(self) -> int:
        return self._core.size()

    def __bool__(self) -> bool:
        return True  # a handle, empty or not

    def __repr__(self) -> str:
        return f"<Session {self._id!r}>"


def _message_of(turn: _core.Memory) -> Any:
    content = turn.content
    if isinstance(content, dict) and isinstance(content.get("role"), str):
        return content
    return {"role": turn.author or "user", "content": turn.text}
