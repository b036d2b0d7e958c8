"""What the offline responder quotes: of the time asked for, and honest about what is no longer so."""

from collections.abc import Iterator

from bot.models.offline_quotes import answers
from bot.models.offline_rules import understood
from bot.models.offline_talks import NEVER_TOLD, NOTHING_THEN, SAID_THEN, talk_about
from capabilities.recall import Kind, Recalled, RecalledItem
from memory import Trust

_IDS: Iterator[int] = iter(range(1, 1000))


def item(text: str, *lacks: str, until: str | None = None, of_time: bool = True) -> RecalledItem:
    return RecalledItem(
        id=str(next(_IDS)), text=text, said_by="EJ", by_asker=True, when="2026-01-02 10:00", kind=Kind.MEMORY,
        trust=Trust.SAID, lacks=lacks, until=until, of_time=of_time,
    )  # fmt: skip


def told(question: str, *items: RecalledItem, only_time: bool = False) -> object:
    talk = talk_about(understood(question))
    next(talk)
    return talk.send((Recalled(items=items, withheld=0, only_time=only_time).model_dump_json(exclude_defaults=True),))


def test_what_is_no_longer_so_is_told_with_its_end() -> None:
    berlin, paris = item("I live in Berlin", until="2026-03-03"), item("I live in Paris")
    assert told("where did I use to live?", paris, berlin) == (
        'It is no longer so, but you used to say: "I live in Berlin" (2 January 2026, until 3 March 2026).'
    )
    assert told("where do I live?", paris) == 'You told me: "I live in Paris" (2 January 2026).'


def test_an_item_of_another_time_is_no_answer() -> None:
    assert told("what did I eat yesterday?", item("I ate lasagne", of_time=False)) == NEVER_TOLD
    assert told("what did I eat yesterday?", item("I ate lasagne")) == 'You told me: "I ate lasagne" (2 January 2026).'


def test_a_question_of_a_time_alone_lists_what_was_said_then() -> None:
    assert told("what did we talk about last Tuesday?", item("the roof is red"), only_time=True) == (
        f'{SAID_THEN}\n- "the roof is red" (2 January 2026)'
    )
    assert told("what did we talk about last Tuesday?", only_time=True) == NOTHING_THEN


def test_a_verb_is_known_in_its_other_forms() -> None:
    bought = Recalled(items=(item("I bought the lamp in Oslo", "buy"),), withheld=0)
    assert [one.text for one in answers("where did I buy the lamp?", bought)] == ["I bought the lamp in Oslo"]
    sold = Recalled(items=(item("I sold the lamp in Oslo", "buy"),), withheld=0)
    assert answers("where did I buy the lamp?", sold) == []


def test_what_took_the_place_of_an_answer_answers_in_its_own_words() -> None:
    rome = item("I moved to Rome").model_copy(update={"taken_over": ("live?",)})
    assert told("where do I live?", rome) == 'You told me: "I moved to Rome" (2 January 2026).'
    assert told("where do I live?", item("I moved to Rome")) == NEVER_TOLD
