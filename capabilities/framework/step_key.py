"""How a call is known again when its turn is restarted."""

import hashlib
import json

from memory import TurnId


def step_key(turn: TurnId, capability: str, arguments: str, ordinal: int) -> str:
    """Returns the key of one call in a turn, as SHA-256 in hex.

    `arguments` are canonical; `ordinal` counts the equal calls of a turn from 0, for a model may mean the same twice.
    """
    # As JSON, so that no two different calls run together into one text.
    return hashlib.sha256(json.dumps([turn, capability, arguments, ordinal]).encode()).hexdigest()
