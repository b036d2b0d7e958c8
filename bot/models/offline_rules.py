"""What a line of a person's words asks for, by rules, in English and German.

Every pattern is linear in its line: nothing repeats inside a repetition that could read the same characters.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LINES_READ: Final = 1000  #: of one message; each may cost all the rules


class Intent(StrEnum):
    """What a person wants with a line."""

    GREETING = "greeting"
    THANKS = "thanks"
    FAREWELL = "farewell"
    WELL_BEING = "well_being"  #: asks how Ember is
    HELP = "help"  #: asks what Ember is and can do
    REMINDER = "reminder"  #: wants a reminder or a todo
    REMEMBER = "remember"
    FORGET = "forget"
    TIME = "time"
    CALCULATE = "calculate"
    ABOUT = "about"  #: asks for all that is known, of the asker or of a topic
    OWN_NAME = "own_name"  #: asks for the asker's name
    QUESTION = "question"
    STATEMENT = "statement"  #: tells something of oneself
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a person's words, understood."""

    intent: Intent
    said: str  #: the line without its opening
    words: str = ""  #: those that its pattern names: what to remember, to forget, to calculate


#: What may stand before a line without changing what it asks for.
_OPENING: Final = re.compile(
    r"(?:(?:please|hey|hi|hello|ok|okay|so|well|and|but|no|actually|@?ember|(?:can|could|would|will) you|"
    r"bitte|hallo|also|und|aber|nein|(?:kannst|könntest) du|i would like you to|i'd like you to|"
    r"i want you to)[,!.:]* )+",
    re.IGNORECASE,
)
#: "when I was five" tells, "when was I five" asks.
_ASKING: Final = (
    r"(?:(?:what|when|where|which|who|whom|whose|why|how)(?! (?:i|we|you|he|she|it|they)\b)(?:'?s)?|"
    r"is|are|am|was|were|do|does|did|has|had|can|could|will|would|shall|should|might|(?:have|may) (?:i|you|we|they))"
)
_ARITHMETIC: Final = (
    r"(?=.{1,200}\Z)(?=\D*\d)(?=.*(?:[\d)] ?[-+*/^%×÷−x]|[a-z]\())"
    r"(?:[\d .,+*/%^()×÷=?−-]|abs|round|min|max|sqrt|floor|ceil|log|ln|exp|sin|cos|tan|pi|of|e|x)+"
)
_KEEP: Final = "(?:remember|do not forget|don't forget|keep in mind|note)"
_KNOW: Final = "(?:know|remember)"

_GERMAN_ASKING: Final = (
    r"(?:wer|wann|wo|woher|wohin|wie|warum|welche[rsnm]?|wessen|wem|wen|was (?:mag|habe|bin|ist)|"
    r"(?:wei(?:ß|ss)t|kennst) du|(?:bin|habe|mag|wohne) ich)"
)
_GERMAN_KEEP: Final = "(?:merke? dir|vergiss nicht|denke? daran)"

#: The first one that fits counts. `words` stands at the end of its pattern.
_GERMAN: Final = (
    (Intent.GREETING, r"(?:hallo|moin|servus|guten (?:morgen|tag|abend))(?: @?ember)?"),
    (Intent.THANKS, r"danke(?: schön| dir| sehr)?|vielen dank"),
    (Intent.FAREWELL, r"tschüss|auf wiedersehen|gute nacht|bis bald"),
    (Intent.WELL_BEING, r"wie geht(?: es dir|'s(?: dir)?)"),
    (Intent.HELP, r"hilfe|hilf mir|was kannst du|wer bist du"),
    (Intent.REMINDER, r"erinnere? mich (?!,? dass).*"),
    (Intent.QUESTION, rf"{_GERMAN_KEEP},? (?:was|wann|wo|wer|wie|ob)\b.*"),
    (Intent.REMEMBER, rf"(?!.*\?\Z){_GERMAN_KEEP}(?:,? dass|:|,)? (?P<words>.+)"),
    (Intent.FORGET, r"(?!.*\?\Z)vergiss(?:,? (?:alles|was ich) über|,? dass|:)? (?P<words>.+)"),
    (Intent.TIME, r"wie spät ist es|wie ?viel uhr ist es|welche[rs] (?:tag|datum) ist heute"),
    (Intent.CALCULATE, rf"(?:berechne |was ist |wie ?viel ist )(?P<words>{_ARITHMETIC})"),
    (Intent.ABOUT, r"was wei(?:ß|ss)t du (?:alles )?(?:über|von) (?P<words>.+)|was habe ich dir (?:alles )?erzählt"),
    (Intent.OWN_NAME, r"wie (?:ist|lautet) mein name|wer bin ich|(?:weißt du,? )?wie (?:ich )?hei(?:ß|ss)e(?: ich)?"),
    (Intent.QUESTION, rf"{_GERMAN_ASKING}\b.*"),
    (Intent.STATEMENT, r"(?!.*\?\Z)(?:mein(?:e[rmns]?)?|unser(?:e[rmns]?)?|ich|wir|(?:man )?nennt? mich)\b.*"),
)  # fmt: skip
_ENGLISH: Final = (
    (Intent.GREETING, r"(?:hi|hiya|hello|hey|greetings|good (?:morning|afternoon|evening))(?: there| all| @?ember)?"),
    (Intent.THANKS, r"(?:thanks|thank you|thx|cheers)\b.{0,40}"),
    (Intent.FAREWELL, r"(?:bye|goodbye|bye bye|good night|see you)\b.{0,20}"),
    (Intent.WELL_BEING, r"how are you(?: doing| today)?|how is it going|how's it going"),
    (Intent.HELP, r"help|help me|what can you do|(?:who|what) are you|are you an? .{1,40}|how do you work"),
    (Intent.REMINDER, r"remind me\b.*|(?:set|make|create|add) an? (?:reminder|alarm|timer|to-?do)\b.*|to-?do\b.*"),
    (Intent.REMINDER, r"(?:add|put) .*\b(?:on|to) my (?:to-?do |shopping )?list"),
    (Intent.REMEMBER, rf"{_KEEP}(?: that|:)\s(?P<words>.+)"),
    (Intent.QUESTION, rf"{_KEEP} (?:what|when|where|which|who|whose|why|how|if)\b.*"),
    (Intent.REMEMBER, rf"(?!.*\?\Z)(?!note){_KEEP} (?P<words>.+)"),
    (Intent.FORGET, r"(?!.*\?\Z)forget(?: (?:everything |all |what i said )?about| that|:)? (?P<words>.+)"),
    (Intent.TIME, r"(?:what time is it|what's the time|what is the time|time)(?: now)?(?: in (?P<words>.+))?"),
    (Intent.TIME, r"(?:what|which) (?:day|date) is (?:it|today|it today)|(?:what's|what is) (?:today|the date today)"),
    (Intent.TIME, r"(?:what's|what is) (?:the|today's) date"),
    (Intent.CALCULATE, r"(?:calculate|compute|work out):? (?P<words>.+)"),
    (Intent.CALCULATE, rf"(?:what's |what is |how much is )?(?P<words>{_ARITHMETIC})"),
    (Intent.ABOUT, rf"(?:tell me |show me )?(?:what|everything)(?: do)? you {_KNOW}(?: (?:about|of) (?P<words>.+))?"),
    (Intent.ABOUT, r"what (?:have i told|did i tell) you(?: about (?P<words>.+))?"),
    (Intent.ABOUT, rf"(?:do you {_KNOW} anything|tell me) about (?P<words>.+)"),
    (Intent.OWN_NAME, rf"(?:do you {_KNOW} )?(?:(?:what's|whats|what is) )?my name|who am i|what am i called"),
    (Intent.QUESTION, rf".*\?|{_ASKING}\b.*"),
    (Intent.STATEMENT, r"(?:my|mine|our|i|i'm|i've|i'd|i'll|we|we're|we've|call me)\b.*"),
)  # fmt: skip
_RULES: Final = tuple(
    (intent, re.compile(rf"(?:{one})\??", re.IGNORECASE | re.DOTALL)) for intent, one in _GERMAN + _ENGLISH
)


def lines_of(words: str) -> list[Line]:
    """Returns the lines of what a person typed, understood; one that ends with a colon goes on to the end."""
    lines = [" ".join(typed.split()) for typed in words.splitlines() if not typed.isspace() and typed]
    for at, line in enumerate(lines):
        if line.endswith(":"):
            lines[at:] = ["\n".join(lines[at:])]
            break
    return [understood(line) for line in lines[:LINES_READ]]


def understood(line: str) -> Line:
    """Returns what one line asks for, with its opening or without."""
    opening = _OPENING.match(line.replace("’", "'"))
    plain = line[opening.end() :] if opening else line
    for intent, pattern in _RULES:
        for said in dict.fromkeys((line, plain)):
            match = pattern.fullmatch(_bare(said))
            if match:
                at = match.start("words") if match.groupdict().get("words") else len(said)
                return Line(intent, said, said[at:].rstrip("? "))
    return Line(Intent.OTHER, plain)


def _bare(line: str) -> str:
    """Returns a line with one kind of apostrophe and at most a question mark at its end; words keep their places."""
    end = line.rstrip(".!? ")
    return (end + "?" if "?" in line[len(end) :] else end).replace("’", "'")
