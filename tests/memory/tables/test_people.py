"""Who Ember knows: one person for an address, and what they prefer."""

from memory import Channel, Person
from tests.memory.scene import Scene


async def test_asking_who_somebody_is_makes_no_identity(scene: Scene) -> None:
    assert await scene.store.people.known(Channel.DISCORD, "42") is None
    assert scene.rows("SELECT count(*) FROM user_identities") == [(0,)]


async def test_an_address_leads_to_one_person_at_first_and_ever_after(scene: Scene) -> None:
    people = scene.store.people
    met = await people.meet(Channel.DISCORD, "42", "EJ")
    assert met.first_contact
    again = await people.meet(Channel.DISCORD, "42", "EJ")
    assert (again.id, again.first_contact) == (met.id, False)
    assert await people.known(Channel.DISCORD, "42") == again
    await people.link(met.id, Channel.CONSOLE, "local")
    bob = await people.meet(Channel.DISCORD, "43", "Bob")
    await people.link(bob.id, Channel.CONSOLE, "local")
    console = await people.known(Channel.CONSOLE, "local")
    assert console is not None
    assert console.id == met.id


async def test_preferences_are_kept_and_changed(scene: Scene) -> None:
    ej = await scene.person("EJ")
    assert (ej.language, ej.time_zone) == ("en", None)
    for zone in ("Europe/Berlin", "Asia/Tokyo"):
        await scene.store.people.prefer(ej.id, "time_zone", zone)
    await scene.store.people.prefer(ej.id, "language", "de")
    assert await scene.store.people.known(Channel.DISCORD, "address of EJ") == Person(ej.id, "EJ", "de", "Asia/Tokyo")
