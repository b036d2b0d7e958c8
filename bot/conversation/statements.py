"""What of somebody's words is their own and told as true: no quotation, question, supposition, joke or command."""

import re
from typing import Final

from memory import REDACTED

SENTENCES_READ: Final = 50  #: of one turn; what is longer is a text, not talk
LONGEST: Final = 300  #: characters of a sentence
NAME_LENGTH: Final = 2  #: words in quotation marks that may be a name

_CODE: Final = re.compile(r"```.*?(?:```|\Z)|`[^`\n]{0,400}`", re.DOTALL)
_QUOTED_LINE: Final = re.compile(r"^\s{0,8}(?:>|\||On .{1,200} wrote:|Am .{1,200} schrieb).*$", re.MULTILINE)
#: The signs of a list before its lines, and those that make words stand out.
_MARKUP: Final = re.compile(r"^[ \t]{0,8}(?:[-*•–]|\d{1,2}\))[ \t]{1,8}|\*\*|__", re.MULTILINE)
_QUOTATION: Final = re.compile(r"[\"“„«»]([^\"“”„«»\n]{0,2000})[\"“”«»]|(?<!\w)['‘‚]([^'‘’‚\n]{0,400})['’‘](?!\w)")
#: Behind a full stop, but for those of "3. Mai" and "Dr. Who"; behind "7." only where somebody begins anew.
_SENTENCE: Final = re.compile(
    r"(?<=[!?…])\s+|(?<=\.)(?<!\b\d\.)(?<!\b\d\d\.)(?<!\bDr\.)(?<!\bSt\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bMrs\.)\s+|"
    r"(?<=\d\.)\s+(?=(?:I|My|We|Our|Ich|Meine?|Wir|Unsere?)\b)|\n+|;\s*"
)
_UNTRUE: Final = re.compile(
    r"(?<!\w)(?:if|unless|would|wouldn't|i'd|we'd|he'd|she'd|could|might|maybe|perhaps|possibly|imagine|suppose|supposing|"
    r"pretend|hypothetically|let's say|say i|wish|as if|as though|used to|dreamt|dreamed|wonder|whether|guess what|"
    r"i doubt|i thought|ought|should|"
    r"^in (?:my|the|this|that|our|an?) (?:novel|book|story|game|dream|film|movie|campaign|play),?"
    r"(?= (?:i|i'm|i've|my|we|our)\b)|"
    r"^(?:in (?:meinem|dem|diesem|einem)|im) (?:roman|buch|spiel|traum|film)|"
    r"wenn|falls|würde|würdest|hätte|wäre|könnte|möchte|vielleicht|angenommen|stell dir vor|ob|dachte|früher)(?!\w)|"
    # What somebody says or thinks it is: before it, and behind it.
    r"(?<!\w)(?:says?|said|thinks?|claims?|believes?|reckons?|guess|wrote|told me|sagt|sagte|meint|meinte|schrieb|"
    r"behauptet|glaubt?|glaube|denkt?|denke)\s*,|"
    r",\s*(?:[\w.-]{1,30}\s)?(?:said|says|wrote|claims|sagt|sagte|meinte|schrieb)(?:\s[\w.-]{1,30})?[.!]*$",
    re.IGNORECASE,
)
#: A message that hands over a text, or plays a part: nobody knows which of its sentences are the person's own.
_TEXT: Final = re.compile(
    r"(?:^|[\n.!?:;,])[ \t]{0,8}(?:(?:please|bitte|ember|hey|hi|now|can you|could you|would you|will you|"
    r"kannst du|könntest du|help me(?: to)?|try to|to),? ){0,4}(?:translate|proofread|rephrase|paraphrase|summari[sz]e|"
    r"rewrite|shorten|repeat after|übersetz(?:e|t|en)?|korrigiere?|formuliere?)\b|"
    r"\b(?:this|these|(?:the )?following|above|diese[rsnm]?|folgende\w{0,2}) (?:sentences?|texts?|paragraphs?|"
    r"passages?|essay|poem|song|story|quote|lyrics|e-?mail|mail|letter|satz|sätze|absatz|gedicht|brief|geschichte)\b|"
    r"\b(?:write|tell|schreib\w{0,2}|erzähl\w{0,2})\s[^\n.!?]{0,40}\b(?:story|poem|song|tale|dialogue|script|fiction|"
    r"geschichte|gedicht|lied|märchen)\b|"
    r"\brole-?play|\brollenspiel|\bin character\b|\b(?:let's|lets|let us|we) (?:pretend|imagine|play a game)\b|"
    r"\btu so,? als\b|"
    r"^[ \t]{0,8}(?:subject|betreff|lyrics|songtext):|"
    r"^[ \t]{0,8}(?:dear|sehr geehrte\w?) (?!ember)[^\n]{1,60},[ \t]{0,8}$",
    re.IGNORECASE | re.MULTILINE,
)
#: Who or what stands before a colon: "Bob: I live in Rome" is Bob's, "about me: I live in Rome" the person's own.
_LEAD: Final = re.compile(r"(.{1,80}?):(?:\s+|$)")
_OWN_LEAD: Final = re.compile(
    r"\b(?:me|myself|i|my|mich|mir|ich|mein\w{0,2}|fyi|btw|by the way|note|remember|reminder|update|news|facts?|info|"
    r"ps|p\.s|correction|also|actually|important|so|ok|okay|well|yes|no|hi|hey|hello|ember|merk dir|übrigens|ja|nein|"
    r"hallo|korrektur)\b",
    re.IGNORECASE,
)
_FOREIGN_LEAD: Final = re.compile(
    r"\b(?:say|says|said|saying|wrote|writes|claims?|told|text\w*|asked|replied|answered|character|novel|story|poem|essay|"
    r"quote|lyrics|example|motto|sagt\w?|schr\w{0,4}b\w?|meint\w?|beispiel|geschichte|roman)\b",
    re.IGNORECASE,
)
_JOKE: Final = re.compile(
    r"(?<!\w)(?:just kidding|only kidding|kidding|jk|j/k|just joking|only joking|not really|kleiner scherz|nur spaß|"
    r"war ein scherz|yeah,? right)(?!\w)|/s\s*$|[,.…(–-][ \t]{0,3}not[ \t)!.…]{0,8}$|[🙄🙃]",
    re.IGNORECASE | re.MULTILINE,
)
_COMMAND: Final = re.compile(
    r"\s*(?:please |bitte |ember,? )*(?:forget|remind|tell|translate|write|say|repeat|summari[sz]e|explain|rephrase|"
    r"correct|proofread|spell|calculate|vergiss|erinner\w*|übersetz\w*|schreib\w*|sag|wiederhol\w*|erklär\w*|korrigier\w*)\b",
    re.IGNORECASE,
)
_APART: Final = re.compile(
    r",?\s+(?:but|however|though|although|yet|aber|doch|sondern|obwohl)\s+|"
    r",?\s+(?=(?:not|nicht) (?!(?:to|very|allowed|mehr)\b))(?<=,\s)|"
    r",?\s+(?:and|und)\s+(?=(?:(?:also|now|then|auch|jetzt)\s+)?(?:i|i'm|i've|my|we|our|he|she|it|they|his|her|their|"
    r"ich|mein\w{0,2}|wir|unser\w{0,2}|er|sie|es|hate|dislike|love|like|hasse|liebe|mag)\b)|"
    r",\s+(?=(?:i|i'm|i've|my|we|our|he|she|it|they|his|her|their|ich|mein\w{0,2}|wir|unser\w{0,2}|er|sie|es)\b)|"
    r"\s+[-–—]\s+|:\s+(?=(?:i|my|we|our|ich|mein\w{0,2}|wir|unser\w{0,2})\b)",
    re.IGNORECASE,
)
_TASTE: Final = re.compile(r"(?:hate|dislike|love|like|hasse|liebe|mag)\b", re.IGNORECASE)
_I: Final = re.compile(r"(?:i|we|ich|wir)\s", re.IGNORECASE)


def own_lines(words: str) -> str:
    """Returns what somebody has written without the lines that they quote."""
    return _QUOTED_LINE.sub("", words)


def statements(words: str) -> list[str]:
    """Returns the sentences that somebody tells of themselves as true, each on one line."""
    own = own_lines(_CODE.sub(" ", words)).replace("’", "'")
    if _JOKE.search(own) or _TEXT.search(own):
        return []
    own = _QUOTATION.sub(_name_or_nothing, _MARKUP.sub("", own))
    sentences = [" ".join(sentence.split()) for sentence in _SENTENCE.split(own) if sentence]
    told: list[str] = []
    for sentence in sentences[:SENTENCES_READ]:
        if _is_led_in(sentence):
            if sentence.endswith(":"):
                break  # what it leads in is all that follows
        elif sentence and _is_told(sentence):
            told.append(sentence)
    return told


def clauses(sentence: str) -> list[str]:
    """Returns what a sentence says one after the other; "I like tea but hate milk" says "I hate milk"."""
    said: list[str] = []
    for part in _APART.split(sentence):
        clause = part.strip(" ,.!…") if part else ""
        if clause and said and _TASTE.match(clause):
            clause = f"{said[0].split()[0]} {clause}" if _I.match(said[0]) else clause
        if clause:
            said.append(clause)
    return said


def _name_or_nothing(found: re.Match[str]) -> str:
    """Somebody else's words go; a name stays, without its marks."""
    inside = found[1] or found[2] or ""
    return inside if len(inside.split()) <= NAME_LENGTH else "\n"


def _is_led_in(sentence: str) -> bool:
    """Whether something other than the person themselves stands before a colon."""
    lead = _LEAD.match(sentence)
    return lead is not None and (not _OWN_LEAD.search(lead[1]) or _FOREIGN_LEAD.search(lead[1]) is not None)


def _is_told(sentence: str) -> bool:
    if len(sentence) > LONGEST or REDACTED in sentence or "?" in sentence:
        return False
    return not _UNTRUE.search(sentence) and not _COMMAND.match(sentence)
