"""What of an item is embedded, and how a question reads."""

from memory import IdentityId, ItemId
from memory.scope import ScopeNumber
from memory.search.sentences import SENTENCES, in_first_person, prepared
from memory.tables.embeddings import VectorKind, Wording


def wording(content: str, name: str = "Melanie", number: int = 1) -> Wording:
    return Wording(ItemId(number), IdentityId(number), name, content, (ScopeNumber(1),))


def sentences(content: str, *, before: Wording | None = None, after: Wording | None = None) -> list[str]:
    texts = prepared(wording(content), before, after)
    return [text.text for text in texts if text.kind is VectorKind.SENTENCE]


def window(content: str, before: Wording | None = None, after: Wording | None = None) -> str:
    (last,) = [one for one in prepared(wording(content), before, after) if one.kind is VectorKind.WINDOW]
    return last.text


def test_each_sentence_that_says_something_stands_alone() -> None:
    assert sentences("Hi! How are you today? I went to a concert. Wow. It was loud!\nWe left early") == [
        "I went to a concert.",
        "It was loud!",
        "We left early",
    ]


def test_a_greeting_that_goes_on_to_say_something_counts() -> None:
    assert sentences("Thanks, the doctor said that my knee is fine.") == [
        "Thanks, the doctor said that my knee is fine."
    ]


def test_a_language_without_spaces_has_sentences_too() -> None:
    assert sentences("我喜欢吃披萨。我住在北京。") == ["我喜欢吃披萨。", "我住在北京。"]


def test_a_long_text_has_so_many_sentences_and_no_more() -> None:
    assert len(sentences("This is one more sentence. " * 50)) == SENTENCES
    assert len(sentences("word " * 5_000)[0]) <= 1_000


def test_the_speakers_names_are_left_out_and_their_beginnings_too() -> None:
    other = wording("Hey Mel!", name="Caroline Smith", number=2)
    assert sentences("Caroline's dog bit Mel's cat, Caroline laughed.", after=other) == ["dog bit cat, laughed."]
    assert sentences("the melon that mel ate was ripe", after=other) == ["the melon that mel ate was ripe"]


def test_a_name_that_is_a_common_word_is_left_out_only_where_it_is_written_like_one() -> None:
    will = wording("Hm.", name="Will", number=2)
    assert sentences("I hope that Will will come.", before=will) == ["I hope that will come."]
    thea = wording("Hm.", name="Thea", number=3)
    assert sentences("The dog is Thea's pet.", before=thea) == ["The dog is pet."]


def test_the_window_holds_what_stands_beside_the_item_and_the_nearer_half_of_it() -> None:
    before = wording(f"far {'x' * 400} near the item", number=2)
    after = wording(f"near the item {'x' * 400} far", number=3)
    assert window("It was blue.", wording("Which colour?", number=2), wording("Nice.", number=3)) == (
        "Which colour? It was blue. Nice."
    )
    both = window("It was blue.", before, after)
    assert "near the item It was blue. near the item" in both
    assert "far" not in both


def test_what_says_nothing_has_a_blank_window() -> None:
    assert [text.text for text in prepared(wording("Melanie"), None, None)] == [""]


def test_whom_a_question_names_becomes_i_and_my() -> None:
    assert in_first_person("What is Melanie's dog called?", ["Melanie's"]) == "What is my dog called?"
    assert in_first_person("Did Caroline see Mel?", ["Caroline", "Mel?"]) == "Did I see I"
    assert in_first_person("What did I say about Rome?", []) == "What did I say about Rome?"
