"""The ledger: reserved at the most, settled once, and never at zero for want of knowing."""

import asyncio
from pathlib import Path

import pytest

from memory import Booking, Channel, TurnId, Used
from tests.memory.scene import Scene, opened


async def booked(scene: Scene) -> Booking:
    ej = await scene.person("EJ")
    return Booking(TurnId(77), ej.id, None, "a model", input_tokens=1000, output_tokens=200)


async def used(scene: Scene) -> Used:
    await scene.store.people.meet(Channel.DISCORD, "somebody", "S")  # what was sent before it is written with it
    return await scene.store.ledger.of_turn(TurnId(77))


async def test_a_call_is_booked_at_what_it_used_and_its_cost_is_never_zero_unknown(scene: Scene) -> None:
    ledger = scene.store.ledger
    usage = await ledger.reserve(await booked(scene))
    assert (await used(scene)).calls == 0
    ledger.settle(usage, 700, 300, 50)
    assert await used(scene) == Used(1, 700, 300, 50, None)
    assert scene.rows("SELECT cost_usd FROM model_usage_stats") == [(None,)]


async def test_a_call_is_settled_once(scene: Scene) -> None:
    ledger = scene.store.ledger
    usage = await ledger.reserve(await booked(scene))
    ledger.settle(usage, 700, 300, 50)
    ledger.settle(usage, 1, 1, 1)
    ledger.settle_unknown(usage)
    ledger.release(usage)
    assert await ledger.settle_left_behind() == 0
    assert await used(scene) == Used(1, 700, 300, 50, None)


async def test_a_call_that_was_cut_off_is_booked_at_all_it_reserved(scene: Scene) -> None:
    scene.store.ledger.settle_unknown(await scene.store.ledger.reserve(await booked(scene)))
    assert await used(scene) == Used(1, 1000, 0, 200, None)


async def test_a_call_that_was_refused_is_not_booked(scene: Scene) -> None:
    ledger = scene.store.ledger
    usage = await ledger.reserve(await booked(scene))
    ledger.release(usage)
    ledger.settle(usage, 1, 1, 1)
    assert await used(scene) == Used(0, 0, 0, 0, None)


async def test_a_call_that_was_cancelled_while_it_was_booked_is_not_booked(scene: Scene) -> None:
    booking = await booked(scene)
    reserving = asyncio.create_task(scene.store.ledger.reserve(booking))
    await asyncio.sleep(0)
    reserving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reserving
    assert await used(scene) == Used(0, 0, 0, 0, None)
    assert scene.rows("SELECT state FROM model_usage_stats") == [("released",)]


async def test_calls_that_a_dead_process_left_are_booked_at_all_they_reserved(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await scene.store.ledger.reserve(await booked(scene))
        scene.store.ledger.settle(await scene.store.ledger.reserve(await booked(scene)), 10, 0, 1)
    async with opened(tmp_path) as again:
        assert await again.store.ledger.settle_left_behind() == 1
        assert await used(again) == Used(2, 1010, 0, 201, None)
