"""`why` shows what Ember's last reply to somebody was made from."""

from collections import Counter

from bot.commands.page import Asking, Command, Page
from bot.turn import short_id
from memory import Memory, Part, PartKind, Receipt, StepDone, Store, Used

_SHOWN_TEXT = 200  #: characters of an item


class WhyCommand:
    """Reads receipts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def commands(self) -> tuple[Command, ...]:
        return (Command("why", "Show what my last answer was made from", self.why),)

    async def why(self, asking: Asking) -> Page:
        """Shows the items, the prompt version, the calls, the tokens and the cost of the last reply."""
        reply = await self._store.talk.last_reply(asking.place.read_by(asking.person.id), asking.person.id)
        if reply is None or reply.turn is None:
            return Page("Why", "I have not answered you here yet.")
        receipt = await self._store.turns.receipt(reply)
        steps = await self._store.steps.of_turn(reply.turn)
        used = await self._store.ledger.of_turn(reply.turn)
        rows = (
            ("reply", _short(reply.content)),
            *(("recalled", text) for text in await self._recalled(asking, receipt)),
            ("conversation", _counted(receipt.parts, PartKind.LINE, PartKind.REPLY)),
            ("prompt", "{} version {}".format(*receipt.prompt) if receipt.prompt else "none: an apology"),
            *(("call", _call(step)) for step in steps),
            ("tokens", _tokens(used)),
            ("cost", "not known" if used.cost_usd is None else f"${used.cost_usd:.4f}"),
            ("turn", short_id(reply.turn)),
        )
        return Page("Why", "", ("from", "what"), rows)

    async def _recalled(self, asking: Asking, receipt: Receipt) -> list[str]:
        """The recalled items that the asker may still see, with why they were found."""
        shown: list[str] = []
        for recall in receipt.recalled:
            # The asker reads where the reply was given, and their own besides; nobody else sees this page.
            item = await self._store.search.item(asking.private, recall.item)
            item = item or await self._store.search.item(asking.place.read_by(asking.person.id), recall.item)
            if item is not None:
                kind = "memory" if isinstance(item, Memory) else "message"
                shown.append(f"{_short(item.content)} ({kind}, {recall.reason})")
        return shown


def _counted(parts: tuple[Part, ...], *kinds: PartKind) -> str:
    count = Counter(part.kind for part in parts)
    return f"{sum(count[kind] for kind in kinds)} earlier lines"


def _call(step: StepDone) -> str:
    outcome = {True: "done", False: "failed", None: "not finished"}[step.success]
    return f"{step.capability} {_short(step.arguments)}: {outcome}"


def _tokens(used: Used) -> str:
    cached = f" ({used.cached_input_tokens} cached)" if used.cached_input_tokens else ""
    calls = "1 model call" if used.calls == 1 else f"{used.calls} model calls"
    return f"{used.input_tokens} in{cached}, {used.output_tokens} out, in {calls}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_TEXT else f"{line[:_SHOWN_TEXT]}…"
