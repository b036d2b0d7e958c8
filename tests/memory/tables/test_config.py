"""What admins set, and what they did."""

import pytest

from memory import EVERYWHERE, ChangedMeanwhile, Channel, IdentityId, LogLevel, Outcome
from tests.memory.scene import Scene


async def _admin(scene: Scene, name: str = "Ada") -> IdentityId:
    return (await scene.store.people.meet(Channel.DISCORD, name, name)).id


async def test_the_newest_version_is_in_force_and_all_of_them_stay(scene: Scene) -> None:
    admin = await _admin(scene)
    assert await scene.store.config.set("mute", "guild:1", True, admin, "too loud") == 1
    assert await scene.store.config.set("mute", "guild:1", None, admin) == 2
    await scene.store.config.set("mute", "guild:2", True, admin)
    assert [(one.target, one.value) for one in await scene.store.config.in_force()] == [("guild:2", True)]
    history = await scene.store.config.history("mute", "guild:1", 10)
    assert [(one.version, one.value, one.author, one.reason) for one in history] == [
        (2, None, "Ada", ""),
        (1, True, "Ada", "too loud"),
    ]


async def test_who_has_not_seen_the_newest_version_does_not_overwrite_it(scene: Scene) -> None:
    admin = await _admin(scene)
    await scene.store.config.set("step_limit", EVERYWHERE, 4, admin, after=0)
    with pytest.raises(ChangedMeanwhile):
        await scene.store.config.set("step_limit", EVERYWHERE, 5, admin, after=0)
    assert [one.value for one in await scene.store.config.in_force()] == [4]


async def test_uses_of_admin_commands_are_shown_newest_first_and_by_guild(scene: Scene) -> None:
    admin = await _admin(scene)
    await scene.store.audit.record(admin, "mute", "channel:1", "1", Outcome.DONE)
    await scene.store.audit.record(admin, "admin logs", "", None, Outcome.REFUSED)
    assert [(one.action, one.outcome) for one in await scene.store.audit.last(9)] == [
        ("admin logs", Outcome.REFUSED),
        ("mute", Outcome.DONE),
    ]
    assert [(one.actor, one.action) for one in await scene.store.audit.last(9, guild="1")] == [("Ada", "mute")]


async def test_what_an_admin_did_stays_without_a_name_when_they_are_forgotten(scene: Scene) -> None:
    admin = await _admin(scene)
    await scene.store.config.set("mute", "guild:1", True, admin, "Bob is loud")
    await scene.store.audit.record(admin, "mute", "guild:1", "1", Outcome.DONE)
    await scene.store.erasure.erase_person(admin)
    (setting,) = await scene.store.config.in_force()
    (used,) = await scene.store.audit.last(9)
    assert (setting.value, setting.author, setting.reason) == (True, "", "[forgotten]")
    assert (used.actor, used.action) == ("", "mute")


async def test_a_line_of_the_log_and_a_cursor_are_kept_with_the_next_batch(scene: Scene) -> None:
    scene.store.logs.keep(LogLevel.ERROR, "a turn failed", {"why": "TypeError"})
    scene.store.cursors.move(Channel.DISCORD, "5")
    scene.store.cursors.move(Channel.DISCORD, "7")
    await _admin(scene)  # any write takes them along
    (line,) = await scene.store.logs.last(9)
    assert (line.level, line.event, line.facts) == (LogLevel.ERROR, "a turn failed", {"why": "TypeError"})
    assert await scene.store.cursors.seen(Channel.DISCORD) == "7"
    assert await scene.store.cursors.seen(Channel.EMAIL) is None
