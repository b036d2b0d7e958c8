"""How many tokens a text has, estimated by its length.

A tokenizer would have to download its tables and belong to one family of models; a budget needs a figure that is
never much too small, at once, offline.
"""

from typing import Final

from bot.models.model import ModelRequest

#: English text has about four characters to a token, code and names fewer; other scripts about two bytes.
_BYTES_PER_TOKEN: Final = 3.5
_TOKENS_PER_MESSAGE: Final = 4  #: what marks a message's role
#: Of an image, whatever its size: models count between 85 and some 1,600, by rules of their own.
IMAGE_TOKENS: Final = 1_500


def tokens_of(text: str) -> int:
    """Estimates a text's tokens."""
    return int(len(text.encode("utf-8", "replace")) / _BYTES_PER_TOKEN) + 1


def tokens_of_request(request: ModelRequest) -> int:
    """Estimates the input tokens of a whole request."""
    schemas = sum(
        tokens_of(schema.name) + tokens_of(schema.description) + tokens_of(str(schema.parameters))
        for schema in request.capabilities
    )
    return schemas + sum(
        _TOKENS_PER_MESSAGE
        + tokens_of(message.text)
        + IMAGE_TOKENS * len(message.images)
        + sum(tokens_of(call.name) + tokens_of(call.arguments) for call in message.calls)
        for message in request.messages
    )
