"""Ember's own sentences as somebody reads them whose language is not known."""

from typing import Final

from bot.sentences import ENGLISH, Sentence, load_sentences

SENTENCES: Final = load_sentences()


def english(sentence: Sentence, **values: object) -> str:
    return SENTENCES.say(sentence, ENGLISH, **values)
