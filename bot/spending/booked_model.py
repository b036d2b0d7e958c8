"""Every model call is a row of the ledger: reserved at the most it can use, then settled, or released."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from bot.models.model import Finished, Model, ModelEvent, ModelRefused, ModelRequest, ModelUnavailable
from bot.models.token_count import tokens_of_request
from memory import Booking, IdentityId, Ledger, TurnId

FAILED_CALLS: Final = 6  #: two turns, with their attempts


@dataclass(frozen=True, slots=True)
class BookedFor:
    """On whose account a call goes."""

    turn: TurnId | None  #: None: no turn is behind it
    identity: IdentityId
    guild: str | None


class BookedModel:
    """A model whose calls are booked. Each attempt is a call of its own: a retried one is billed twice."""

    def __init__(self, model: Model, ledger: Ledger) -> None:
        self._model = model
        self._ledger = ledger
        self._failed = 0  #: calls in a row

    @property
    def works(self) -> bool:
        """Whether the model answers: False once several calls in a row have failed."""
        return self._failed < FAILED_CALLS

    async def stream(self, request: ModelRequest, account: BookedFor) -> AsyncGenerator[ModelEvent, None]:
        """Streams an answer. Raises ModelError, and what the ledger raises when it cannot book."""
        booking = Booking(
            turn=account.turn,
            identity=account.identity,
            guild=account.guild,
            model=request.model or self._model.name,
            input_tokens=tokens_of_request(request),
            output_tokens=request.max_output_tokens,
        )
        booked = await self._ledger.reserve(booking)
        begun, usage = True, None
        try:
            async with aclosing(self._model.stream(request)) as events:
                async for event in events:
                    if isinstance(event, Finished):
                        usage = event.usage
                        self._failed = 0
                    yield event
        except ModelRefused:
            begun = False
            raise
        except ModelUnavailable as error:
            self._failed += 1
            begun = error.begun
            raise
        finally:  # also when the turn was stopped: a call that was cut off is paid for all the same
            if not begun:
                self._ledger.release(booked)
            elif usage is None:
                self._ledger.settle_unknown(booked)
            else:
                self._ledger.settle(booked, usage.input_tokens, usage.cached_input_tokens, usage.output_tokens)
