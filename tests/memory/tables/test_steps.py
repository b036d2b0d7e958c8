"""Calls: an effect is kept with its step, a result follows, and a call begun again is the same step."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from memory import NewMemory, Trust, TurnId
from tests.memory.scene import Scene


async def test_a_calls_effect_is_kept_with_its_step_or_not_at_all(scene: Scene) -> None:
    turn = await scene.asks("EJ", "remember that I like pizza")
    step = scene.store.steps.begin("the key", turn.id, turn.asker.id, "remember", "{}")
    memory = await scene.store.memories.add(turn.place, turn.asker.id, NewMemory("EJ likes pizza", Trust.SAID), step)
    (done,) = await scene.store.steps.of_turn(turn.id)
    assert (done.effect, done.result, done.success) == (str(memory.id), None, None)
    again = scene.store.steps.begin("the key", turn.id, turn.asker.id, "remember", "{}")
    with pytest.raises(IntegrityError):
        await scene.store.memories.add(turn.place, turn.asker.id, NewMemory("EJ likes pizza", Trust.SAID), again)
    assert await scene.store.memories.of_owner(turn.place, turn.asker.id) == [memory]
    await scene.store.steps.finish(again, "remembered", success=True)
    (done,) = await scene.store.steps.of_turn(turn.id)
    assert (done.id, done.effect, done.result, done.success) == (step.id, str(memory.id), "remembered", True)


async def test_a_step_without_an_effect_is_kept_when_it_is_finished(scene: Scene) -> None:
    turn = await scene.asks("EJ", "what is 2 + 2?")
    step = scene.store.steps.begin("the key", turn.id, turn.asker.id, "calculate", "2 + 2")
    scene.clock.advance(timedelta(milliseconds=250))
    await scene.store.steps.finish(step, "4", success=True)
    await scene.store.steps.finish(step, "5", success=False)
    (done,) = await scene.store.steps.of_turn(turn.id)
    assert (done.arguments, done.effect, done.result, done.success) == ("2 + 2", None, "5", False)
    assert scene.rows("SELECT duration_ms FROM steps") == [(250,)]
    assert await scene.store.steps.of_turn(TurnId(1)) == []
