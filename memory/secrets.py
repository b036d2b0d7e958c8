"""Secrets are never kept: keys, passwords, card numbers and one-time codes are cut out of what somebody writes.

What a thing is called gives a password away ("my password is …"), its shape all others. An IBAN is given to whoever is
to pay and stays; so do door codes, which people want remembered. Every pattern is linear in its text: each begins at a
boundary, and all that repeats in it is bounded.
"""

import re
from collections.abc import Sequence
from itertools import islice
from typing import Final

REDACTED: Final = "[secret]"  #: stands where a secret stood

#: What betrays itself by how it begins.
_SHAPES: Final = re.compile(
    r"(?<![\w.:-])(?:"
    r"sk-(?=[A-Za-z_-]{0,60}\d)[\w-]{20,300}|"
    r"gh[opsru]_[A-Za-z0-9]{30,255}|"
    r"github_pat_\w{22,255}|"
    r"glpat-[\w-]{20,100}|"
    r"(?:AKIA|ASIA)[A-Z0-9]{16}(?!\w)|"
    r"xox[abeoprs]-[A-Za-z0-9-]{10,255}|"
    r"AIza[\w-]{35}|"
    r"(?:npm|hf)_[A-Za-z0-9]{30,60}|"
    r"[prs]k_(?:live|test)_[A-Za-z0-9]{16,255}|"
    r"[MNO][\w-]{22,28}\.[\w-]{6,7}\.[\w-]{27,45}(?![\w-])|"  # Discord
    r"\d{8,10}:[A-Za-z0-9_-]{35}(?![\w-])|"  # Telegram
    r"[xyz]prv[1-9A-HJ-NP-Za-km-z]{80,120}|"  # a wallet
    r"eyJ[\w-]{8,4000}\.[\w-]{8,8000}\.[\w-]{8,2000}|"  # a JSON web token
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[^-]|-(?!----END))*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?)"
)
_LOGIN: Final = re.compile(r"(?P<before>://[^\s/@:]{0,100}:)[^\s/@]{1,200}(?=@)")  # of an address with a login in it
_BEARER: Final = re.compile(r"(?P<before>\bbearer )[\w.~+/-]{20,4000}=*", re.IGNORECASE)
_GAP: Final = "[ .\\-\\u00a0\\u2009\\u202f\\u2013\\u200b\\u2060]{1,2}"  # as cards, phones and pages set digits apart
_CARD: Final = re.compile(
    rf"(?<![\w+.,-])(?<!\d )(?:\d{{14,16}}|\d{{4}}({_GAP})\d{{4}}\1\d{{4}}\1\d{{4}}|\d{{4}}({_GAP})\d{{6}}\2\d{{4,5}})"
    r"(?![\w-])(?! ?\d)"
)
#: First digits, and how many there are in all. Longer ones are other things: one id in ten passes Luhn.
_CARDS: Final = re.compile(
    r"4\d{15}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|"
    r"6(?:011|22\d|4[4-9]\d|5\d\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}"
)
_OF_WHAT: Final = (
    r"(?:[ \t]{1,3}(?:for|of|to|on|at|in|für|von|vom|zu|zum|zur|bei|beim)(?:[ \t]{1,3}[^\s,;:=!?]{1,40}){1,4}?)?"
)
_IS: Final = (
    r"(?:'s|’s|[\"'`*]{0,2}[ \t]{0,3}"
    r"(?:[:=](?!=)|->|→|(?<!\w)(?:is|was|are|used to be|will be|ist|war|lautet|heißt|heisst)(?!\w):?))\s{0,3}"
)
_PASSWORD: Final = re.compile(
    r"(?:pass ?words?|passwort|kennwort|losungswort|pass ?phrase|passcode|passwd|pwd|"
    r"api[ _-]?key|secret[ _-](?:key|access[ _-]key)|(?:access|auth|bot)[ _-]token|client[ _-]secret|seed phrase|"
    rf"recovery (?:phrase|code|key)){_OF_WHAT}{_IS}",
    re.IGNORECASE,
)
#: What is called a secret in passing is one where it looks like one: letters and digits, run together.
_LOOKS: Final = r"(?=[^\s\"'`]{0,60}\d)(?=[^\s\"'`]{0,60}[A-Za-z])"
_NO_LOOKS: Final = r"(?!(?:sha|md|argon|base|utf|rsa|aes|ed|secp|oauth|scrypt|pbkdf|bcrypt|v)-?\d)"
_LABELLED: Final = re.compile(
    r"(?P<before>(?<![^\W_])(?:(?:pwd?|pass|token|secret|(?:private|wlan|wi-?fi|netzwerk|network|licen[cs]e|"
    r"lizenz|openai|stripe)[ -]?(?:schlüssel|key))[\"'`*]{0,2}[ \t]{0,3}"
    r"(?:[:=](?!=)|->|→|(?<!\w)(?:is|ist)(?!\w))|"
    r"(?:password|passwort|kennwort|pwd?)(?: to| auf|:| (?:is|ist) (?:still|not|just|now|noch|nicht|jetzt))?(?=[ \t]))"
    r"[ \t]{0,3}[\"'`*(]{0,2})"
    rf"{_NO_LOOKS}{_LOOKS}[^\s\"'`]{{6,200}}",
    re.IGNORECASE,
)
_LABELLED_AFTER: Final = re.compile(
    rf"(?<!\S){_LOOKS}\S{{6,60}}(?P<after> (?:is|as|ist|als) (?:my|the|our|mein|das|unser) (?:[\w-]{{1,20}} ){{0,2}}?"
    r"(?:password|passphrase|passwort|kennwort|pw)(?!\w)(?! \w))",
    re.IGNORECASE,
)
_CODE: Final = re.compile(
    r"(?P<before>(?<!\w)(?:(?:pin|geheimzahl|cvv2?|cvc2?)(?:[ -]?(?:code|number|nummer))?"
    rf"{_OF_WHAT}(?:{_IS}|[ \t]{{1,3}})|"
    r"(?:(?:security|verification|login|sign-in|sms|2fa|two-factor|one-time|authentication) (?:code|password)|otp|tan|"
    r"sicherheitscode|bestätigungscode|einmalcode|prüfnummer)"
    rf"{_OF_WHAT}{_IS}))(?:[A-Z]{{1,2}}-)?\d(?:[ -]?\d){{2,9}}"
    r"(?!\w)(?![ \t](?:to|messages?|posts?|pixels?|px|euros?)\b)",
    re.IGNORECASE,
)
#: Without one of these nothing is called a secret.
_NAMES: Final = (
    "pass", "pwd", "pw", "kennwort", "losungswort", "key", "token", "secret", "phrase", "code", "pin", "otp", "tan",
    "cvv", "cvc", "schlüssel", "geheimzahl", "prüfnummer", "bearer",
)  # fmt: skip
_MANY_DIGITS: Final = re.compile(r"\d{4}")
#: What follows "the password is" when no password does, whatever comes after it.
_NO_PASSWORD: Final = frozenset(
    """
    a about again all already also always an and any as at because being both by definitely enough for from how i if in
    it its just more much my never no not of off on one only or our out over probably really so some something somewhere
    still such supposed that the their there this to too under up used very what where which with your
    mir wie
    aber als am auch auf das dein dem der die doch ein eine gar im immer in jetzt mein nicht nie noch nur schon sehr so
    vom von zu zum zur
    """.split()  # noqa: SIM905 - a table of words reads better than a list of them
)
#: The same, where nothing else is said or one of these words follows: a passphrase may begin with any of them.
_STATES: Final = frozenset(
    """
    available bad broken cached changed compromised confidential correct different difficult easy empty expired exposed
    false fine forgotten gone good great hard here hidden important incorrect invalid known leaked long lost missing
    needed new now obvious ok okay optional private protected public required reset right rotated safe same saved
    secret secure set shared short simple stored strong stuck terrible unchanged unique unknown unsafe valid visible
    weak working wrong
    case case-sensitive created daily encrypted every expires expiring generated getting hashed hourly monthly old read
    refreshed sensitive sent stolen today tomorrow typed weekly yearly yesterday
    abgelaufen alt anders bekannt einfach falsch geheim geändert gut kurz lang leer neu nötig richtig
    schlecht schwach sicher stark unbekannt ungültig unsicher vergessen verloren weg
    entfallen genug gestohlen gespeichert heute jährlich monatlich steht täglich wöchentlich
    """.split()  # noqa: SIM905
)
#: How long it is, or where a program takes it from.
_NO_VALUE: Final = re.compile(
    r"(?:\d{1,4}|two|three|four|five|six|eight|ten|twelve|sixteen|twenty-four) "
    r"(?:characters?|chars|digits?|letters?|words?|"
    r"zeichen|ziffern|wörter)\b|"
    r"(?:os|process|settings|config|env|environ|self|args|request|req|getpass)\.[\w.]+[\[(]?|process\.env\b|"
    r"(?:input|getpass|getenv|env|Field|prompt|ask)\(|(?:str|string|bytes|None|null|undefined|SecretStr)\b(?![\w.-]*\d)",
    re.IGNORECASE,
)
_JOINING: Final = frozenset("and but or so for because und aber oder denn weil".split())  # noqa: SIM905
_TOKEN: Final = re.compile(r"\S{1,200}")
_LONGEST: Final = 12  #: words of a passphrase
_SHORTEST: Final = 6  #: characters of a text that can hold a secret: "pin 12"
_SHORTEST_SHAPE: Final = 15  #: characters without a space of every shape but a private key's: "xoxb-" and ten more
_KEY_BEGINS: Final = "-----BEGIN "
_FEWEST_DIGITS: Final = 14  #: of a card
_NO_DIGITS: Final = bytes(byte for byte in range(128) if not chr(byte).isdigit())
_SIGNS: Final = ".,;:!?()\"'*"


def is_secret(text: str) -> bool:
    """Whether a text holds a secret, or the mark of one that was cut out."""
    return REDACTED in text or without_secrets(text) != text


def without_secrets(text: str) -> str:
    """Returns a text with each secret in it replaced by a mark."""
    if len(text) < _SHORTEST:
        return text
    # Most texts can hold none of these, and that is found out several times faster than it is looked for.
    if _may_hold_shape(text):
        text = _SHAPES.sub(REDACTED, text)
    if ":/" in text:
        text = _LOGIN.sub(_value_redacted, text)
    lower = text.lower()
    if any(name in lower for name in _NAMES):  # the ones below take most of the time; few texts need them
        text = _BEARER.sub(_value_redacted, text)
        text = _CODE.sub(_value_redacted, text)
        text = _without_passwords(text)
        text = _LABELLED.sub(_value_redacted, text)
        text = _LABELLED_AFTER.sub(lambda found: REDACTED + found["after"], text)
    if _may_hold_card(text):
        text = _CARD.sub(lambda found: REDACTED if _is_card(found.group()) else found.group(), text)
    return text


def _may_hold_shape(text: str) -> bool:
    return max(map(len, text.split()), default=0) >= _SHORTEST_SHAPE or _KEY_BEGINS in text


def _may_hold_card(text: str) -> bool:
    if text.isascii():
        return len(text.encode().translate(None, _NO_DIGITS)) >= _FEWEST_DIGITS
    return _MANY_DIGITS.search(text) is not None


def _value_redacted(found: re.Match[str]) -> str:
    return found["before"] + REDACTED


def _is_card(number: str) -> bool:
    digits = "".join(str(int(sign)) for sign in number if sign.isdecimal())  # of any script
    return _CARDS.fullmatch(digits) is not None and _luhn(digits)


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(int(digit) for digit in digits[::-2]) + sum(doubled)) % 10 == 0


def _without_passwords(text: str) -> str:
    kept: list[str] = []
    at = 0
    while label := _PASSWORD.search(text, at):
        end = _end_of_password(text, label.end())
        kept.append(text[at : label.end()])
        if end > label.end():
            kept.append(REDACTED)
        at = end
    return "".join((*kept, text[at:]))


def _end_of_password(text: str, start: int) -> int:
    """Returns where a password that begins at a place ends; the place itself when none does.

    A password may be several words, and hold any sign: it goes on to the end of what is said.
    """
    quote = text[start : start + 1]
    if quote in ('"', "'", "`", "“", "„"):
        closing = text.find({"“": "”", "„": "“"}.get(quote, quote), start + 1, start + 200)
        if closing > 0:
            return closing + 1
    if _NO_VALUE.match(text, start):
        return start
    said = _clause(text, start)
    return said[-1].end() if said and not _is_no_password([_bare(token) for token in said]) else start


def _clause(text: str, start: int) -> list[re.Match[str]]:
    """Returns the next words, to the end of what is said in one go."""
    line_end = text.find("\n", start)
    clause: list[re.Match[str]] = []
    for token in islice(_TOKEN.finditer(text, start, line_end if line_end >= 0 else len(text)), _LONGEST):
        if REDACTED in token.group() or (clause and _bare(token) in _JOINING):
            break
        clause.append(token)
        if token.group()[-1] in ".,;!?":
            break
    return clause


def _bare(token: re.Match[str]) -> str:
    return token.group().strip(_SIGNS).casefold()


def _is_no_password(said: Sequence[str]) -> bool:
    """Whether something else is said of a password than what it is."""
    first, *others = said
    if first in _STATES:
        return not others or others[0] in _STATES | _NO_PASSWORD
    return not first or first in _NO_PASSWORD
