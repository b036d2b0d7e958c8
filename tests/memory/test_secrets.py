"""Secrets are cut out; ordinary words are left alone; nobody can make it slow."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory import REDACTED, HoldsSecret, NewMemory, Trust, is_secret, without_secrets
from tests.memory.ordinary_sentences import SENTENCES
from tests.memory.scene import Scene

LETTERS = string.ascii_letters + string.digits

#: What betrays itself by how it begins, as short as it can be.
SHORTEST_SHAPES = [
    r"sk-[0-9][A-Za-z0-9]{19}",
    r"gh[opsru]_[A-Za-z0-9]{30}",
    r"github_pat_[A-Za-z0-9]{22}",
    r"glpat-[A-Za-z0-9]{20}",
    r"(AKIA|ASIA)[A-Z0-9]{16}",
    r"xox[abeoprs]-[A-Za-z0-9]{10}",
    r"AIza[A-Za-z0-9]{35}",
    r"(npm|hf)_[A-Za-z0-9]{30}",
    r"[prs]k_(live|test)_[A-Za-z0-9]{16}",
    r"[MNO][A-Za-z0-9]{22}\.[A-Za-z0-9]{6}\.[A-Za-z0-9]{27}",
    r"[0-9]{8}:[A-Za-z0-9]{35}",
    r"[xyz]prv[1-9A-HJ-NP-Za-km-z]{80}",
    r"eyJ[A-Za-z0-9]{8}\.[A-Za-z0-9]{8}\.[A-Za-z0-9]{8}",
    r"-----BEGIN PRIVATE KEY-----[a-z]\n[a-z]\n",
]
CARDS = [("36227206271667",), ("3782", "822463", "10005"), ("4111", "1111", "1111", "1111")]

#: What is written, and what must not be left of it.
SECRETS = [
    ("the key is sk-proj-abcd1234efgh5678ijkl9012", "sk-proj"),
    ("use sk-ant-api03-" + LETTERS, "api03"),
    ("push with ghp_" + LETTERS[:36], "ghp_"),
    ("gho_" + LETTERS[:36] + " is it", "gho_"),
    ("github_pat_11ABCDEFG0" + LETTERS, "pat_11"),
    ("glpat-aBcDeFgHiJkLmNoPqRsT", "aBcDe"),
    ("AWS: AKIAIOSFODNN7EXAMPLE", "AKIA"),
    ("slack xoxb-123456789012-abcdefABCDEF", "xoxb"),
    ("maps AIza" + LETTERS[:35], "AIza"),
    ("npm_" + LETTERS[:36], "npm_a"),
    ("hf_" + LETTERS[:34], "hf_a"),
    ("sk_live_" + LETTERS[:24], "live_"),
    ("MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs", "Cl2FMQ"),
    ("bot 123456789:" + LETTERS[:35], LETTERS[:35]),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", "dozjg"),
    ("Authorization: Bearer " + LETTERS, LETTERS),
    ("postgres://bob:s3cret@host/db", "s3cret"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY----- that is it", "MIIEow"),
    ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1\n", "b3Blb"),
    ("my password is hunter2", "hunter2"),
    ("My password for netflix is correct horse battery staple.", "staple"),
    ("the password to the wifi at home is “blue cat”, ok", "blue"),
    ("the wifi password's Blue42, ok", "Blue42"),
    ("Password: p@ss,w0rd!", "w0rd"),
    ("the new password is swordfish and I live in Rome", "swordfish"),
    ("pwd=swordfish", "swordfish"),
    ("my passphrase is winter is coming", "coming"),
    ("api key: abcdef", "abcdef"),
    ("my seed phrase is abandon ability able about above absent", "absent"),
    ("Das Passwort vom WLAN ist Blau42", "Blau42"),
    ("WLAN-Passwort: Katze", "Katze"),
    ("mein Kennwort lautet Katze7", "Katze7"),
    ("my PIN is 4711", "4711"),
    ("the PIN for my card is 47 11", "47 11"),
    ("PIN: 123456", "123456"),
    ("CVV 123", "123"),
    ("your verification code is 123 456", "123"),
    ("der Sicherheitscode lautet 987654", "987654"),
    ("it is G-123456: the verification code is G-123456", "code is G-123456"),
    ("card 4111 1111 1111 1111 please", "4111"),
    ("card 4111-1111-1111-1111", "4111"),
    ("5555555555554444", "5555"),
    ("amex 3782 822463 10005", "3782"),
    ("6011111111111117", "6011"),
    ("3530111333300000", "3530"),
    ("2223003122003222", "2223"),
    ("36227206271667", "36227"),
    ("4111.1111.1111.1111", "4111"),
    ("4111  1111  1111  1111", "4111"),
    ("4111\u200b1111\u200b1111\u200b1111", "4111"),
    ("４１１１１１１１１１１１１１１１", "１１１"),
    ('{"user": "ana", "password": "swordfish"}', "swordfish"),
    ("{'api_key': 'abcdef123456'}", "abcdef"),
    ("my password → swordfish", "swordfish"),
    ("pw: hunter2", "hunter2"),
    ("the wifi pw is hunter2", "hunter2"),
    ("user: ana / pass: hunter2", "hunter2"),
    ("token: abcdef1234567890abcdef", "abcdef"),
    ("password hunter2", "hunter2"),
    ("my password is still hunter2", "hunter2"),
    ("change my password to hunter2", "hunter2"),
    ("hunter2 is my password", "hunter2"),
    ("use hunter2 as the wifi password", "hunter2"),
    ("die Geheimzahl ist 4711", "4711"),
    ("my private key is 0x4c0883a69102937d6234147054b0d9e7", "4c08"),
    ("mein WLAN-Schlüssel ist abc123def456", "abc123"),
    ("my OpenAI key is abcdef0123456789abcdef", "abcdef"),
    ("pwd hunter22", "hunter22"),
    ("my password used to be hunter2", "hunter2"),
    ("my password will be hunter2", "hunter2"),
    ("my wallet: xprv" + "9s21ZrQH143K3QTDL4LX" * 5, "9s21"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_secret_is_cut_out_of_what_is_said(text: str, secret: str) -> None:
    assert is_secret(text)
    assert secret not in without_secrets(text)
    assert REDACTED in without_secrets(text)


@pytest.mark.parametrize("shape", SHORTEST_SHAPES)
@given(before=st.text(), after=st.text(), data=st.data())
def test_the_shortest_of_every_shape_is_cut_out_of_any_text(
    shape: str, before: str, after: str, data: st.DataObject
) -> None:
    secret = data.draw(st.from_regex(shape, fullmatch=True))
    assert secret not in without_secrets(f"{before} {secret} {after}")


@given(st.text(), st.sampled_from(CARDS), st.sampled_from(" -.\u00a0"), st.sampled_from("0٠०０"), st.text())
def test_a_card_in_any_script_is_cut_out_of_any_text(
    before: str, groups: tuple[str, ...], gap: str, zero: str, after: str
) -> None:
    card = gap.join(groups).translate({ord(digit): ord(zero) + int(digit) for digit in string.digits})
    assert card not in without_secrets(f"{before} card {card} ok {after}")


def test_what_stands_around_a_secret_stays() -> None:
    assert (
        without_secrets("my password is hunter2, and I live in Rome") == f"my password is {REDACTED} and I live in Rome"
    )
    assert without_secrets("pay with 4111 1111 1111 1111 today") == f"pay with {REDACTED} today"


@pytest.mark.parametrize("sentence", SENTENCES)
def test_ordinary_words_are_left_alone(sentence: str) -> None:
    assert without_secrets(sentence) == sentence
    assert not is_secret(sentence)


def test_there_are_two_hundred_ordinary_sentences() -> None:
    assert len(set(SENTENCES)) >= 200


@given(st.text(), st.sampled_from([text for text, _ in SECRETS]), st.text())
def test_what_was_cleaned_is_clean(before: str, secret: str, after: str) -> None:
    once = without_secrets(f"{before}\n{secret}\n{after}")
    assert without_secrets(once) == once


HOSTILE = [
    "password ", "password for ", "password for a b c d ", "password is ", "password is a", "passwort", "pin ",
    "pin for a b c d ", "eyJ", "eyJaaaaaaaa.", "4 ", "4111 ", "4", "4-", "sk-", "sk-a", "://", "://a:", "bearer ",
    "-----BEGIN PRIVATE KEY-----", "-----", "M", "N.M.", "MMMMMMMMMMMMMMMMMMMMMMMM.MMMMMM.", "a:", "123456789:a",
    "ghp_", "AKIA", "[secret]", "is is ", "' ", "\n",
]  # fmt: skip


@pytest.mark.timeout(20)
def test_no_text_of_100_000_characters_takes_long() -> None:
    """What is linear is done at once; what were quadratic in one of them would run into the limit."""
    for piece in HOSTILE:
        without_secrets(piece * (100_000 // len(piece)))


async def test_a_secret_in_a_message_is_never_stored(scene: Scene) -> None:
    received = await scene.says("Ana", "my password is hunter2 and my card is 4111 1111 1111 1111")
    assert received is not None
    assert received.message.content == f"my password is {REDACTED} and my card is {REDACTED}"
    kept = b"".join(file.read_bytes() for file in scene.path.iterdir() if file.is_file())
    assert b"my password is" in kept
    assert b"hunter2" not in kept


async def test_a_secret_is_no_memory(scene: Scene) -> None:
    turn = await scene.asks("Ana", "hello")
    for secret in ("the door opens with AKIAIOSFODNN7EXAMPLE", f"my password is {REDACTED}"):
        with pytest.raises(HoldsSecret):
            await scene.store.memories.add(turn.place, turn.asker.id, NewMemory(secret, Trust.SAID))
    kept = await scene.store.memories.add(turn.place, turn.asker.id, NewMemory("I like tea", Trust.SAID))
    new = NewMemory("my PIN is 4711", Trust.SAID)
    with pytest.raises(HoldsSecret):
        await scene.store.memories.supersede(turn.place, turn.asker.id, kept.id, new)
