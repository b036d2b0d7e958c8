"""Prompts: every version is kept, and the same text makes none."""

from memory import PromptText
from tests.memory.scene import Scene


def prompt(text: str) -> PromptText:
    return PromptText("ember", "agents", "who Ember is", ("place",), text)


async def test_a_prompt_has_a_version_for_each_change_and_none_for_the_same_text(scene: Scene) -> None:
    prompts = scene.store.prompts
    assert await prompts.in_force("ember") is None
    first = await prompts.save(prompt("You are Ember."), "the code", "first start")
    assert await prompts.save(prompt("You are Ember."), "the code", "second start") == first
    second = await prompts.save(prompt("You are Ember, in {place}."), "the owner", "place was missing")
    third = await prompts.save(prompt("You are Ember."), "the owner", "back again")
    assert await prompts.in_force("ember") == third
    assert await prompts.history("ember") == [first, second, third]
    assert [version.version for version in (first, second, third)] == [1, 2, 3]
    assert third.reason == "back again"
