"""What is done about each intent.

A talk yields the calls it needs, is sent the texts of their results, and yields the answer at last. It keeps nothing
outside itself, so that it can be told again from its beginning for every request of a turn.
"""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from itertools import islice
from typing import Final

from pydantic import JsonValue, TypeAdapter, ValidationError

from bot.models.model import Call
from bot.models.offline_quotes import Quotation, answers, distinct, meant, own_names, quotations, topic
from bot.models.offline_rules import Intent, Line
from capabilities.framework.runner import FAILED
from capabilities.recall import Recalled

Calls = tuple[Call, ...]
Results = tuple[str, ...]
Talk = Generator[Calls | str, Results, None]

COMMANDS_IN_A_TURN: Final = 10  #: lines that remember or forget; one message should not write without end
_RECALLED: Final = 20  #: items; as many as recall gives, for questions and replies are among them
_LISTED: Final = 10  #: items
_QUERY: Final = 1000  #: characters, recall's own limit

_ARGUMENTS: Final = TypeAdapter[dict[str, JsonValue]](dict[str, JsonValue])

WHAT_I_CAN: Final = (
    'I can remember ("remember that my cat is called Miso"), answer from what was said ("what is my cat called?"), '
    'list it ("what do you know about me?"), forget ("forget my cat"), calculate ("15% of 80") and tell the time.'
)
HOW_TO_GET_A_MODEL: Final = (
    "For real conversation, set OPENAI_MODEL, and OPENAI_API_KEY or OPENAI_BASE_URL, in .env and start me again."
)
NO_FILES: Final = "I can't open files: for that I need a language model. Write to me what is in them."
NOTED: Final = 'Noted. Say "remember that …" when I must not miss it.'
NO_SECRETS: Final = "I don't keep secrets: I left it out of what I noted."
NEVER_TOLD: Final = "I don't know: I was never told that."
SAID_THEN: Final = "This is what was said then:"
NOTHING_THEN: Final = "I don't know of anything that was said then."
NOT_HERE: Final = "I don't know that from what I may use here. Ask me in private, where I may use more."
NOT_THAT_ONE: Final = "I have nothing like that."
WHAT_TO_FORGET: Final = 'Tell me what to forget, in words of it: "forget that my cat is called Miso".'


def talk_about(line: Line) -> Talk:
    return _TALKS[line.intent](line)


def together(talks: Sequence[Talk]) -> Talk:
    """Holds several talks side by side: what they call for at the same time is called at once."""
    steps = [next(talk) for talk in talks]
    while calls := tuple(call for step in steps if not isinstance(step, str) for call in step):
        results = iter((yield calls))
        steps = [
            step if isinstance(step, str) else talk.send(tuple(islice(results, len(step))))
            for talk, step in zip(talks, steps, strict=True)
        ]
    yield "\n".join(step for step in steps if isinstance(step, str))


def says(text: str) -> Talk:
    """Gives one answer."""
    yield text


def _always(text: str) -> Callable[[Line], Talk]:
    return lambda line: says(text)


def _remember(line: Line) -> Talk:
    (result,) = yield (_call("remember", content=line.words),)
    reason = _failure(result)
    yield f"I could not keep that: {reason}." if reason else f"I'll remember that: {_ended(line.words)}"


def _question(line: Line) -> Talk:
    if not topic(line.said):
        yield NEVER_TOLD
        return
    (result,) = yield (_recall(line.said),)
    recalled = _read(result)
    if not isinstance(recalled, str) and recalled.only_time:
        said = distinct(quotations(recalled))
        yield "\n".join([SAID_THEN, *_listed(said)]) if said else NOTHING_THEN
    else:
        yield _quoted(result, lambda recalled: answers(line.said, recalled))


def _own_name(line: Line) -> Talk:
    (result,) = yield (_recall("my name is, call me, called, mein Name ist, nenn mich, heiße"),)
    yield _quoted(result, own_names)


def _quoted(result: str, choose: Callable[[Recalled], list[Quotation]]) -> str:
    recalled = _read(result)
    if isinstance(recalled, str):
        return recalled
    chosen = choose(recalled)
    if chosen:
        return chosen[0].sentence
    return NOT_HERE if recalled.withheld else NEVER_TOLD


def _about(line: Line) -> Talk:
    asked = line.words.strip(" ?.!")
    of_the_asker = asked.casefold() in ("", "me", "us", "myself", "mich", "mir", "uns")
    (result,) = yield (_recall("" if of_the_asker else asked),)
    recalled = _read(result)
    if isinstance(recalled, str):
        yield recalled
        return
    found = quotations(recalled) if of_the_asker else answers(asked, recalled)
    told = [one for one in distinct(found) if one.item.by_asker or not of_the_asker]
    if told:
        yield "\n".join(["This is what I know:", *_listed(told)])
    else:
        yield NOT_HERE if recalled.withheld else NEVER_TOLD


def _forget(line: Line) -> Talk:
    if not topic(line.words):
        yield WHAT_TO_FORGET
        return
    (result,) = yield (_recall(line.words),)
    recalled = _read(result)
    if isinstance(recalled, str):
        yield recalled
        return
    found = meant(line.words, recalled)
    if not found:
        yield NOT_THAT_ONE
    elif len({quotation.key for quotation in found}) > 1:
        yield "\n".join(["Several things fit. Say it in the words of the one you mean:", *_listed(distinct(found))])
    else:
        yield from _forget_all(line.words, found)


def _forget_all(words: str, found: list[Quotation]) -> Talk:
    """Forgets one statement wherever it stands."""
    results = yield tuple(_call("forget", memory_id=quotation.item.id) for quotation in found)
    # With a memory goes the message it was taken from, so of several calls one may find nothing left to forget.
    failures = [reason for reason in map(_failure, results) if reason]
    if failures and len(found) > 1:
        (result,) = yield (_recall(words),)
        recalled = _read(result)
        if not isinstance(recalled, str) and not meant(words, recalled):
            failures = []
    yield f"I could not forget that: {failures[0]}." if failures else f"Forgotten: {_ended(found[0].text)}"


def _calculate(line: Line) -> Talk:
    (result,) = yield (_call("calculate", expression=line.words.rstrip("?!. ")),)
    reason = _failure(result)
    yield f"I cannot calculate that: {reason}." if reason else result


def _time(line: Line) -> Talk:
    place = line.words.strip(" ?.!")
    (result,) = yield (_call("current_time", time_zone=place) if place else _call("current_time"),)
    reason = _failure(result)
    yield f"I cannot tell: {reason}." if reason else f"It is {result}."


def _listed(found: Iterable[Quotation]) -> list[str]:
    """Returns a line for each quotation, of the first few."""
    return [
        f"- {quotation.shown} ({quotation.day})" if quotation.item.by_asker else f"- {quotation.sentence}"
        for quotation in islice(found, _LISTED)
    ]


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "…")) else f"{text}."


def _recall(query: str) -> Call:
    return _call("recall", query=query[:_QUERY], limit=_RECALLED)


def _call(name: str, **arguments: JsonValue) -> Call:
    return Call(id="", name=name, arguments=_ARGUMENTS.dump_json(arguments).decode())


def _failure(result: str) -> str | None:
    """Returns why a call failed, None where it did not."""
    return result.removeprefix(FAILED).rstrip(".") if result.startswith(FAILED) else None


def _read(result: str) -> Recalled | str:
    """Returns what recall found, or the sentence that says why nothing can be told."""
    reason = _failure(result)
    if reason:
        return f"I could not look that up: {reason}."
    try:
        return Recalled.model_validate_json(result)
    except ValidationError:  # the result may have been cut to fit the prompt
        return "I could not look that up: what I found cannot be read."


_TALKS: Final[Mapping[Intent, Callable[[Line], Talk]]] = {
    Intent.GREETING: _always(f"Hello! I run without a language model, by simple rules. {WHAT_I_CAN}"),
    Intent.THANKS: _always("You're welcome."),
    Intent.FAREWELL: _always("See you!"),
    Intent.WELL_BEING: _always("All is well here, thank you."),
    Intent.HELP: _always(
        f"I am Ember, a chat bot that remembers. No language model is configured, so I answer by simple rules. "
        f"{WHAT_I_CAN} {HOW_TO_GET_A_MODEL}"
    ),
    Intent.REMINDER: _always(
        'I cannot set reminders or keep todos yet. Say "remember that …" and I keep it, though I will not come back to '
        "you about it by myself."
    ),
    Intent.REMEMBER: _remember,
    Intent.FORGET: _forget,
    Intent.TIME: _time,
    Intent.CALCULATE: _calculate,
    Intent.ABOUT: _about,
    Intent.OWN_NAME: _own_name,
    Intent.QUESTION: _question,
    Intent.STATEMENT: _always(NOTED),
    Intent.OTHER: _always(f"I run without a language model, so I did not understand that. {WHAT_I_CAN}"),
}
