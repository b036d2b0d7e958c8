"""The buttons below a reply: one to stop it while it grows; then one for another try, and those of its notices."""

import discord

from bot.channel import Delivery
from bot.channels.discord.interactions.drawing import buttons
from bot.commands.page import Button
from bot.sentences import Sentence, Sentences
from bot.turn import short_id


def while_it_grows(sentences: Sentences, language: str) -> discord.ui.View | None:
    """Returns the button that stops it; whoever presses it stops what is their own."""
    return buttons([Button(sentences.say(Sentence.BUTTON_STOP, language), "stop")])


def when_it_is_whole(delivery: Delivery, sentences: Sentences) -> discord.ui.View | None:
    """Returns the buttons below a part: below the last of a reply, and below what tells of memories."""
    wanted: list[Button] = []
    if delivery.ends_reply:
        again = sentences.say(Sentence.BUTTON_REGENERATE, delivery.language)
        wanted.append(Button(again, "regenerate", {"reply": short_id(delivery.item)}))
    told = [memory for notice in delivery.notices for memory in notice.memories]
    if told:
        undo = sentences.say(Sentence.BUTTON_UNDO, delivery.language)
        together = {"together": "yes"} if len(told) > 1 else {}
        wanted.append(Button(undo, "undo", {"item": short_id(told[0]), **together}))
    if len(told) == 1:
        change = sentences.say(Sentence.BUTTON_EDIT, delivery.language)
        wanted.append(Button(change, "memory edit", {"item": short_id(told[0])}))
    return buttons(wanted)
