"""The three requests that put Ember's words into a channel: send, edit, look for what an earlier attempt became."""

from collections.abc import Sequence
from typing import Final

import discord

LOOKED_AT: Final = 100  #: messages, in which an earlier attempt is looked for; one request
HISTORY_IS_CLOSED: Final = 160_002  #: Discord refuses a reply where Ember may not read what it replies to
UNKNOWN_MESSAGE: Final = 10_008  #: it was deleted
SMALL_PRINT: Final = "-# "

_NOBODY: Final = discord.AllowedMentions.none()


async def send(
    channel: discord.PartialMessageable,
    text: str,
    nonce: str,
    reply_to: str | None,
    files: Sequence[discord.File] = (),
    view: discord.ui.View | None = None,
) -> discord.Message:
    """Sends a message; as no reply where Ember may not read what it would reply to."""
    if reply_to is not None:
        reference = channel.get_partial_message(int(reply_to)).to_reference(fail_if_not_exists=False)
        try:
            return await channel.send(
                text,
                nonce=nonce,
                files=files,
                reference=reference,
                mention_author=False,
                allowed_mentions=_NOBODY,
                suppress_embeds=True,
                view=view or discord.utils.MISSING,
            )
        except discord.HTTPException as error:
            if error.code != HISTORY_IS_CLOSED:
                raise
            for file in files:
                file.reset(seek=True)  # the first attempt has read it to its end
    return await channel.send(
        text,
        nonce=nonce,
        files=files,
        allowed_mentions=_NOBODY,
        suppress_embeds=True,
        view=view or discord.utils.MISSING,
    )


async def edit(
    channel: discord.PartialMessageable,
    message_id: str,
    text: str,
    files: Sequence[discord.File] = (),
    view: discord.ui.View | None = None,
) -> bool:
    """Makes a message say something else, with these files and buttons alone; False when somebody has deleted it."""
    try:
        message = channel.get_partial_message(int(message_id))
        await message.edit(content=text, attachments=files, allowed_mentions=_NOBODY, view=view)
    except discord.NotFound as error:
        if error.code != UNKNOWN_MESSAGE:
            raise
        return False
    return True


async def remove(channel: discord.PartialMessageable, message_id: str) -> None:
    """Deletes a message, if it is still there."""
    try:
        await channel.get_partial_message(int(message_id)).delete()
    except discord.NotFound as error:
        if error.code != UNKNOWN_MESSAGE:
            raise


async def own_messages(
    channel: discord.PartialMessageable, me: discord.ClientUser, after: str | None
) -> list[discord.Message]:
    """Returns what Ember has said in a channel after a message, oldest first; nothing where it may not look."""
    since = None if after is None else discord.Object(int(after))
    try:
        history = [message async for message in channel.history(limit=LOOKED_AT, after=since)]
    except discord.Forbidden:
        return []
    return sorted((message for message in history if message.author.id == me.id), key=lambda message: message.id)


def first_of_reply(own: Sequence[discord.Message], asked: str) -> discord.Message | None:
    """Returns the message that is the beginning of the reply to another, whatever it says by now; notices in small
    print refer to what was asked as well."""
    for message in own:
        if referred_to(message) == int(asked) and not message.content.startswith(SMALL_PRINT):
            return message
    return None


def referred_to(message: discord.Message) -> int | None:
    return None if message.reference is None else message.reference.message_id
