"""Ember's own words outside of command pages: a file a language, a key a sentence.

`sentence` names them all; `sentences` reads the files and says them. A file that is dropped in here adds a language.
"""

from bot.sentences.sentence import Sentence
from bot.sentences.sentences import ENGLISH, BadSentenceFile, Sentences, load_sentences

__all__ = ["ENGLISH", "BadSentenceFile", "Sentence", "Sentences", "load_sentences"]
