"""Words that say nothing about what is asked: they leave questions, never the index."""

from functools import lru_cache
from typing import Final

from memory.words import analyse, says_something

_ENGLISH: Final = """
a about above after again against all also am an and any are aren't as at be because been before being below
between both but by can can't cannot could couldn't did didn't do does doesn't doing don't down during each
ever few for from further had hadn't has hasn't have haven't having he he'd he'll he's her here here's hers
herself him himself his how how's i i'd i'll i'm i've if in into is isn't it it's its itself just let's may me
might more most must my myself no nor not of off on once only or other ought our ours ourselves out over own
please same shall she she'd she'll she's should shouldn't so some such tell than that that's the their theirs
them themselves then there there's these they they'd they'll they're they've this those through to too under
until up us very was wasn't we we'd we'll we're we've were weren't what what's whats when when's where where's
which while who who's whom whose why why's will with won't would wouldn't you you'd you'll you're you've your
yours yourself yourselves
"""

_GERMAN: Final = """
aber alle allem allen aller alles als also am an ander andere anderem anderen anderer anderes auch auf aus bei
bin bis bist bitte da damit dann das dass dein deine deinem deinen deiner dem den denn der des dich die dies
diese diesem diesen dieser dieses dir doch dort du durch ein eine einem einen einer eines er es etwas euch
euer eure für gegen habe haben hat hatte hatten hattest hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren
ihrer im in ist ja jede jedem jeden jeder jedes jene jetzt kann können könnte machen man manche mein meine
meinem meinen meiner mich mir mit muss nach nicht nichts noch nun nur ob oder ohne sehr sein seine seinem
seinen seiner selbst sich sie sind so solche soll sollte sondern um und uns unser unsere unter viel vom von
vor war waren warst was weil weiter welche welchem welchen welcher welches wenn wer werde werden wie wieder
will wir wird wirst wo wollen wurde wurden während würde würden zu zum zur zwar zwischen über
"""

STOP_WORDS: Final = frozenset(_ENGLISH.split()) | frozenset(_GERMAN.split())


@lru_cache(maxsize=64)
def _stop_stems(language: str) -> frozenset[str]:
    return frozenset(stem for word in STOP_WORDS for stem in analyse(word, language))


def weighty_words(text: str, language: str) -> frozenset[str]:
    """Returns the words of a text, as they are indexed, that say what it is about."""
    return frozenset(word for word in analyse(text, language) if says_something(word)) - _stop_stems(language)


def shares_words(text: str, other: str, language: str) -> bool:
    """Whether two texts have a weighty word in common."""
    return not weighty_words(text, language).isdisjoint(weighty_words(other, language))


def holds_all_of(text: str, part: str, language: str) -> bool:
    """Whether a text holds every weighty word of another."""
    return weighty_words(part, language) <= weighty_words(text, language)
