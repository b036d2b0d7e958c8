"""English verbs whose forms share no stem: who bought a lamp is asked where they did buy it."""

from typing import Final

_VERBS: Final = """
be been was were is are am; become became; begin began begun; bite bit bitten; break broke broken; bring brought;
build built; buy bought; catch caught; choose chose chosen; come came; cost; cut; dig dug; draw drew drawn; drink drank
drunk; drive drove driven; eat ate eaten; fall fell fallen; feed fed; feel felt; fight fought; find found; fly flew
flown; forget forgot forgotten; freeze froze frozen; get got gotten; give gave given; go goes went gone; grow grew
grown; hang hung; hear heard; hide hid hidden; hit; hold held; hurt; keep kept; know knew known; lay laid; lead led;
leave left; lend lent; let; lie lay lain; light lit; lose lost; make made; mean meant; meet met; pay paid; read; ride
rode ridden; ring rang rung; rise rose risen; run ran; say said; see saw seen; sell sold; send sent; shake shook
shaken; shine shone; shoot shot; show showed shown; sing sang sung; sink sank sunk; sit sat; sleep slept; speak spoke
spoken; spend spent; stand stood; steal stole stolen; stick stuck; swear swore sworn; swim swam swum; take took taken;
teach taught; tear tore torn; tell told; think thought; throw threw thrown; understand understood; wake woke woken;
wear wore worn; win won; write wrote written
"""
_FORMS: Final = [frozenset(verb.split()) for verb in _VERBS.split(";")]


def other_forms(word: str) -> frozenset[str]:
    """Returns the other forms of a verb that are not known by its stem; none for most words."""
    return frozenset[str]().union(*(forms for forms in _FORMS if word in forms)) - {word}
