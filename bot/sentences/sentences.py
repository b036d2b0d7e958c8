"""Reads the files of sentences once, and says a sentence in somebody's language."""

import string
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import structlog

from bot.sentences.sentence import Sentence

ENGLISH: Final = "en"  #: the language of everybody whose own is not known; its file holds every sentence
_SHIPPED: Final = Path(__file__).parent
_BY_KEY: Final = {str(sentence): sentence for sentence in Sentence}

Texts = Mapping[Sentence, str]

log = structlog.get_logger()


class BadSentenceFile(Exception):
    """A file of sentences cannot be used."""

    def __init__(self, file: Path, problem: str) -> None:
        super().__init__(f"{self.__doc__} ({file}: {problem})")


class Sentences:
    """Ember's own sentences in every language that there is a file of."""

    def __init__(self, by_language: Mapping[str, Texts]) -> None:
        """`by_language`: lower-case language tags; English is among them, and whole."""
        self._by_language = by_language
        self._english = by_language[ENGLISH]

    def say(self, sentence: Sentence, language: str, **values: object) -> str:
        """Returns a sentence, its values filled in, as they are.

        `language` is a tag such as `de` or `de-AT`. A language, or a sentence of it, that is not there is English.
        """
        tag = language.replace("_", "-").lower()
        for texts in (self._by_language.get(tag), self._by_language.get(tag.partition("-")[0])):
            if texts is not None and sentence in texts:
                return texts[sentence].format(**values)
        return self._english[sentence].format(**values)


def load_sentences(folder: Path = _SHIPPED) -> Sentences:
    """Reads the files of a folder, `<language>.toml` each, and logs what one of them lacks.

    Raises BadSentenceFile, for a file that could fail when its sentences are said, and for want of English ones.
    """
    english_file = folder / f"{ENGLISH}.toml"
    english = _read(english_file)
    if missing := _missing(english):
        raise BadSentenceFile(english_file, f"{', '.join(missing)} is missing")
    _check_braces(english_file, english, english)
    by_language = {ENGLISH: english}
    for file in sorted(folder.glob("*.toml")):
        if file != english_file:
            texts = by_language[file.stem.lower()] = _read(file)
            _check_braces(file, texts, english)
            if missing := _missing(texts):
                log.warning("sentences are missing, and said in English", file=str(file), missing=missing)
    return Sentences(by_language)


def _missing(texts: Texts) -> list[str]:
    return [str(sentence) for sentence in Sentence if sentence not in texts]


def _read(file: Path) -> dict[Sentence, str]:
    try:
        whole = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSentenceFile(file, error.strerror or "it cannot be read") from error
    except UnicodeDecodeError as error:
        raise BadSentenceFile(file, "it is not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise BadSentenceFile(file, str(error)) from error
    texts: dict[Sentence, str] = {}
    for key, text in _flat(whole):
        sentence = _BY_KEY.get(key)
        if sentence is None:
            log.warning("a sentence is not one of Ember's, and never said", file=str(file), key=key)
        elif not isinstance(text, str) or not text.strip():
            raise BadSentenceFile(file, f"{key} is no text")
        else:
            texts[sentence] = text
    return texts


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Gives each value of a TOML file with its dotted key."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _check_braces(file: Path, texts: Texts, english: Texts) -> None:
    """Refuses a text that could not be filled in when it is said, or would not say what the English one does."""
    for sentence, text in texts.items():
        try:
            found, wanted = placeholders(text), placeholders(english[sentence])
        except ValueError as error:
            raise BadSentenceFile(file, f"{sentence}: {error}") from error
        if found != wanted:
            named = " and ".join(f"{{{name}}}" for name in sorted(wanted)) or "nothing"
            raise BadSentenceFile(file, f"{sentence} has to have {named} in braces")


def placeholders(text: str) -> set[str]:
    """Returns what stands in a text's braces. Raises ValueError for a brace without another."""
    found = string.Formatter().parse(text)
    return {
        name + (f"!{how}" if how else "") + (f":{spec}" if spec else "")
        for _, name, spec, how in found
        if name is not None
    }
