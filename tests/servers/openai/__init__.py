"""An OpenAI-compatible endpoint for tests: it says what the test wrote, and fails as the test wishes.

`server.py` is the endpoint, `replies.py` what it answers well, `faults.py` what it answers badly, `exchange.py` the
way from both to the client.
"""

from tests.servers.openai.exchange import Body
from tests.servers.openai.replies import Embeddings, Reply, ScriptedCall, Transcription, call
from tests.servers.openai.server import BACKGROUND, OpenAIServer

__all__ = ["BACKGROUND", "Body", "Embeddings", "OpenAIServer", "Reply", "ScriptedCall", "Transcription", "call"]
