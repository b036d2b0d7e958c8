"""Sends replies and notices, each once.

A send whose answer was lost may have arrived, so a further attempt first looks in the channel. The nonce does the same
at Discord's end, but only for some minutes. What stands there already, be it half of the reply, is made the whole.
"""

import io
from collections.abc import Sequence
from typing import Final

import discord
import structlog

from bot.channel import Delivery, NotDelivered, Undeliverable
from bot.channels.discord.client import EmberClient
from bot.channels.discord.drawing import disarmed, reply_text
from bot.channels.discord.places import messageable_id
from bot.channels.discord.request import discord_request
from bot.channels.discord.sending import edit, first_of_reply, own_messages, referred_to, remove, send
from memory import ItemId, Place

SEND_SECONDS: Final = 40.0  #: less than a job's lease; discord.py repeats a 5xx within it
FILE_NAME: Final = "answer.md"
_EDITS_REFUSED: Final = frozenset({400, 403})  #: an old message, an archived thread

log = structlog.get_logger()


async def deliver(client: EmberClient, delivery: Delivery, view: discord.ui.View | None) -> str:
    """Sends, or completes what was sent, and returns the message's id. Raises NotDelivered, Undeliverable.

    `view` are the buttons below it.
    """
    channel = client.get_partial_messageable(messageable_id(delivery.place))
    text = reply_text(delivery.text, delivery.notices)
    async with discord_request(SEND_SECONDS):
        if delivery.sent_as is not None:
            return await _complete(channel, delivery, delivery.sent_as, text, view)
        message = await _arrived(channel, client.me, delivery, text) if delivery.attempts > 1 else None
        if message is None:
            reply_to = delivery.reply_to if delivery.part <= 0 else None
            nonce = nonce_of(delivery.item, delivery.part)
            message = await send(channel, text, nonce, reply_to, _files(delivery), view)
        if message.content.strip() != text.strip() or len(message.attachments) != len(_files(delivery)):
            await edit(channel, str(message.id), text, _files(delivery), view)  # it was being shown as it was made
    return str(message.id)


async def _complete(
    channel: discord.PartialMessageable,
    delivery: Delivery,
    sent_as: str,
    text: str,
    view: discord.ui.View | None,
) -> str:
    """Makes the message that shows a reply say all of it; one that Discord lets nobody edit any more is replaced."""
    try:
        # Whoever has deleted it does not want it back: it counts as delivered.
        await edit(channel, sent_as, text, _files(delivery), view)
    except discord.HTTPException as error:
        if error.status not in _EDITS_REFUSED:
            raise
        nonce = f"{nonce_of(delivery.item, delivery.part)}.{int(sent_as) % 1_000}"  # not that of the one it replaces
        message = await send(channel, text, nonce, delivery.reply_to, _files(delivery), view)
        await remove(channel, sent_as)
        return str(message.id)
    return sent_as


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
            await send(channel, disarmed(text), nonce, reply_to, files)
    except (NotDelivered, Undeliverable) as error:
        log.error("a person could not be told", place=place.key, error=str(error))


def nonce_of(item: ItemId, part: int) -> str:
    """Names a part of a reply to Discord, for ever."""
    return f"{item:x}.{part}"


def _files(delivery: Delivery) -> list[discord.File]:
    """Makes the files anew for each request, which reads them to their end."""
    if delivery.file is None:
        return []
    return [discord.File(io.BytesIO(delivery.file.encode()), FILE_NAME)]


async def _arrived(
    channel: discord.PartialMessageable, me: discord.ClientUser, delivery: Delivery, text: str
) -> discord.Message | None:
    """Returns the message that an earlier attempt became."""
    own = await own_messages(channel, me, delivery.reply_to)
    same = _same(own, delivery.reply_to, text)
    if same is None and delivery.part == 0 and delivery.text and delivery.reply_to is not None:
        return first_of_reply(own, delivery.reply_to)
    return same


def _same(own: Sequence[discord.Message], reply_to: str | None, text: str) -> discord.Message | None:
    """Returns the message with this text that is a part of the reply: its first one refers to what it answers, the
    others come after that, and none refers to anything else."""
    asked = None if reply_to is None else int(reply_to)
    references = [referred_to(message) for message in own]
    first = references.index(asked) if asked in references else 0
    for message, reference in zip(own[first:], references[first:], strict=True):
        if message.content == text and reference in (None, asked):
            return message
    return None
