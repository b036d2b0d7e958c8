"""`why` shows what a reply to somebody was made from."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from bot.commands.memories.own_items import OwnItems, cut
from bot.commands.page import (
    LABEL_LIMIT,
    MESSAGE,
    SUGGESTED,
    Asking,
    BadArgument,
    Choice,
    Command,
    Option,
    OptionKind,
    Page,
)
from bot.turn import short_id
from memory import Item, ItemId, Memory, Message, Part, PartKind, Question, StepDone, Store, Used

_REPLY: Final = "reply"
_SHOWN_TEXT: Final = 200  #: characters of an item
_NOT_YOURS: Final = (
    "That is no answer of mine to you, or I no longer keep it. What an answer was made from only its asker is shown."
)
_NO_LONGER: Final = "something that is forgotten, or that you may no longer see"


class WhyCommand:
    """Reads receipts, of replies to the asker alone.

    Whoever only read along is not told what an answer was made from, not even how many items that were: it may be
    made of the asker's own, and a count of those is a leak itself. So "not found" and "not yours" read the same.
    """

    def __init__(self, store: Store, items: OwnItems) -> None:
        self._store = store
        self._items = items

    def commands(self) -> tuple[Command, ...]:
        reply = Option(
            _REPLY, "Which answer; the last one here if you leave it out", OptionKind.ITEM, suggest=self.suggest
        )
        message = Option(MESSAGE, "", OptionKind.MESSAGE)
        return (Command("why", "Show what an answer of mine was made from", self.why, (reply, message), menu="Why?"),)

    async def suggest(self, asking: Asking, typed: str) -> Sequence[Choice]:
        """Returns the newest answers to the asker that hold what was typed."""
        replies = await self._store.pointed_at.replies(asking.private, asking.person.id, limit=8 * SUGGESTED)
        wanted = typed.casefold().strip()
        found = [reply for reply in replies if wanted in reply.content.casefold()]
        return [Choice(cut(reply.content, LABEL_LIMIT), short_id(reply.id)) for reply in found[:SUGGESTED]]

    async def why(self, asking: Asking) -> Page:
        """Shows the items, the prompt version, the calls, the tokens and the cost of a reply."""
        reply = await self._reply(asking)
        if reply is None or reply.turn is None:
            return Page("Why", "I have not answered you here yet.")
        receipt = await self._store.turns.receipt(reply)
        seen = [await self._seen(asking, recall.item) for recall in receipt.recalled]
        recalled = [_item(item, recall.reason) for item, recall in zip(seen, receipt.recalled, strict=True) if item]
        steps = await self._store.steps.of_turn(reply.turn)
        used = await self._store.ledger.of_turn(reply.turn)
        is_all_seen = None not in seen
        rows = (
            ("reply", "not kept: you had paused" if reply.paused else cut(reply.content, _SHOWN_TEXT)),
            *(("recalled", text) for text in recalled),
            *([] if is_all_seen else [("recalled", _NO_LONGER)]),  # not how much: others' items are not counted
            *await self._withheld(asking, reply),
            ("conversation", _counted(receipt.parts, PartKind.LINE, PartKind.REPLY)),
            *_around(receipt.parts),
            ("prompt", "{} version {}".format(*receipt.prompt) if receipt.prompt else "none: an apology"),
            *(("call", _call(step, is_all_seen)) for step in steps),
            ("tokens", tokens(used)),
            ("cost", cost(used.cost_usd)),
            ("turn", short_id(reply.turn)),
        )
        return Page("Why", "", ("from", "what"), rows)

    async def _reply(self, asking: Asking) -> Message | None:
        """Returns the reply that is meant. Raises BadArgument."""
        own = asking.private, asking.person.id
        if asking.text(MESSAGE):
            found = await self._store.pointed_at.reply(*own, asking.place.channel, asking.text(MESSAGE))
        elif asking.text(_REPLY):
            item = asking.item(_REPLY)
            found = None if item is None else await self._store.pointed_at.reply_by_id(*own, item)
        else:
            return await self._store.talk.last_reply(asking.here, asking.person.id)
        if found is None:
            raise BadArgument(_NOT_YOURS)
        return found

    async def _seen(self, asking: Asking, item: ItemId) -> Item | None:
        """A recalled item that the asker may still see: in private, or where they ask; nobody else sees this page."""
        found = await self._store.search.item(asking.private, item)
        return found or await self._store.search.item(asking.here, item)

    async def _withheld(self, asking: Asking, reply: Message) -> list[tuple[str, str]]:
        """Counts the asker's own items that answer the same and were not used, for others read there."""
        if reply.turn is None or asking.here == asking.private:
            return []
        lines = await self._store.turns.lines_of(asking.here, reply.turn)
        words = "\n".join(line.content for line in lines)
        if not words.strip():
            return []
        zone, own = self._items.zone_name(asking), frozenset({line.id for line in lines} | {reply.id})
        question = Question(asking.here, asking.person.id, words, limit=1, leave_out=own, time_zone=zone)
        withheld = (await self._store.search.find(question)).withheld
        count = "1 more item" if withheld == 1 else f"{withheld} more items"
        return [("withheld", f"{count} of yours would fit; others read here, so ask me in private")] if withheld else []


def tokens(used: Used) -> str:
    """Says what some model calls took."""
    cached = f" ({used.cached_input_tokens:,} cached)" if used.cached_input_tokens else ""
    calls = "1 model call" if used.calls == 1 else f"{used.calls:,} model calls"
    return f"{used.input_tokens:,} in{cached}, {used.output_tokens:,} out, in {calls}"


def cost(usd: float | None) -> str:
    """Says what it cost; what is not known is not zero."""
    return "not known yet" if usd is None else f"${usd:.4f}"


def _item(item: Item, reason: str) -> str:
    kind = "memory" if isinstance(item, Memory) else "message"
    return f"{cut(item.content, _SHOWN_TEXT)} ({kind}, {reason})"


def _around(parts: tuple[Part, ...]) -> list[tuple[str, str]]:
    """Says that something stood around the words, of which nothing was kept."""
    stood = any(part.kind is PartKind.CONTEXT for part in parts)
    return [("around it", "what you replied to, forwarded or attached: shown to me and not kept")] if stood else []


def _counted(parts: tuple[Part, ...], *kinds: PartKind) -> str:
    count = Counter(part.kind for part in parts)
    return f"{sum(count[kind] for kind in kinds)} earlier lines"


def _call(step: StepDone, is_all_seen: bool) -> str:
    """A call's arguments are the model's words, made of what it was shown: of that the asker may see all, or none."""
    outcome = {True: "done", False: "failed", None: "not finished"}[step.success]
    arguments = f" {cut(step.arguments, _SHOWN_TEXT)}" if is_all_seen and step.arguments else ""
    return f"{step.capability}{arguments}: {outcome}"
