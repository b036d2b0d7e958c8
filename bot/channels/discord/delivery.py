"""Sends replies and notices, each once.

A send whose answer was lost may have arrived, so a further attempt first looks in the channel. The nonce does the same
at Discord's end, but only for some minutes.
"""

from collections.abc import Sequence
from typing import Final

import discord
import structlog

from bot.channel import Delivery, NotDelivered, Undeliverable
from bot.channels.discord.client import EmberClient
from bot.channels.discord.drawing import disarmed, reply_text
from bot.channels.discord.places import messageable_id
from bot.channels.discord.request import discord_request
from bot.notices import undo_hint
from bot.sentences import Sentences
from memory import Place

SEND_SECONDS: Final = 40.0  #: less than a job's lease; discord.py repeats a 5xx within it
LOOKED_AT: Final = 100  #: messages, in which an earlier attempt is looked for; one request
HISTORY_IS_CLOSED: Final = 160_002  #: Discord refuses a reply where Ember may not read what it replies to

_NOBODY: Final = discord.AllowedMentions.none()

log = structlog.get_logger()


async def deliver(client: EmberClient, delivery: Delivery, sentences: Sentences) -> str:
    """Sends, and returns the message's id. Raises NotDelivered, Undeliverable."""
    channel = client.get_partial_messageable(messageable_id(delivery.place))
    text = reply_text(delivery.text, delivery.notices, undo_hint(sentences, delivery.language))
    async with discord_request(SEND_SECONDS):
        message = await _arrived(channel, client.me, delivery, text) if delivery.attempts > 1 else None
        if message is None:
            reply_to = delivery.reply_to if delivery.part <= 0 else None
            message = await _send(channel, text, f"{delivery.item:x}.{delivery.part}", reply_to)
    return str(message.id)


async def say(
    client: discord.Client,
    place: Place,
    text: str,
    nonce: str,
    reply_to: str | None = None,
    files: Sequence[discord.File] = (),
) -> None:
    """Says something at once and past the queue; a failure is logged."""
    channel = client.get_partial_messageable(messageable_id(place))
    try:
        async with discord_request(SEND_SECONDS):
            await _send(channel, disarmed(text), nonce, reply_to, files)
    except (NotDelivered, Undeliverable) as error:
        log.error("a person could not be told", place=place.key, error=str(error))


async def _send(
    channel: discord.PartialMessageable,
    text: str,
    nonce: str,
    reply_to: str | None,
    files: Sequence[discord.File] = (),
) -> discord.Message:
    if reply_to is not None:
        reference = channel.get_partial_message(int(reply_to)).to_reference(fail_if_not_exists=False)
        try:
            return await channel.send(
                text,
                nonce=nonce,
                reference=reference,
                mention_author=False,
                allowed_mentions=_NOBODY,
                suppress_embeds=True,
                files=files,
            )
        except discord.HTTPException as error:
            if error.code != HISTORY_IS_CLOSED:
                raise
    return await channel.send(text, nonce=nonce, allowed_mentions=_NOBODY, suppress_embeds=True, files=files)


async def _arrived(
    channel: discord.PartialMessageable, me: discord.ClientUser, delivery: Delivery, text: str
) -> discord.Message | None:
    """Returns the message that an earlier attempt became."""
    after = None if delivery.reply_to is None else discord.Object(int(delivery.reply_to))
    try:
        history = [message async for message in channel.history(limit=LOOKED_AT, after=after)]
    except discord.Forbidden:  # it may not be read; the nonce has to do
        return None
    own = [message for message in history if message.author.id == me.id]
    return _same(own, delivery.reply_to, text)


def _same(own: Sequence[discord.Message], reply_to: str | None, text: str) -> discord.Message | None:
    """Returns the message with this text that is a part of the reply: its first one refers to what it answers, the
    others come after that, and none refers to anything else."""
    asked = None if reply_to is None else int(reply_to)
    references = [_referred_to(message) for message in own]
    first = references.index(asked) if asked in references else 0
    for message, reference in zip(own[first:], references[first:], strict=True):
        if message.content == text and reference in (None, asked):
            return message
    return None


def _referred_to(message: discord.Message) -> int | None:
    return None if message.reference is None else message.reference.message_id
