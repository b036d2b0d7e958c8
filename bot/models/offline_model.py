"""The built-in responder: a model that works by rules, when no language model is configured.

    request -> the person's lines -> one talk -> told again with the results so far -> its next calls, or its answer

It reads nothing but the request, and works through native calls like any other model.
"""

import re
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from typing import Final

from bot.models.model import (
    WORDS_HEADING,
    CallRequested,
    Finished,
    FinishReason,
    ModelEvent,
    ModelMessage,
    ModelRequest,
    Role,
    TextDelta,
    Usage,
)
from bot.models.offline_rules import Intent, lines_of
from bot.models.offline_talks import (
    COMMANDS_IN_A_TURN,
    NO_FILES,
    NO_SECRETS,
    Calls,
    Results,
    Talk,
    says,
    talk_about,
    together,
)
from bot.quoting import without_attached_notes
from memory import REDACTED

_PIECE: Final = re.compile(r"\S*\s*")
_COMMANDS: Final = (Intent.REMEMBER, Intent.FORGET)
_ASKING: Final = (Intent.QUESTION, Intent.ABOUT, Intent.OWN_NAME, Intent.CALCULATE, Intent.TIME)
_NOTHING_USED: Final = Usage(input_tokens=0, output_tokens=0)


class OfflineModel:
    """Answers by rules."""

    name = "offline"

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        turn = _this_turn(request)
        results = _results(turn)
        step = _told_again(_talk_for(persons_words(turn[0].text)), results)
        if isinstance(step, str):
            for piece in _pieces(step):
                yield TextDelta(piece)
            yield Finished(FinishReason.STOP, _NOTHING_USED)
            return
        for number, call in enumerate(step, len(results) + 1):
            yield CallRequested(replace(call, id=f"call-{number}"))
        yield Finished(FinishReason.CALLS, _NOTHING_USED)

    async def close(self) -> None:
        """Has nothing to close."""


def persons_words(text: str) -> str:
    """Returns what the person typed: all below the first heading, for the words themselves may hold such a line."""
    _, heading, words = f"\n{text}".partition(f"\n{WORDS_HEADING}\n")
    return words if heading else text


def _this_turn(request: ModelRequest) -> list[ModelMessage]:
    """Returns the last message of a person and what followed it: the calls made so far, and their results."""
    turn: list[ModelMessage] = []
    for message in reversed(request.messages):
        turn.insert(0, message)
        if message.role is Role.USER:
            return turn
    return [ModelMessage(Role.USER, "")]


def _results(turn: list[ModelMessage]) -> Results:
    """Returns the results of a turn in the order of their calls."""
    texts = {message.call_id: message.text for message in turn if message.role is Role.TOOL}
    return tuple(texts[call.id] for message in turn for call in message.calls if call.id in texts)


def _talk_for(words: str) -> Talk:
    """Takes what was typed; files it can only name."""
    typed = without_attached_notes(words)
    if typed.strip() == words.strip():
        return _talk_for_typed(typed)
    return together([_talk_for_typed(typed), says(NO_FILES)]) if typed.strip() else says(NO_FILES)


def _talk_for_typed(words: str) -> Talk:
    """Takes every line that is a command; else the last question; else the last line, unless a secret was left out."""
    lines = lines_of(words)
    if not lines:
        return says("I got no words.")
    commands = [line for line in lines if line.intent in _COMMANDS]
    if commands:
        talks = [talk_about(line) for line in commands[:COMMANDS_IN_A_TURN]]
        if len(commands) > COMMANDS_IN_A_TURN:
            talks.append(says(f"I took only the first {COMMANDS_IN_A_TURN} of {len(commands)} lines."))
        return together(talks)
    asking = [line for line in lines if line.intent in _ASKING]
    if asking:
        return talk_about(asking[-1])
    return says(NO_SECRETS) if REDACTED in words else talk_about(lines[-1])


def _told_again(talk: Talk, results: Results) -> Calls | str:
    """Returns what a talk yields once it has been sent the results there are."""
    step = next(talk)
    while not isinstance(step, str) and len(results) >= len(step):
        count = len(step)
        step = talk.send(results[:count])
        results = results[count:]
    return step


def _pieces(text: str) -> Iterator[str]:
    """Yields a text word by word, as a language model would."""
    return (piece for piece in _PIECE.findall(text) if piece)
