"""Prompts: every version is kept, and the same text makes none."""

import pytest

from memory import ChangedMeanwhile, PromptText
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


async def test_who_has_not_seen_the_newest_version_does_not_overwrite_it(scene: Scene) -> None:
    prompts = scene.store.prompts
    await prompts.save(prompt("You are Ember."), "the code", "first start", after=0)
    await prompts.save(prompt("You are a lamp."), "the owner", "light", after=1)
    with pytest.raises(ChangedMeanwhile):
        await prompts.save(prompt("You are a fire."), "the owner", "heat", after=1)
    with pytest.raises(ChangedMeanwhile):
        await prompts.save(prompt("You are new."), "the owner", "", after=0)
    assert [version.text for version in await prompts.history("ember")] == ["You are Ember.", "You are a lamp."]


async def test_authors_are_shown_by_their_names(scene: Scene) -> None:
    ana = await scene.person("Ana")
    await scene.store.prompts.save(prompt("You are Ember."), "ember", "shipped")
    await scene.store.prompts.save(prompt("You are a lamp."), str(ana.id), "light")
    assert [version.author for version in await scene.store.prompts.history("ember")] == ["ember", "Ana"]
    assert [version.author for version in await scene.store.prompts.all_in_force()] == ["Ana"]
    await scene.store.erasure.erase_person(ana.id)
    assert "Ana" not in str(await scene.store.prompts.history("ember"))


async def test_why_somebody_changed_a_prompt_goes_with_them_and_what_ember_was_told_stays(scene: Scene) -> None:
    ana, bob = await scene.person("Ana"), await scene.person("Bob")
    for author, text in ((ana, "You are a lamp."), (bob, "You are a fire.")):
        await scene.store.prompts.save(prompt(text), str(author.id), f"{author.name} is cold")
    await scene.store.erasure.erase_person(ana.id)
    await scene.store.erasure.finish()
    kept = [(version.text, version.reason) for version in await scene.store.prompts.history("ember")]
    assert kept == [("You are a lamp.", "[forgotten]"), ("You are a fire.", "Bob is cold")]
