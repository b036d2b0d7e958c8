"""What is set while Ember runs: the narrowest holds, every version stays, and secrets are not shown."""

import asyncio
from pathlib import Path

import pytest
from pydantic import JsonValue

from bot.configuration import Configuration, of_channel, of_guild
from bot.run_time_settings import RUN_TIME, UNSET, BadValue
from bot.settings import Settings
from memory import EVERYWHERE, ChangedMeanwhile
from tests.memory.scene import DM, GENERAL, OTHER_GUILD, STAFF, Scene, opened


async def configuration(scene: Scene, **changed: object) -> Configuration:
    made = Configuration(scene.store, Settings.model_validate(changed))
    await made.load()
    return made


async def test_the_narrowest_that_was_set_holds(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ana, bob = await scene.person("Ana"), await scene.person("Bob")
        config = await configuration(scene, default_agent="ember")
        dm = scene.place(DM, bob)

        def now() -> list[JsonValue]:
            return [config.here("default_agent", place) for place in (GENERAL, STAFF, OTHER_GUILD, dm)]

        assert now() == ["ember"] * 4
        await config.set("default_agent", EVERYWHERE, "e", ana)
        await config.set("default_agent", of_guild("guild"), "g", ana)
        await config.set("default_agent", of_channel("staff"), "c", ana)
        assert now() == ["g", "c", "e", "e"]
        # An answer that only Bob sees in a guild is still in that guild.
        assert config.here("default_agent", GENERAL.only_for(bob.id)) == "g"
        again = await configuration(scene)
        assert [again.here("default_agent", place) for place in (GENERAL, STAFF, OTHER_GUILD)] == ["g", "c", "e"]
        await config.set("default_agent", of_channel("staff"), None, ana)
        assert now() == ["g", "g", "e", "e"]


async def test_of_two_who_change_the_same_at_once_one_is_told(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ana, bob = await scene.person("Ana"), await scene.person("Bob")
        config = await configuration(scene)
        both = (config.set("step_limit", EVERYWHERE, n, who, after=0) for n, who in ((3, ana), (4, bob)))
        done = await asyncio.gather(*both, return_exceptions=True)
        assert sorted(type(one) for one in done if isinstance(one, Exception)) == [ChangedMeanwhile]
        assert config.whole("step_limit") == (3 if done[0] == 1 else 4)
        await config.set("step_limit", EVERYWHERE, None, ana, after=1)
        assert config.whole("step_limit") == 8
        assert await config.version("step_limit") == 2
        with pytest.raises(ChangedMeanwhile):
            await config.set("step_limit", EVERYWHERE, 5, ana, after=0)


async def test_who_watches_a_setting_hears_of_each_change(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ana = await scene.person("Ana")
        config = await configuration(scene)
        seen: list[str] = []
        config.watch("log_level", lambda: seen.append(config.text("log_level")))
        await config.set("log_level", EVERYWHERE, "DEBUG", ana)
        await config.set("step_limit", EVERYWHERE, 2, ana)
        await config.set("log_level", EVERYWHERE, None, ana)
        assert seen == ["INFO", "DEBUG", "INFO"]


async def test_no_secret_of_the_environment_is_held(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        config = await configuration(scene, openai_api_key="canary-key", openai_model="m")
        shown = dict(config.in_environment())
        assert (shown["openai_api_key"], shown["discord_token"], shown["openai_model"]) == ("set", "not set", "m")
        assert "canary" not in str(shown)
        assert config.value("openai_api_key") == "set"


def test_every_setting_that_can_be_changed_is_one_of_the_environment_s_and_keeps_to_its_bounds() -> None:
    for setting in RUN_TIME.values():
        assert setting.name in Settings.model_fields
        for bound in (setting.least, setting.most):
            if bound is not None:
                value = setting.parsed(f"{bound:.0f}")
                Settings.model_validate({setting.name: value})


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("step_limit", "0"),
        ("step_limit", "65"),
        ("step_limit", "two"),
        ("step_limit", "2.5"),
        ("turn_deadline_seconds", "nan"),
        ("turn_deadline_seconds", "inf"),
        ("default_timezone", "Nowhere/At all"),
        ("default_timezone", "../etc/passwd"),
        ("log_level", "loud"),
    ],
)
def test_nonsense_is_no_value(name: str, typed: str) -> None:
    with pytest.raises(BadValue, match=name):
        RUN_TIME[name].parsed(typed)


def test_what_is_typed_is_read() -> None:
    assert RUN_TIME["step_limit"].parsed("12") == 12
    assert RUN_TIME["turn_deadline_seconds"].parsed("2.5") == 2.5
    assert RUN_TIME["log_level"].parsed("debug") == "DEBUG"
    assert RUN_TIME["default_timezone"].parsed("Europe/Berlin") == "Europe/Berlin"
    assert RUN_TIME["step_limit"].parsed(UNSET) is None
