"""Text to words: what is indexed is what is asked, and nothing of it can be split or look like another scope's."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.stop_words import STOP_WORDS, holds_all_of, weighty_words
from memory.words import (
    KEY_LENGTH,
    STEMMERS,
    WORD_LENGTH,
    analyse,
    asked_words,
    keyed,
    keyed_words,
    scope_key,
    storable,
)

#: Characters that Unicode treats in surprising ways, among all others.
_ODD = (
    "ſİıßẞ²①½ⅷﬁ\u200b\u200d\u00a0\u202eªÅ\u0301\u0941\u064f'\u2019`\"*^:(){}\x00Ａ漢字ไทย\u1780かなक्षि\u064e\u05b8"
    "\ud83d\ude00\udcff"
)
any_text = st.text(st.characters() | st.sampled_from(_ODD), max_size=60)
languages = st.sampled_from([*STEMMERS, "xx", ""])


def split_by_the_index(text: str) -> list[str]:
    """The words as FTS5's own tokenizer sees them."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE words USING fts5(text, tokenize='ascii')")
    connection.execute("CREATE VIRTUAL TABLE seen USING fts5vocab('words', 'instance')")
    connection.execute("INSERT INTO words VALUES (?)", (text,))
    found = [term for (term,) in connection.execute("SELECT term FROM seen ORDER BY offset")]
    connection.close()
    return found


@given(any_text, languages)
def test_the_tokenizer_of_the_index_splits_no_word(text: str, language: str) -> None:
    words = analyse(text, language)
    assert split_by_the_index(" ".join(words)) == words


@given(any_text, languages, st.integers(1, 36**KEY_LENGTH - 1))
def test_what_is_indexed_splits_into_keyed_words_and_nothing_else(text: str, language: str, scope: int) -> None:
    words = analyse(text, language)
    assert split_by_the_index(keyed_words(text, language, scope, scope)) == [keyed(word, scope) for word in words]


@given(st.text(st.characters(max_codepoint=127), max_size=60), languages)
def test_ascii_text_gives_the_same_words_beside_other_text(text: str, language: str) -> None:
    """The quick way for ASCII and the way for all other text agree; a word of Greek forces the second."""
    assert analyse(f"{text} λ", language) == analyse(text, language) + analyse("λ", language)


@given(any_text, languages)
def test_words_are_bounded_and_never_empty(text: str, language: str) -> None:
    assert all(0 < len(word) <= 2 * WORD_LENGTH for word in analyse(text, language))


@given(any_text, languages)
def test_every_word_of_a_text_is_asked_for_as_it_is_indexed(text: str, language: str) -> None:
    indexed = set(analyse(text, language))
    asked = {stem for word in asked_words(text, [language]) for stem in word.stems}
    # Typed words are taken one by one at spaces, where the analysis parts them too.
    assert asked <= indexed


@given(any_text)
def test_whatever_is_storable_can_be_stored_and_gives_the_same_words(text: str) -> None:
    stored = storable(text)
    assert stored.encode().decode() == stored
    assert storable(stored) == stored
    assert analyse(stored) == analyse(text)


def test_halves_of_a_character_are_joined_and_a_lone_half_is_replaced() -> None:
    assert storable("\ud83d\ude00") == "\U0001f600"
    assert storable("a\udcffb") == "a�b"
    assert storable("plain") == "plain"


@given(st.integers(0, 36**KEY_LENGTH - 1), st.integers(0, 36**KEY_LENGTH - 1))
def test_keys_of_two_scopes_have_one_width_and_differ(one: int, other: int) -> None:
    assert len(scope_key(one)) == len(scope_key(other)) == KEY_LENGTH
    assert (scope_key(one) == scope_key(other)) == (one == other)
    assert int(scope_key(one), 36) == one


def test_a_scope_number_too_large_for_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="seven base-36 digits"):
        scope_key(36**KEY_LENGTH)


@given(any_text, st.integers(1, 1000), st.integers(1, 1000))
def test_an_item_is_indexed_under_both_its_scopes(text: str, scope: int, owner_scope: int) -> None:
    found = keyed_words(text, "en", scope, owner_scope).split()
    keys = [scope_key(scope)] if scope == owner_scope else [scope_key(scope), scope_key(owner_scope)]
    assert found == [key + word for key in keys for word in analyse(text)]


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("EJ likes pizza", "en", ["ej", "like", "pizza"]),
        ("don't", "en", ["dont"]),
        ("l'amour", "fr", ["l", "amour"]),
        ("Café CAFÉ cafe", "xx", ["cafe", "cafe", "cafe"]),
        ("ｆｕｌｌ ﬁne", "xx", ["full", "fine"]),
        ("Straße STRASSE", "xx", ["strasse", "strasse"]),
        ("漢字かな", "en", ["漢字", "字か", "かな"]),
        ("字", "en", ["字"]),
        ("C++ .NET 38.101", "en", ["c", "net", "38", "101"]),
        ("", "en", []),
        ("\x00 a\x00b", "xx", ["a", "b"]),
    ],
)
def test_text_becomes_words(text: str, language: str, words: list[str]) -> None:
    assert analyse(text, language) == words


def test_a_question_keeps_its_words_as_typed_with_a_stem_in_each_language() -> None:
    assert [(word.typed, word.stems) for word in asked_words("Häuser! Häuser to-day", ["en", "de"])] == [
        ("Häuser!", ("hauser", "haus")),
        ("to-day", ("to",)),
        ("to-day", ("day",)),
    ]


def test_stop_words_are_not_weighty_and_others_are() -> None:
    assert weighty_words("what is my dog called?", "en") == {"dog", "call"}
    assert weighty_words(" ".join(STOP_WORDS), "en") == frozenset()
    assert holds_all_of("EJ really likes pizza", "pizza is what EJ likes", "en")
    assert not holds_all_of("EJ likes pizza", "EJ likes pasta", "en")
