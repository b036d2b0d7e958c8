"""A message before it is one: what a person or the bot wants to post, its limits, and whom it pings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.servers.discord.errors import ApiError

if TYPE_CHECKING:
    from tests.servers.discord.records import Payload

MAX_CONTENT = 2000
MAX_NONCE = 25


@dataclass(frozen=True, slots=True)
class File:
    """A file to go on a message."""

    filename: str
    data: bytes
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Draft:
    """A message as it was sent to the server; `fields` are those that the sender named, which an edit changes."""

    content: str = ""
    nonce: str | None = None
    enforce_nonce: bool = False
    reference: Payload | None = None
    allowed_mentions: Payload | None = None
    embeds: list[object] = field(default_factory=list)
    components: list[object] = field(default_factory=list)
    flags: int = 0
    files: tuple[File, ...] = ()
    fields: frozenset[str] = frozenset()

    @classmethod
    def from_body(cls, body: Payload, files: tuple[File, ...] = ()) -> Draft:
        """Return the draft that a request's body holds."""
        nonce = body.get("nonce")
        return cls(
            content=str(body.get("content") or ""),
            nonce=None if nonce is None else str(nonce),
            enforce_nonce=body.get("enforce_nonce") is True,
            reference=_object(body.get("message_reference")),
            allowed_mentions=_object(body.get("allowed_mentions")),
            embeds=_array(body.get("embeds")),
            components=_array(body.get("components")),
            flags=int(str(body.get("flags") or 0)),
            files=files,
            fields=frozenset(body),
        )

    def check_edit(self) -> None:
        """Refuse content that is too long.

        Raises:
            ApiError: 50035.
        """
        if len(self.content) > MAX_CONTENT:
            raise ApiError.invalid_form("content", f"Must be {MAX_CONTENT} or fewer in length.")

    def check(self) -> None:
        """Refuse what Discord refuses in a new message.

        Raises:
            ApiError: the content or the nonce is too long, or there is nothing to post.
        """
        self.check_edit()
        if self.nonce is not None and len(self.nonce) > MAX_NONCE:
            raise ApiError.invalid_form("nonce", f"Must be {MAX_NONCE} or fewer in length.")
        if not (self.content.strip() or self.embeds or self.components or self.files):
            raise ApiError(400, 50006, "Cannot send an empty message")


@dataclass(frozen=True, slots=True)
class Pings:
    """Whom a text notifies, by id."""

    users: list[int]
    roles: list[int]
    everyone: bool


def pings(content: str, allowed: Payload | None) -> Pings:
    """Return whom the content notifies; without allowed_mentions Discord parses every kind of mention."""
    parse = {"users", "roles", "everyone"} if allowed is None else {str(each) for each in _array(allowed.get("parse"))}

    def permitted(kind: str, found: list[str]) -> list[int]:
        named = set() if allowed is None else {str(each) for each in _array(allowed.get(kind))}
        return [int(each) for each in dict.fromkeys(found) if kind in parse or each in named]

    return Pings(
        users=permitted("users", re.findall(r"<@!?(\d+)>", content)),
        roles=permitted("roles", re.findall(r"<@&(\d+)>", content)),
        everyone="everyone" in parse and re.search(r"@(everyone|here)\b", content) is not None,
    )


def pings_answered(allowed: Payload | None) -> bool:
    """Say whether a reply notifies the author it answers."""
    return allowed is None or allowed.get("replied_user") is True


def _object(value: object) -> Payload | None:
    return value if isinstance(value, dict) else None


def _array(value: object) -> list[object]:
    return value if isinstance(value, list) else []
