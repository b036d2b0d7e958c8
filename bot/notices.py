"""The quiet lines that tell somebody what became of their memory."""

from collections.abc import Sequence
from typing import Final

from bot.sentences import Sentence, Sentences
from memory import ItemId, Memory, Notice

_LEARNED_LENGTH: Final = 160  #: characters of a fact; all of it stands in the memory


def updated_notice(sentences: Sentences, language: str, content: str, memory: ItemId) -> Notice:
    """Returns the quiet line that tells of a memory."""
    return Notice(sentences.say(Sentence.NOTICE_UPDATED, language, content=content), (memory,))


def forgotten_notice(sentences: Sentences, language: str) -> Notice:
    """Returns the quiet line that tells of a memory's end, which nothing takes back."""
    return Notice(sentences.say(Sentence.NOTICE_FORGOTTEN, language))


def learned_notice(sentences: Sentences, language: str, learned: Sequence[Memory]) -> Notice:
    """Returns the one quiet line that tells what was learned from a turn."""
    if len(learned) > 1:
        told = sentences.say(Sentence.NOTICE_LEARNED_MANY, language, count=len(learned))
        return Notice(told, tuple(memory.id for memory in learned))
    content = " ".join(learned[0].content.split())
    shown = content if len(content) <= _LEARNED_LENGTH else f"{content[:_LEARNED_LENGTH]}…"
    return updated_notice(sentences, language, shown, learned[0].id)


def undo_hint(sentences: Sentences, language: str) -> str:
    """Returns what stands behind a notice that tells of memories, where nothing can be pressed."""
    return f" · {sentences.say(Sentence.NOTICE_HOW_TO_UNDO, language)}"
