"""The rule of who may see what, by itself: the table of the design, written out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory import Addresses, Channel, IdentityId, OneReader, PartOfGuild, Place, Thread, WholeGuild
from memory.place import Readers
from memory.scope import ScopeNumber, UnknownReader, scope_learned, scopes_read, shared
from memory.tables.scopes import item_scopes

ANA, BOB = IdentityId(1), IdentityId(2)
PUBLIC, PRIVATE = Thread("t"), Thread("t", private=True)


def names(place: Place) -> tuple[set[str], str]:
    return {str(scope) for scope in scopes_read(place)}, str(scope_learned(place))


def discord(readers: Readers, thread: Thread | None = None, guild: str | None = "g") -> Place:
    return Place(Channel.DISCORD, readers, channel_id="c", guild=guild, thread=thread)


@pytest.mark.parametrize(
    ("place", "reads", "learns"),
    [
        (discord(OneReader(ANA), guild=None), {"private:1", "everyone"}, "private:1"),
        (discord(OneReader(ANA)), {"private:1", "everyone"}, "private:1"),
        (discord(WholeGuild()), {"channel:c", "guild:g", "everyone"}, "guild:g"),
        (discord(WholeGuild(), PUBLIC), {"channel:c", "guild:g", "everyone"}, "guild:g"),
        (discord(PartOfGuild()), {"channel:c", "guild:g", "everyone"}, "channel:c"),
        (discord(PartOfGuild(), PUBLIC), {"channel:c", "guild:g", "everyone"}, "channel:c"),
        (discord(PartOfGuild(), PRIVATE), {"channel:t", "channel:c", "guild:g", "everyone"}, "channel:t"),
        (discord(WholeGuild(), PRIVATE), {"channel:t", "channel:c", "guild:g", "everyone"}, "channel:t"),
    ],
)
def test_a_place_reads_and_learns_as_the_table_says(place: Place, reads: set[str], learns: str) -> None:
    assert names(place) == (reads, learns)


def test_a_place_whose_one_reader_is_unnamed_is_refused() -> None:
    unnamed = discord(OneReader())
    with pytest.raises(UnknownReader):
        scopes_read(unnamed)
    with pytest.raises(UnknownReader):
        scope_learned(unnamed)
    assert scopes_read(unnamed.read_by(ANA)) == scopes_read(discord(OneReader(ANA)))


def test_naming_the_reader_leaves_other_places_and_named_ones_alone() -> None:
    assert discord(WholeGuild()).read_by(ANA) == discord(WholeGuild())
    assert discord(OneReader(BOB)).read_by(ANA) == discord(OneReader(BOB))


def test_an_answer_that_only_the_asker_sees_is_private_in_any_place() -> None:
    for place in (discord(WholeGuild()), discord(PartOfGuild(), PRIVATE), mail("a@x", "b@x")):
        assert names(place.only_for(ANA)) == ({"private:1", "everyone"}, "private:1")


@pytest.mark.parametrize("readers", [WholeGuild(), PartOfGuild()])
def test_groups_without_a_guild_share_nothing(readers: Readers) -> None:
    one = Place(Channel.DISCORD, readers, channel_id="one")
    other = Place(Channel.DISCORD, readers, channel_id="other")
    assert not set(scopes_read(other)) & set(item_scopes(one, ANA))


def mail(*addresses: str, root: str = "root") -> Place:
    return Place(Channel.EMAIL, Addresses(frozenset(addresses)), thread=Thread(root))


def test_a_mail_thread_is_read_by_its_readers_and_no_others() -> None:
    reads, learns = names(mail("a@x", "b@x"))
    assert reads == {learns, "everyone"}
    assert names(mail("b@x", "a@x"))[1] == learns
    assert names(mail("a@x", "b@x", "c@x"))[1] != learns
    assert names(mail("a@x", "b@x", root="other"))[1] != learns


@given(
    st.frozensets(st.text("ab@,\n\"'", max_size=6), max_size=4),
    st.frozensets(st.text("ab@,\n\"'", max_size=6), max_size=4),
)
def test_two_sets_of_addresses_never_read_each_others_threads(one: frozenset[str], other: frozenset[str]) -> None:
    assert (names(mail(*one)) == names(mail(*other))) == (one == other)


def test_an_item_stands_in_its_own_scope_then_in_its_owners() -> None:
    assert [str(scope) for scope in item_scopes(discord(WholeGuild()), ANA)] == ["guild:g", "private:1"]
    assert [str(scope) for scope in item_scopes(discord(OneReader(ANA)), ANA)] == ["private:1"]


def test_the_rule_is_a_scope_in_common() -> None:
    assert shared(numbers(1, 2), numbers(2, 3))
    assert not shared(numbers(1, 2), numbers(3))
    assert not shared(numbers(), numbers(1))


def numbers(*of: int) -> list[ScopeNumber]:
    return [ScopeNumber(number) for number in of]
