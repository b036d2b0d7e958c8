"""Recordings written down by an endpoint, or a ModelError; and what that costs."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.models.model import ModelRefused, ModelUnavailable
from bot.models.openai_transcriber import OpenAITranscriber
from bot.models.transcriber import Recording, Transcript
from bot.spending.booked_model import BookedFor
from bot.spending.booked_transcriber import BookedTranscriber
from memory import TurnId
from tests.bot.models.listening import KEY
from tests.memory.scene import Scene, opened
from tests.servers.openai import Body, OpenAIServer, Transcription
from tests.servers.openai.faults import Hang, RawStream, Refusal, Reset

RECORDING = Recording("voice-message.ogg", "audio/ogg", b"OggS" + b"\0" * 4_000)


@pytest.fixture
async def transcriber(server: OpenAIServer) -> AsyncIterator[OpenAITranscriber]:
    transcriber = OpenAITranscriber("whisper-1", KEY, server.base_url, deadline_seconds=3)
    yield transcriber
    await transcriber.close()


async def test_a_recording_goes_out_with_its_name_and_comes_back_as_text(
    server: OpenAIServer, transcriber: OpenAITranscriber
) -> None:
    assert await transcriber.transcribe(RECORDING) == Transcript("I saw a lighthouse", 14, 6)
    (sent,) = server.recordings
    assert (sent.model, sent.name, sent.data) == ("whisper-1", RECORDING.name, RECORDING.data)


@pytest.mark.parametrize(("usage", "tokens"), [({"type": "duration", "seconds": 3.5}, 36), (None, None)])
async def test_seconds_are_told_as_tokens_and_nothing_as_nothing(
    server: OpenAIServer, transcriber: OpenAITranscriber, usage: Body | None, tokens: int | None
) -> None:
    server.default_transcription = Transcription(usage=usage)
    assert (await transcriber.transcribe(RECORDING)).input_tokens == tokens


@pytest.mark.parametrize("fault", [Refusal(500), Refusal(429), Reset(), Hang(), RawStream(("no JSON",))], ids=repr)
async def test_what_may_pass_is_unavailable(
    server: OpenAIServer, transcriber: OpenAITranscriber, fault: Refusal | Reset | Hang | RawStream
) -> None:
    server.default_transcription = fault
    with pytest.raises(ModelUnavailable) as error:
        await transcriber.transcribe(RECORDING)
    assert KEY not in str(error.value)
    assert len(server.recordings) == 1


async def test_what_is_refused_is_not_tried_again(server: OpenAIServer, transcriber: OpenAITranscriber) -> None:
    server.default_transcription = Refusal(400)
    with pytest.raises(ModelRefused):
        await transcriber.transcribe(RECORDING)


async def test_listening_is_booked_on_the_account_of_the_one_who_is_answered(
    server: OpenAIServer, transcriber: OpenAITranscriber, tmp_path: Path
) -> None:
    async with opened(tmp_path / "data") as scene:
        ej = await scene.person("EJ")
        booked = BookedTranscriber(transcriber, scene.store.ledger)
        account = BookedFor(TurnId(7), ej.id, "guild")
        assert await booked.transcribe(RECORDING, account) == "I saw a lighthouse"
        server.default_transcription = Refusal(400)
        with pytest.raises(ModelRefused):
            await booked.transcribe(RECORDING, account)
        server.default_transcription = Refusal(500)
        with pytest.raises(ModelUnavailable):
            await booked.transcribe(RECORDING, account)
        await scene.person("Ana")  # by when what was sent to the queue before is written
        assert _booked(scene) == [
            (7, ej.id, "guild", "whisper-1", "settled", 14, 6),
            (7, ej.id, "guild", "whisper-1", "released", None, None),
            (7, ej.id, "guild", "whisper-1", "settled", 21, 21),
        ]


def _booked(scene: Scene) -> list[tuple[object, ...]]:
    columns = "turn_id, identity_id, guild, model, state, input_tokens, output_tokens"
    return scene.rows(f"SELECT {columns} FROM model_usage_stats ORDER BY id")
