"""Every recording that is written down is a row of the ledger, on the account of the one who is answered."""

from bot.models.model import ModelRefused, ModelUnavailable
from bot.models.transcriber import Recording, Transcriber
from bot.spending.booked_model import BookedFor
from memory import Booking, Ledger


class BookedTranscriber:
    """A model that listens and is paid."""

    def __init__(self, transcriber: Transcriber, ledger: Ledger) -> None:
        self._transcriber = transcriber
        self._ledger = ledger

    async def transcribe(self, recording: Recording, account: BookedFor) -> str:
        """Returns what is said in a recording. Raises ModelError, and what the ledger raises when it cannot book."""
        booked = await self._ledger.reserve(
            Booking(
                turn=account.turn,
                identity=account.identity,
                guild=account.guild,
                model=self._transcriber.name,
                input_tokens=recording.tokens_at_most,
                output_tokens=recording.tokens_at_most,
            )
        )
        begun, transcript = True, None
        try:
            transcript = await self._transcriber.transcribe(recording)
        except ModelRefused:
            begun = False
            raise
        except ModelUnavailable as error:
            begun = error.begun
            raise
        finally:  # also when the turn was stopped: a call that was cut off is paid for all the same
            if not begun:
                self._ledger.release(booked)
            elif transcript is None or transcript.input_tokens is None:
                self._ledger.settle_unknown(booked)
            else:
                self._ledger.settle(booked, transcript.input_tokens, 0, transcript.output_tokens)
        return transcript.text

    async def close(self) -> None:
        await self._transcriber.close()
