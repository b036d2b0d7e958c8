"""How people say the obvious facts, in English and German: the patterns that `facts.py` reads them with.

No pattern is tried on more than one short sentence, and nothing repeats inside a repetition that could read the same.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from memory import Tier

ABOUT_AGE: Final = "age"
ABOUT_NAME: Final = "name"
ABOUT_BEING: Final = "is"
HOME: Final = "home"
WORK_AT: Final = "work at"


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind of fact is said."""

    pattern: str  #: has groups `value`, and `subject` where that is not the person
    about: str  #: what of the subject
    single: bool  #: another value takes the place of this one
    negated: bool  #: that it is not so
    tier: Tier
    importance: int
    unless: str  #: a pattern: how a value begins that is none to keep

    def match(self, told: str) -> re.Match[str] | None:
        return _compiled(self.pattern).fullmatch(told)

    def keeps(self, value: str) -> bool:
        return _compiled(self.unless).match(value) is None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiles at first use: all of them at once would hold every start up by a tenth of a second."""
    return re.compile(pattern, re.IGNORECASE)


_MONTH: Final = (
    r"(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?|"
    r"sep(?:t(?:ember)?)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)"
)
_DATE: Final = (
    rf"(?:(?:the )?\d{{1,2}}(?:st|nd|rd|th|\.)? (?:of )?{_MONTH}\.?(?:,? \d{{4}})?|"
    rf"{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?|\d{{4}}-\d\d-\d\d|\d{{1,2}}\.\d{{1,2}}\.(?:\d{{4}})?)"
)
_ADVERB: Final = (
    r"(?:(?:also|now|still|currently|just|really|actually|recently|always|usually|mostly|quite|absolutely|totally|do|"
    r"finally|originally|already|only|both|very|severely|simply|generally|sometimes|often|all|live and|"
    r"auch|jetzt|nun|noch|immer|sehr|wirklich|inzwischen|seit kurzem|seit gestern|momentan|aktuell|derzeit|zurzeit|"
    r"ursprünglich|gerade|eigentlich|wieder|vor kurzem|neulich|gestern|total|am liebsten) ){0,3}"
)
_MY: Final = (
    r"(?:my|our|mein(?:e[rmns]?)?|unser(?:e[rmns]?)?) (?P<subject>[\w-]{2,30}(?:'s|s')?(?: [\w-]{2,30}(?:'s)?){0,3}?)"
)
_I: Final = r"(?:i|we|ich|wir)"
_AM: Final = r"(?:i'm|i am|we're|we are|im|i have been|i've been)"
_LIKES: Final = r"(?:likes?|loves?|adores?|enjoys?|am (?:a (?:big |huge )?fan of|into|fond of))"
_HATES: Final = r"(?:hates?|dislikes?|detests?|can't stand|cannot stand|loathes?|am (?:not a fan of|tired of))"
_NOT: Final = r"(?:don't|do not|dont|doesn't|does not|no longer|never)"
_STATE: Final = (
    r"(?:(?:a )?vegan|(?:a )?vegetarian|married|divorced|single|widowed|engaged|pregnant|diabetic|(?:left|"
    r"right)[- ]handed|"
    r"deaf|blind|colou?r[- ]?blind|dyslexic|autistic|retired|unemployed|self-employed|gay|lesbian|bisexual|queer|trans|"
    r"catholic|muslim|jewish|buddhist|hindu|christian|an atheist|celiac|coeliac|lactose intolerant|asthmatic|"
    r"vegetarisch|vegetarier(?:in)?|veganer(?:in)?|verheiratet|geschieden|ledig|verlobt|schwanger|taub|farbenblind|"
    r"linkshänder(?:in)?|rechtshänder(?:in)?|rentner(?:in)?|arbeitslos|selbstständig|diabetiker(?:in)?)"
)
_HABIT: Final = r"(?:smoke|drink|eat|drive|play|speak|own|wear|watch|cycle|swim)"
_HAVING: Final = r"(?:i have|we have|i've got|i have got|ich habe|wir haben)"
_HAVE: Final = (
    r"(?:an? |one |two |three |four |five |six |\d{1,2} |eine?n? |zwei |drei |vier )?(?:[\w-]{1,20} ){0,2}"
    r"(?:cats?|dogs?|pets?|horses?|rabbits?|parrots?|hamsters?|fish|child|children|kids?|sons?|daughters?|twins|"
    r"brothers?|"
    r"sisters?|siblings?|grandchildren|wife|husband|girlfriend|boyfriend|partner|cars?|bikes?|motorbike|boat|garden|"
    r"house|"
    r"flat|apartment|allerg(?:y|ies)|diabetes|asthma|epilepsy|adhd|migraines?|celiac disease|"
    r"katzen?|hunde?|haustiere?|pferde?|kind(?:er)?|söhne?|töchter|tochter|sohn|brüder|bruder|schwestern?|geschwister|"
    r"frau|mann|freundin|auto|garten|haus|wohnung|asthma)\b"
)

#: How a value begins that is none to keep.
_PASSING: Final = (
    r"(?:so|too|very|really|just|still|already|always|never|back|here|there|late|early|ready|done|gone|out|off|"
    r"on(?! (?:the )?\d| [a-z]+\.? \d)|up|down|"
    r"home|away|over|sick|ill|tired|hungry|fine|ok|okay|good|great|bad|better|worse|nice|cool|busy|broken|empty|"
    r"full|dirty|"
    r"wrong|right|true|sure|sorry|happy|sad|angry|mad|cold|hot|wet|about to|coming|going|due|not|no|now|today|tomorrow|"
    r"tonight|killing|driving|making|getting|being|having|doing|trying|looking|waiting|sleeping|running|crashing|"
    r"working|missing|raining|acting|"
    r"like|that|this|these|those|it|what|how|why|when|where|who|you|your|because|to|more|less|all|"
    r"krank|müde|da|weg|hier|dort|kaputt|spät|fertig|gut|schlecht|zu|sehr|nicht|kein|keine|gerade|heute|morgen|so|ganz|"
    r"dass|das|leer|voll|bei|im|am besten)\b"
)
_VAGUE: Final = (
    r"(?:it|that|this|these|those|them|him|her|you|your|yours|the idea|what|how|when|where|why|which|"
    r"to (?:know|say|admit)|everything|"
    r"nothing|something|anything|one|some|being|es|das|dies\w*|dich|dein\w*|was|wie|wenn|alles|nichts|sie|ihn)\b"
)
#: Where nobody lives, and whom nobody works for or as.
_NO_HOME: Final = (
    rf"{_VAGUE}|(?:to|with|and|fear|hope|peace|pain|denial|silence|poverty|misery|harmony|angst|frieden|hoffnung|"
    r"the (?:moment|past|future|now|present|clouds|dark|next|last|point|topic|question|end)|"
    r"an? (?:bubble|society|nightmare|dream|simulation)|"
    r"windows|linux|mac(?:os)?|ios|android|iphone|firefox|chrome|python|javascript|typescript|rust|go(?:lang)?|vim|"
    r"emacs|git(?:hub|lab)|slack|discord|whatsapp|spotify|gmail|aws|azure|sales|marketing|support|management)\b"
)
_NO_WORK: Final = (
    rf"{_VAGUE}|(?:night|nights|home|least|weekends?|free|food|money|fun|present|once|last|first|full|all|hard|much|"
    r"fast|well|long|quickly|little|often|usual|intended|expected|designed|advertised|a (?:living|team|while)|"
    r"the (?:moment|weekend)|moment|möglich|hours?|days?|weeks?|\d.*)\b"
)
_NOT_GIVEN_UP: Final = (
    rf"{_VAGUE}|(?:the|this|that|these|those|by|it|at|here|there|for|to|in|on|an?|him|her|them|you|everything|all|"
    r"halfway)\b"
)
_NO_NAME: Final = (
    r"(?:later|back|tomorrow|tonight|today|now|when|at|on|if|again|maybe|crazy|soon|anytime|an?|the|in|not|whatever|"
    r"what|"
    r"old|stupid|names|by|before|after|any|morgen|später|bitte|nicht|wie|an|zurück|a cab|under)\b|.*\d|(?:\S+ ){4}"
)
_ROLE: Final = (
    r"(?:bit|little|few|lot|fan|mess|huge|big|small|bot|idiot|moron|fool|genius|failure|beginner here|member here|user|"
    r"new|first|last|only|one|same|problem|test)\b"
)
_THINKING: Final = (
    r"(?:know|care|understand|think|want|get|see|remember|feel|need|believe|mind|trust|follow|have (?:time|to|any|"
    r"it|that))\b"
)
_NO_DATE: Final = r"\D*\Z"
_NEVER: Final = r"(?!)"


def _rule(
    about: str,
    pattern: str,
    *,
    single: bool = False,
    negated: bool = False,
    tier: Tier = Tier.SEMANTIC,
    importance: int = 5,
    unless: str = _NEVER,
) -> Rule:
    return Rule(pattern, about, single, negated, tier, importance, unless)


_V: Final = r"(?P<value>.+)"

#: The first one that fits counts.
RULES: Final = (
    _rule(ABOUT_NAME, rf"(?:my name (?:is not|isn't)|i'm not called|ich hei(?:ß|ss)e nicht|mein name ist nicht) {_V}",
          negated=True, unless=_NO_NAME),
    _rule(ABOUT_NAME, rf"{_MY} (?:is not|isn't|are not|aren't) (?:called|named) {_V}", negated=True, unless=_NO_NAME),
    _rule(ABOUT_NAME, rf"{_MY} hei(?:ß|ss)(?:t|en) nicht {_V}", negated=True, unless=_NO_NAME),
    _rule(
        ABOUT_NAME,
        r"(?:my name(?:'s| is)|(?:you can |please |people |friends |my friends |everybody |everyone )?calls? me|"
        r"i'm called|"
        rf"i am called|i go by|nennt? mich|man nennt mich|alle nennen mich|ich hei(?:ß|ss)e|mein name ist) {_V}",
        single=True, importance=8, unless=_NO_NAME,
    ),
    _rule(ABOUT_NAME, rf"(?:the name of|der name) {_MY} (?:is|ist) {_V}", single=True, importance=6, unless=_NO_NAME),
    _rule(ABOUT_NAME, rf"{_MY} name(?: is|'s) {_V}", single=True, importance=6, unless=_NO_NAME),
    _rule(ABOUT_NAME, rf"{_MY} (?:is|are) {_ADVERB}(?:called|named) {_V}", single=True, importance=6, unless=_NO_NAME),
    _rule(ABOUT_NAME, rf"{_MY} hei(?:ß|ss)(?:t|en) {_ADVERB}{_V}", single=True, importance=6, unless=_NO_NAME),
    _rule(
        ABOUT_NAME,
        rf"(?:i have|i've got|ich habe) (?:an?|eine?n?) (?P<subject>[\w-]{{2,30}}) (?:called|named|namens) {_V}",
        single=True, importance=6, unless=_NO_NAME,
    ),
    _rule("event", rf"(?P<value>(?:on|am) {_DATE},? (?:{_I}|my|our|mein|meine|habe|bin|war|hatte|haben|waren)\b.+)",
          tier=Tier.EPISODIC),
    _rule(HOME, rf"{_I} (?:no longer|don't|do not) live (?:in|at|near|on) {_V}", negated=True),
    _rule(HOME, rf"{_I} (?:wohne|lebe) nicht (?:mehr )?(?:in|bei|an) {_V}", negated=True),
    _rule(
        HOME,
        rf"{_I}(?:'m|'ve| am| have)? {_ADVERB}(?:live|living|reside|moved|relocated)(?: back| over| out)? "
        r"(?:in|to|at|near|on|into|outside) (?P<value>.+?)(?: from .+)?",
        single=True, importance=7, unless=_NO_HOME,
    ),
    _rule(
        HOME,
        rf"{_I}(?:'ve| have)? {_ADVERB}(?:moved|relocated)(?: back| over)? from .+? to (?P<value>(?-i:[A-ZÄÖÜ]).+)",
        single=True, importance=7, unless=_NO_HOME,
    ),
    _rule(HOME, rf"ich (?:wohne|lebe) {_ADVERB}(?:in|bei|auf|am|an) {_V}", single=True, importance=7, unless=_NO_HOME),
    _rule(HOME, rf"ich bin {_ADVERB}(?:(?:von|aus) .+? )?(?:nach|in die|in den|ins) (?P<value>.+?) (?:um)?gezogen",
          single=True, importance=7),
    _rule(HOME, rf"{_MY} {_ADVERB}(?:lives?|moved|has moved|wohnt|lebt) {_ADVERB}(?:in|to|near|nach|bei) {_V}",
          single=True, unless=_NO_HOME),
    _rule("past", rf"{_I} {_ADVERB}(?:lived|grew up|was born|were born|studied) (?:in|at|on) {_V}"),
    _rule("past", r"ich (?:wurde|bin) (?:am|in) (?P<value>.+) (?:geboren|aufgewachsen)"),
    _rule("past", rf"{_MY} (?:was|were) born (?:in|on|at) {_V}"),
    _rule("origin", rf"(?:{_AM}|i come|i came) {_ADVERB}from {_V}", single=True, importance=6, unless=_VAGUE),
    _rule("origin", rf"ich (?:komme|stamme|bin) {_ADVERB}aus {_V}", single=True, importance=6),
    _rule("origin", rf"{_MY} (?:is|are|comes?|kommt|stammt) {_ADVERB}(?:from|aus) {_V}", single=True),
    _rule(WORK_AT, rf"{_I} (?:no longer|don't|do not) work (?:at|for) {_V}", negated=True),
    _rule(WORK_AT, rf"ich arbeite nicht mehr (?:bei|für) {_V}", negated=True),
    _rule(
        WORK_AT,
        rf"{_I}(?:'ve| have)? {_ADVERB}(?:(?:stopped|quit) working|(?:quit|left|lost) (?:my|our) job) (?:at|for) {_V}",
        negated=True, unless=_NO_WORK,
    ),
    _rule("work as", rf"{_I}(?:'m| am)? {_ADVERB}(?:work|working|arbeite) {_ADVERB}(?:as|als) {_V}",
          single=True, importance=6, unless=_NO_WORK),
    _rule(WORK_AT, rf"{_I}(?:'m| am)? {_ADVERB}(?:work|working|arbeite) {_ADVERB}(?:at|for|bei|für) {_V}",
          single=True, importance=6, unless=_NO_WORK),
    _rule("work in", rf"{_I}(?:'m| am)? {_ADVERB}(?:work|working|arbeite) {_ADVERB}(?:in|im|an) {_V}",
          unless=_NO_WORK),
    _rule("work as", rf"{_MY} {_ADVERB}(?:works?|arbeitet) (?:as|als) {_V}", single=True, unless=_NO_WORK),
    _rule(WORK_AT, rf"{_MY} {_ADVERB}(?:works?|arbeitet) (?:at|for|bei|für) {_V}", single=True, unless=_NO_WORK),
    _rule(ABOUT_AGE, rf"{_AM} (?P<value>\d{{1,3}})(?: years old| years of age)?", single=True),
    _rule(ABOUT_AGE, r"ich bin (?P<value>\d{1,3})(?: jahre alt)?", single=True),
    _rule(ABOUT_AGE, rf"{_MY} (?:is|ist|are|sind) (?P<value>\d{{1,3}})(?: (?:years|months) old| (?:jahre|monate) alt)?",
          single=True),
    _rule("allergy", rf"{_AM} (?:not|no longer|not really) (?:allergic|intolerant) to {_V}",
          negated=True, importance=8),
    _rule("allergy", rf"ich bin nicht (?:mehr )?allergisch (?:gegen|auf) {_V}", negated=True, importance=8),
    _rule("allergy", rf"{_AM} {_ADVERB}(?:allergic|intolerant) (?:to|against) {_V}", importance=9),
    _rule("allergy", rf"ich bin {_ADVERB}allergisch (?:gegen|auf) {_V}", importance=9),
    _rule("allergy", rf"{_MY} (?:is|are|ist|sind) {_ADVERB}(?:allergic|allergisch) (?:to|gegen|auf) {_V}",
          importance=9),
    _rule("allergy", rf"(?:i have|i've got|ich habe) (?:an? |eine )?(?:\w+ )?allerg(?:y|ie) (?:to|gegen|auf) {_V}",
          importance=9),
    _rule("allergy", r"(?:i have|i've got) an? (?P<value>[\w-]{2,30}(?: [\w-]{2,30})?) (?:allergy|intolerance)",
          importance=9),
    _rule("allergy", r"ich habe eine (?P<value>[\w-]{2,30}?)-?(?:allergie|unverträglichkeit)", importance=9),
    _rule(ABOUT_BEING, rf"{_AM} (?:not|no longer) (?P<value>{_STATE})(?: any ?more)?", negated=True),
    _rule(ABOUT_BEING, rf"ich bin (?:nicht|nicht mehr|keine?) (?P<value>{_STATE})", negated=True),
    _rule(ABOUT_BEING, rf"(?:{_AM}|ich bin) {_ADVERB}(?P<value>{_STATE})", importance=7),
    _rule(ABOUT_BEING, rf"{_AM} no longer an? {_V}", negated=True, unless=_ROLE),
    _rule(ABOUT_BEING, rf"{_AM} not an? (?P<value>.+?),? (?:any ?more|any longer)", negated=True, unless=_ROLE),
    _rule(ABOUT_BEING, r"ich bin keine? (?P<value>(?-i:[A-ZÄÖÜ])[\w-]+) mehr", negated=True),
    _rule("past", rf"(?:i|we) (?:was|were) {_ADVERB}(?P<value>{_STATE}|allergic to .+)"),
    _rule("past", rf"(?:i|we) (?:was|were) {_ADVERB}an? {_V}", unless=_ROLE),
    _rule(ABOUT_BEING, rf"{_AM} {_ADVERB}an? {_V}", unless=_ROLE),
    _rule(ABOUT_BEING, rf"ich bin {_ADVERB}(?:eine? )?(?P<value>(?-i:[A-ZÄÖÜ])[\w-]+(?: (?:bei|von|in|für|an) .+)?)"),
    _rule("taste", rf"{_I} {_NOT} {_ADVERB}(?:like|love|enjoy) {_V}", negated=True, unless=_VAGUE),
    _rule("taste", rf"(?:{_I} {_ADVERB}{_HATES}|i'm not a fan of|i'm tired of) {_V}", negated=True, unless=_VAGUE),
    _rule("taste", rf"{_I} {_NOT} {_ADVERB}(?:hate|dislike) {_V}", unless=_VAGUE),
    _rule("taste", rf"(?:{_I} {_ADVERB}{_LIKES}|i'm {_ADVERB}(?:a (?:big |huge )?fan of|into|fond of)) {_V}",
          unless=_VAGUE),
    _rule("taste", rf"{_MY} {_NOT} {_ADVERB}(?:like|love|enjoy) {_V}", negated=True, unless=_VAGUE),
    _rule("taste", rf"{_MY} {_ADVERB}{_HATES} {_V}", negated=True, unless=_VAGUE),
    _rule("taste", rf"{_MY} {_ADVERB}(?:likes?|loves?|adores?|enjoys?|mag|mögen|liebt|lieben) {_V}", unless=_VAGUE),
    _rule("taste", r"ich (?:mag|liebe) (?P<value>.+?) nicht(?: mehr| so| besonders)?", negated=True, unless=_VAGUE),
    _rule("taste", rf"ich mag {_ADVERB}keine?n? {_V}", negated=True, unless=_VAGUE),
    _rule("taste", rf"ich (?:hasse|verabscheue) {_V}", negated=True, unless=_VAGUE),
    _rule("taste", rf"ich (?:esse|trinke|höre|lese|spiele|schaue) nicht (?:so )?gerne? {_V}",
          negated=True, unless=_VAGUE),
    _rule("taste", rf"ich (?:mag|liebe) {_ADVERB}{_V}", unless=_VAGUE),
    _rule("taste", rf"ich (?:esse|trinke|höre|lese|spiele|schaue) {_ADVERB}(?:gerne?|am liebsten) {_V}",
          unless=_VAGUE),
    _rule("prefer", rf"{_I} {_ADVERB}(?:prefer|bevorzuge) {_V}", unless=_VAGUE),
    _rule("habit", rf"{_HAVING} {_ADVERB}(?:no|keine?n?) (?P<value>{_HAVE}.*)", negated=True),
    _rule("habit", rf"{_I} (?:don't|do not|dont|no longer) have (?:any )?(?P<value>{_HAVE}.*)", negated=True),
    _rule("habit", rf"{_I} (?:no longer|don't|do not|dont|never) {_ADVERB}(?P<value>{_HABIT}\b.*)", negated=True),
    _rule("habit", rf"{_I} no longer {_V}", negated=True, unless=_THINKING),
    _rule("habit", rf"{_I} (?:don't|do not|dont) (?P<value>.+?),? (?:any ?more|any longer)",
          negated=True, unless=_THINKING),
    _rule("habit", rf"{_I}(?:'ve| have)? {_ADVERB}(?:stopped|quit|gave up|given up) {_V}",
          negated=True, unless=_NOT_GIVEN_UP),
    _rule("habit", r"ich (?P<value>(?:rauche|trinke|esse|fahre|spiele|arbeite|habe)(?: .+?)?) nicht mehr",
          negated=True),
    _rule("habit", r"ich (?P<value>(?:trinke|esse|fahre|spiele|benutze) keine?n? .+)", negated=True),
    _rule("habit", r"ich (?P<value>habe keine?n? .+ mehr)", negated=True),
    _rule("habit", rf"{_HAVING} {_ADVERB}(?P<value>{_HAVE}.*)"),
    _rule("habit", rf"{_I} {_ADVERB}(?P<value>(?:play|speak|own|drive|study|spreche|spiele|studiere) .+|smoke|rauche)"),
    _rule("birthday", r"ich habe (?P<value>am .+) geburtstag", single=True, importance=7),
    _rule("birthday", rf"(?:my birthday|mein geburtstag) (?:is|ist) {_V}", single=True, importance=7, unless=_NO_DATE),
    _rule("event", rf"(?P<value>{_I}(?:'m|'ll|'ve)? .+ (?:on|am) {_DATE}.*)", tier=Tier.EPISODIC),
    _rule("died", rf"{_MY} (?P<value>(?:died|passed away|is dead(?! (?:tired|serious|set|wrong|certain|on))|"
          r"ist gestorben|ist tot)\b.*)",
          single=True, importance=7),
    _rule("has", rf"{_MY} (?:has|have|hat|haben) (?P<value>{_HAVE}.*)"),
    _rule(ABOUT_BEING, rf"{_MY} (?:is no longer|is not|isn't|aren't|ist keine?|ist nicht mehr) {_V}",
          negated=True, unless=_PASSING),
    _rule(ABOUT_BEING, rf"{_MY} (?:is|are|ist|sind) {_V}", unless=_PASSING),
)  # fmt: skip
