"""Ember's own sentences: shipped files are whole, one that is dropped in works, a broken one is told at start."""

import ast
import shutil
import tomllib
from pathlib import Path

import pytest
import structlog

from bot.cli.failures import ExitCode, told_in_one_line
from bot.sentences import ENGLISH, BadSentenceFile, Sentence, load_sentences
from bot.sentences.sentences import placeholders

BOT = Path(__file__).parents[3] / "bot"
SHIPPED = sorted((BOT / "sentences").glob("*.toml"))


def texts(file: Path) -> dict[str, str]:
    """Returns a file's sentences by their keys."""
    groups = tomllib.loads(file.read_text(encoding="utf-8"))
    return {f"{group}.{key}": text for group, held in groups.items() for key, text in held.items()}


def with_french(folder: Path, french: str | bytes) -> Path:
    """Drops a French file beside the shipped ones."""
    for file in SHIPPED:
        shutil.copy(file, folder)
    (folder / "fr.toml").write_bytes(french.encode() if isinstance(french, str) else french)
    return folder


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_shipped_language_has_every_sentence_with_the_same_things_to_fill_in(file: Path) -> None:
    english = texts(BOT / "sentences/en.toml")
    assert {key: placeholders(text) for key, text in texts(file).items()} == {
        str(sentence): placeholders(english[sentence]) for sentence in Sentence
    }


def test_english_and_german_are_there_and_nothing_is_told_of_them() -> None:
    with structlog.testing.capture_logs() as told:
        sentences = load_sentences()
    assert told == []
    assert sentences.say(Sentence.BUTTON_STOP, "en") == "Stop"
    assert sentences.say(Sentence.CHANNEL_TOO_MUCH, "de", seconds=7).endswith("Warte bitte 7 s.")


def test_first_contact_says_what_is_remembered_and_where_to_change_that() -> None:
    said = load_sentences().say(Sentence.NOTICE_FIRST_CONTACT, ENGLISH)
    assert said == "I remember what you tell me; /privacy shows and changes that."


@pytest.mark.parametrize(
    ("language", "said"), [("de-AT", "Stopp"), ("de_CH", "Stopp"), ("DE", "Stopp"), ("xx", "Stop")]
)
def test_a_country_s_language_is_the_language_and_an_unknown_one_english(language: str, said: str) -> None:
    assert load_sentences().say(Sentence.BUTTON_STOP, language) == said


def test_what_is_filled_in_stays_as_it_is() -> None:
    assert load_sentences().say(Sentence.NOTICE_UPDATED, "de", content="{seconds} {}") == "gemerkt: {seconds} {}"


def test_a_file_that_is_dropped_in_is_a_language_and_what_it_lacks_is_english_and_logged_once(tmp_path: Path) -> None:
    folder = with_french(tmp_path, '[button]\nstop = "Arrêter"\n[old]\nword = "x"\n')
    with structlog.testing.capture_logs() as told:
        sentences = load_sentences(folder)
        assert sentences.say(Sentence.BUTTON_STOP, "fr-CA") == "Arrêter"
        assert [sentences.say(Sentence.BUTTON_NEXT, "fr") for _ in range(2)] == ["Next", "Next"]
    assert [(line["file"], line.get("key")) for line in told] == [
        (str(tmp_path / "fr.toml"), "old.word"),
        (str(tmp_path / "fr.toml"), None),
    ]
    missing = told[1]["missing"]
    assert "button.next" in missing
    assert "button.stop" not in missing


def test_a_country_s_own_file_comes_before_the_language_s(tmp_path: Path) -> None:
    folder = with_french(tmp_path, '[button]\nstop = "Arrêter"\nnext = "Suivant"')
    (folder / "fr-CA.toml").write_text('[button]\nstop = "Arrête"', encoding="utf-8")
    sentences = load_sentences(folder)
    assert [sentences.say(Sentence.BUTTON_STOP, language) for language in ("fr-CA", "fr")] == ["Arrête", "Arrêter"]
    assert sentences.say(Sentence.BUTTON_NEXT, "fr-CA") == "Suivant"


@pytest.mark.parametrize(
    "broken",
    [
        "[button",
        b"\xff\xfe",
        "button.stop = 3",
        'button.stop = " "',
        'button.stop = "{when} Stop"',
        'channel.too_much = "Trop !"',
        'channel.too_much = "{seconds!r}"',
        'channel.too_much = "{seconds:d}"',
        'channel.too_much = "{seconds.real}"',
        'channel.too_much = "{seconds"',
    ],
)
def test_a_broken_file_is_named_at_start(tmp_path: Path, broken: str | bytes) -> None:
    with pytest.raises(BadSentenceFile, match=r"fr\.toml"):
        load_sentences(with_french(tmp_path, broken))


def test_a_broken_file_ends_the_start_with_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = with_french(tmp_path, "button.stop = 3")
    with pytest.raises(SystemExit) as end, told_in_one_line():
        load_sentences(folder)
    assert end.value.code == ExitCode.FAILED
    assert capsys.readouterr().err == (
        f"ember: A file of sentences cannot be used. ({folder / 'fr.toml'}: button.stop is no text)\n"
    )


def test_there_are_no_sentences_without_all_of_the_english_ones(tmp_path: Path) -> None:
    with pytest.raises(BadSentenceFile, match=r"en\.toml"):
        load_sentences(tmp_path)
    english = (BOT / "sentences/en.toml").read_text(encoding="utf-8")
    (tmp_path / "en.toml").write_text(english.replace('stop = "Stop"\n', ""), encoding="utf-8")
    with pytest.raises(BadSentenceFile, match=r"button\.stop is missing"):
        load_sentences(tmp_path)
    (tmp_path / "en.toml").write_text(english.replace('"Stop"', '"{Stop"'), encoding="utf-8")
    with pytest.raises(BadSentenceFile, match=r"button\.stop"):
        load_sentences(tmp_path)


def test_whoever_says_a_sentence_gives_all_that_is_to_be_filled_in() -> None:
    english = texts(BOT / "sentences/en.toml")
    wrong: list[str] = []
    for file in BOT.rglob("*.py"):
        for call in (
            node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
        ):
            named = call.args[0] if call.args else None
            if not (
                isinstance(call.func, ast.Attribute) and call.func.attr == "say" and isinstance(named, ast.Attribute)
            ):
                continue
            if isinstance(named.value, ast.Name) and named.value.id == Sentence.__name__:
                given = {one.arg for one in call.keywords}
                if given != placeholders(english[Sentence[named.attr]]):
                    wrong.append(f"{file.name}:{call.lineno}")
    assert wrong == []
