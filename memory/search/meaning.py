"""How meaning counts in the ranking, where vectors are there.

    sum      lex + 0.6 x cosine of the closest sentence + 0.6 x cosine of the window + 0.25 by whom + 0.3 x day
    score    1 - e^(0.4 - sum): it keeps the order, stays under 1, and a sum of 0.5 becomes 0.1

A prompt takes what scores 0.1 or more. Measured on long conversations: of questions that nothing answers (720, each
asked of a conversation that it is not about) 2.4 items of the best 8 reach that, where 4.8 do by words alone; of the
evidence for true questions .803 stands in the best 8 and reaches it, of .806 that stands there at all (by words alone
.768). What holds a word of the question is found however far off it is, with a score under 0.1.
"""

import math
from collections.abc import Collection, Mapping
from typing import Final

from memory.records import ItemId
from memory.search.vectors import Closeness, Closest

MEANT: Final = 100  #: items picked by their meaning, beside those picked by words
SENTENCE: Final = 0.6
WINDOW: Final = 0.6
SPEAKER: Final = 0.25
DATE: Final = 0.3
FAR_OFF: Final = 0.4  #: the sum up to which an item is no nearer to this question than to others
BY_WORDS_ALONE: Final = 0.1  #: what the score by words counts where the meaning is far off
CLOSE: Final = 0.4  #: a cosine that is told as a reason


def score_meant(close: Closeness, lex: float, by_named: bool, nearness: float, by_words: float) -> float:
    """Returns 0 to 1. `by_words` is the score that an item would have without its meaning."""
    total = lex + SENTENCE * close.sentence + WINDOW * close.window + SPEAKER * by_named + DATE * nearness
    return max(1 - math.exp(FAR_OFF - total), BY_WORDS_ALONE * by_words)


def is_close(close: Closeness | None) -> bool:
    return close is not None and max(close.sentence, close.window) >= CLOSE


def closeness_of(
    items: Collection[ItemId], closest: Closest | None, by_words: Collection[ItemId]
) -> Mapping[ItemId, Closeness]:
    """Returns how close items are; one that has no vectors yet counts as an average one of those found by words."""
    if closest is None:
        return {}
    known = {item: close for item in items if (close := closest.get(item)) is not None}
    common = [known[item] for item in by_words if item in known]
    if not common:
        return known
    average = Closeness(
        sum(close.sentence for close in common) / len(common), sum(close.window for close in common) / len(common)
    )
    return dict.fromkeys(items, average) | known
