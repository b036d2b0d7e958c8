"""What went wrong at an OpenAI-compatible endpoint, said in our two kinds of ModelError."""

import math
from collections.abc import Iterable
from typing import Final

from openai import APIConnectionError, APIError, APIStatusError

from bot.models.model import ModelError, ModelRefused, ModelUnavailable

#: Request timeout, conflict, too early, too many requests; these and everything from 500 on may pass.
_MAY_PASS: Final = frozenset({408, 409, 425, 429})

_TURNED_AWAY: Final = 429

_REFUSALS: Final = {
    401: "the model's endpoint does not accept the API key",
    402: "the account at the model's endpoint has no credit",
    403: "the API key may not use this model",
    404: "the model's endpoint knows no such model or address",
    413: "the request is too large for the model's endpoint",
}

_OTHER_REFUSAL: Final = "the model's endpoint refuses the request"

#: Some endpoints answer with a whole web page.
_LONGEST_QUOTE: Final = 300

#: Others answer with the request that they did not like.
_REPEATING: Final = "it repeats what it was sent"
_PART: Final = 16  #: characters that two texts have in common by chance hardly ever
_SHORTEST: Final = 4  #: characters of a line


def translate(error: APIError, key: str, sent: Iterable[str] = ()) -> ModelError:
    """Says what the SDK's error means for the caller. The text quotes the endpoint, but never the key, and nothing that
    repeats the words that were sent: it is logged."""
    if isinstance(error, APIConnectionError):
        # Only the cause's name: its text can hold the headers, and so the key.
        return ModelUnavailable(f"the connection to the model failed ({type(error.__cause__ or error).__name__})")
    status = _status(error)
    quote = error.message.replace(key, "[key]")[:_LONGEST_QUOTE]
    if any(_repeats(quote, text) for text in sent):
        quote = _REPEATING
    if status is None or status in _MAY_PASS or status >= 500:
        told, begun = f"the model's endpoint is busy or failing ({quote})", status != _TURNED_AWAY
        return ModelUnavailable(told, _retry_after_seconds(error), begun=begun)
    return ModelRefused(f"{_REFUSALS.get(status, _OTHER_REFUSAL)} ({quote})")


def _repeats(quote: str, text: str) -> bool:
    """Whether a quote holds a part of a text, or a short line of it whole."""
    parts = (quote[at : at + _PART] for at in range(len(quote) - _PART + 1))
    return any(part in text for part in parts) or any(
        _SHORTEST <= len(line) < _PART and line in quote for line in map(str.strip, text.splitlines())
    )


def _status(error: APIError) -> int | None:
    if isinstance(error, APIStatusError):
        return error.status_code
    # An error inside a stream that began with 200; some endpoints give the status as its code.
    return int(error.code) if error.code is not None and error.code.isdecimal() else None


def _retry_after_seconds(error: APIError) -> float | None:
    """Reads the header in seconds; the rarer form, a date, counts as none."""
    if not isinstance(error, APIStatusError):
        return None
    try:
        seconds = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
