"""A message before it is one: what a person or the bot wants to post, its limits, and whom it pings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.servers.discord.components import check_components
from tests.servers.discord.errors import ApiError
from tests.servers.discord.records import MessageFlag

if TYPE_CHECKING:
    from tests.servers.discord.records import Payload

MAX_CONTENT = 2000
MAX_NONCE = 25
MAX_EMBEDS = 10
MAX_FILES = 10

#: The longest texts of an embed, in all and by field.
MAX_EMBED = 6000
EMBED_TEXTS = {"title": 256, "description": 4096}

#: A message_reference that forwards instead of replying.
FORWARD = 1


@dataclass(frozen=True, slots=True)
class File:
    """A file to go on a message; `size` is what Discord says it has, when that is not the length of `data`.

    `duration_seconds` and `waveform` (base64) make it the audio of a voice message.
    """

    filename: str
    data: bytes
    content_type: str = "application/octet-stream"
    description: str | None = None
    duration_seconds: float | None = None
    waveform: str | None = None
    size: int | None = None


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
    kept_files: frozenset[int] = frozenset()
    fields: frozenset[str] = frozenset()

    @classmethod
    def from_body(cls, body: Payload, files: tuple[File, ...] = ()) -> Draft:
        """Return the draft that a request's body holds."""
        nonce = body.get("nonce")
        about = {int(str(each["id"])): each for each in _array(body.get("attachments")) if isinstance(each, dict)}
        return cls(
            content=str(body.get("content") or ""),
            nonce=None if nonce is None else str(nonce),
            enforce_nonce=body.get("enforce_nonce") is True,
            reference=_object(body.get("message_reference")),
            allowed_mentions=_object(body.get("allowed_mentions")),
            embeds=_array(body.get("embeds")),
            components=_array(body.get("components")),
            flags=int(str(body.get("flags") or 0)),
            files=tuple(_described(file, about.get(number, {})) for number, file in enumerate(files)),
            kept_files=frozenset(number for number in about if number >= len(files)),
            fields=frozenset(body),
        )

    @property
    def forwards(self) -> bool:
        return self.reference is not None and self.reference.get("type") == FORWARD

    @property
    def empty(self) -> bool:
        return not (self.content.strip() or self.embeds or self.components or self.files or self.forwards)

    def check_edit(self) -> None:
        """Refuse what is too long or badly built.

        Raises:
            ApiError: 50035.
        """
        if len(self.content) > MAX_CONTENT:
            raise ApiError.invalid_form("content", f"Must be {MAX_CONTENT} or fewer in length.")
        if len(self.files) > MAX_FILES:
            raise ApiError.invalid_form("files", f"Must be {MAX_FILES} or fewer in length.")
        if self.flags & MessageFlag.IS_COMPONENTS_V2 and (self.content or self.embeds):
            raise ApiError.invalid_form("flags", "The 'content' and 'embeds' fields cannot be used with components V2.")
        self._check_embeds()
        check_components(self.components)
        self._check_mentions()

    def _check_embeds(self) -> None:
        if len(self.embeds) > MAX_EMBEDS:
            raise ApiError.invalid_form("embeds", f"Must be {MAX_EMBEDS} or fewer in length.")
        embeds = [each for each in self.embeds if isinstance(each, dict)]
        for embed in embeds:
            for name, most in EMBED_TEXTS.items():
                if len(str(embed.get(name) or "")) > most:
                    raise ApiError.invalid_form("embeds", f"{name}: Must be {most} or fewer in length.")
            if len(_array(embed.get("fields"))) > 25:
                raise ApiError.invalid_form("embeds", "fields: Must be 25 or fewer in length.")
        if sum(_embed_length(embed) for embed in embeds) > MAX_EMBED:
            raise ApiError.invalid_form("embeds", f"Embed size exceeds maximum size of {MAX_EMBED}")

    def _check_mentions(self) -> None:
        for kind in ("users", "roles"):
            allowed = self.allowed_mentions or {}
            if kind in _array(allowed.get("parse")) and allowed.get(kind):
                problem = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
                raise ApiError.invalid_form("allowed_mentions", problem)

    def check(self) -> None:
        """Refuse what Discord refuses in a new message.

        Raises:
            ApiError: the content or the nonce is too long, or there is nothing to post.
        """
        self.check_edit()
        if self.nonce is not None and len(self.nonce) > MAX_NONCE:
            raise ApiError.invalid_form("nonce", f"Must be {MAX_NONCE} or fewer in length.")
        if self.empty:
            raise ApiError(400, 50006, "Cannot send an empty message")
        if self.flags & MessageFlag.IS_VOICE_MESSAGE:
            self._check_voice()

    def _check_voice(self) -> None:
        if self.content or self.embeds or self.components:
            raise ApiError(400, 50159, "Voice messages do not support additional content.")
        if len(self.files) != 1 or not self.files[0].content_type.startswith("audio/"):
            raise ApiError(400, 50160, "Voice messages must have a single audio attachment.")
        if self.files[0].duration_seconds is None or self.files[0].waveform is None:
            raise ApiError(400, 50161, "Voice messages must have supporting metadata.")


def _described(file: File, about: Payload) -> File:
    """Return the file with what the body says of it."""
    name, description, waveform = (_text(about.get(key)) for key in ("filename", "description", "waveform"))
    duration = about.get("duration_secs")
    return replace(
        file,
        filename=name or file.filename,
        description=description,
        waveform=waveform,
        duration_seconds=None if duration is None else float(str(duration)),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _embed_length(embed: Payload) -> int:
    """Return how many characters count towards an embed's limit."""
    parts = [embed, _object(embed.get("footer")) or {}, _object(embed.get("author")) or {}]
    parts += [each for each in _array(embed.get("fields")) if isinstance(each, dict)]
    names = ("title", "description", "text", "name", "value")
    return sum(len(str(part.get(name) or "")) for part in parts for name in names)


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
