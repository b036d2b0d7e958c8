"""Every command for admins by everybody who may not and everybody who may, in a guild and alone, and with nonsense."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.commands.page import Asking, Command, Page, Rank
from memory import Channel as Kind
from memory import OneReader, Place
from tests.bot.channels.discord.home import Home
from tests.servers.discord import Answer, Channel, OptionValue, Permission, User

NOBODY, GUILD_ADMINS, OWNER, OWNER_OR_ALONE = "nobody", "guild admins", "owner", "guild admins, or alone"

#: Who may use it, what is given, and nonsense, which None cannot be given to.
COMMANDS: dict[str, tuple[str, dict[str, OptionValue], dict[str, OptionValue] | None]] = {
    "admin health": (OWNER, {}, None),
    "admin stats": (GUILD_ADMINS, {}, None),
    "admin people": (GUILD_ADMINS, {}, {"page": -1}),
    "admin memory": (OWNER, {}, None),
    "admin logs": (OWNER, {}, {"page": -1}),
    "admin audit": (GUILD_ADMINS, {}, {"page": 0}),
    "admin queue": (OWNER, {}, None),
    "admin retry": (OWNER, {"job": "1f"}, {"job": "the last one"}),
    "admin drop": (OWNER, {"job": "1f"}, {"job": "-"}),
    "admin backup": (OWNER, {"now": "yes"}, None),
    "agent list": (OWNER_OR_ALONE, {}, None),
    "agent use": (OWNER_OR_ALONE, {"name": "ember"}, {"name": "nobody"}),
    "agent edit": (OWNER, {"name": "spark", "text": "You are Spark, {{place}}."}, {"name": "Not A Name", "text": "x"}),
    "capability list": (GUILD_ADMINS, {}, None),
    "capability enable": (GUILD_ADMINS, {"name": "calculate"}, {"name": "fly"}),
    "capability disable": (GUILD_ADMINS, {"name": "calculate"}, {"name": "fly"}),
    "capability config": (
        GUILD_ADMINS,
        {"name": "calculate", "key": "timeout_seconds", "value": "5"},
        {"name": "calculate", "key": "timeout_seconds", "value": "nan"},
    ),
    "config get": (OWNER, {"name": "step_limit"}, {"name": "everything"}),
    "config set": (OWNER, {"name": "step_limit", "value": "5"}, {"name": "step_limit", "value": "1e9"}),
    "config history": (OWNER, {"name": "step_limit"}, {"name": "discord_token"}),
    "prompt list": (OWNER, {}, None),
    "prompt show": (OWNER, {"name": "ember"}, {"name": "ember", "version": 9}),
    "prompt edit": (OWNER, {"name": "ember", "text": "You are Em, {{place}}."}, {"name": "ember", "text": "{{who}}"}),
    "prompt history": (OWNER, {"name": "ember"}, {"name": "no such prompt"}),
    "prompt diff": (OWNER, {"name": "ember"}, {"name": "ember", "from": 7}),
    "prompt rollback": (OWNER, {"name": "ember", "version": 1}, {"name": "ember", "version": 99}),
}
WRITTEN = ("config", "prompt_history", "queue", "memories")


@dataclass(frozen=True)
class Cast:
    """Who is there: Ada owns the installation, Gwen manages the guild, Bob is a member, nobody knows Sid."""

    home: Home
    gwen: User
    sid: User

    def of(self, name: str) -> User:
        return {"owner": self.home.ada, "guild admin": self.gwen, "member": self.home.bob, "stranger": self.sid}[name]

    def place(self, user: User, where: str) -> Channel:
        return self.home.general if where == "guild" else self.home.dm(user)


def cast(home: Home) -> Cast:
    gwen, sid = home.world.add_user("gwen"), home.add_member("sid")
    home.world.join(home.guild, gwen, roles=[home.world.add_role(home.guild, "keeper", Permission.MANAGE_GUILD)])
    return Cast(home, gwen, sid)


def may(who: str, where: str, of: str) -> bool:
    """The table that the commands are held against."""
    if who == "owner" or (of == OWNER_OR_ALONE and where == "alone"):
        return True
    return of in (GUILD_ADMINS, OWNER_OR_ALONE) and who == "guild admin" and where == "guild"


async def used(home: Home, user: User, channel: Channel, path: str, options: dict[str, OptionValue]) -> Answer:
    return await (await home.server.slash(user, channel, path, options, overridden=True)).answer()


async def test_the_table_holds_every_command_for_admins(home: Home) -> None:
    async with home.ember() as ember:
        for_admins = [command for command in ember.commands if command.rank is not Rank.EVERYONE]
        # Those that make sense in guilds alone are tried where they are at work.
        assert {command.path for command in for_admins if not command.in_guilds} == set(COMMANDS)


@pytest.mark.parametrize("where", ["guild", "alone"])
@pytest.mark.parametrize("who", ["owner", "guild admin", "member", "stranger"])
async def test_who_may_is_answered_and_who_may_not_is_refused_with_nothing_done(
    home: Home, who: str, where: str
) -> None:
    people = cast(home)
    user = people.of(who)
    wrong = []
    async with home.ember(admin_discord_ids=str(home.ada.id)):
        await home.ask(home.bob, home.dm(home.bob), "hello")
        for path, (of, given, _) in COMMANDS.items():
            before = {table: home.rows(table) for table in WRITTEN}
            answer = await used(home, user, people.place(user, where), path, given)
            refused = "Only my owner" in answer.content or "Only somebody who may manage" in answer.content
            outcome = "done" if may(who, where, of) else "refused"
            written = home.rows("policy_audit_log", f"action = '{path}' AND outcome = '{outcome}'")
            touched = before != {table: home.rows(table) for table in WRITTEN}
            if refused != (outcome == "refused") or written != 1 or (refused and touched) or not answer.ephemeral:
                wrong.append((path, answer.content, written, touched))
        assert home.rows("policy_audit_log") == len(COMMANDS)
    assert wrong == []


async def test_nonsense_is_answered_plainly_and_changes_nothing(home: Home) -> None:
    async with home.ember(admin_discord_ids=str(home.ada.id)):
        before = {table: home.rows(table) for table in WRITTEN}
        nonsense = [(path, options) for path, (_, _, options) in COMMANDS.items() if options is not None]
        for path, options in nonsense:
            told = (await used(home, home.ada, home.general, path, options)).content
            assert told.startswith(f"**/{path}**\n"), told
            assert "something went wrong" not in told
        assert home.rows("policy_audit_log", "outcome = 'failed'") == len(nonsense)
        assert {table: home.rows(table) for table in WRITTEN} == before


async def test_who_may_not_is_offered_nothing_while_typing(home: Home) -> None:
    async with home.ember(admin_discord_ids=str(home.ada.id)):
        await home.ask(home.bob, home.dm(home.bob), "hello")
        for user, count in ((home.bob, 0), (home.ada, 1)):
            channel = home.dm(user)
            for path, typed in (("config get", "step"), ("prompt show", "emb"), ("capability disable", "calc")):
                offered = await home.server.autocomplete(user, channel, path, {"name": typed}, focused="name")
                assert len(offered) == count, (user.name, path)
        typed = {"name": "log_level", "value": "w"}
        offered = await home.server.autocomplete(home.ada, home.dm(home.ada), "config set", typed, focused="value")
        assert [one["value"] for one in offered] == ["WARNING"]
    assert home.rows("policy_audit_log") == 0


async def test_a_form_is_no_way_around_the_rank(home: Home) -> None:
    async with home.ember(admin_discord_ids=str(home.ada.id)):
        for path, name in (("prompt edit", "ember"), ("agent edit", "ember"), ("config set", "step_limit")):
            opened = await home.server.slash(home.bob, home.general, path, {"name": name}, overridden=True)
            assert "Only my owner" in (await opened.answer()).content
            assert opened.form is None
    assert home.rows("policy_audit_log", "outcome = 'refused'") == 3


async def test_what_is_given_in_the_place_of_a_name_stays_out_of_the_audit_log(home: Home) -> None:
    async with home.ember(admin_discord_ids=str(home.ada.id)):
        key: dict[str, OptionValue] = {"name": "openai_api_key", "value": "canary"}
        for user in (home.ada, home.bob):
            await used(home, user, home.general, "config set", key)
            await used(home, user, home.general, "prompt show", {"name": "the canary sings"})
    assert home.rows("policy_audit_log") == 4
    assert home.rows("policy_audit_log", "target LIKE '%canary%'") == 0


async def test_what_an_admin_does_stands_in_the_audit_log_before_it_is_done(home: Home) -> None:
    seen: list[int] = []

    async def change(_: Asking) -> Page:
        seen.append(home.rows("policy_audit_log", "action = 'admin change' AND outcome = 'failed'"))
        return Page("Changed")

    async with home.ember(admin_discord_ids=str(home.ada.id)) as ember:
        ember.commands.add([Command("admin change", "", change, rank=Rank.OWNER)])
        command = ember.commands.find("admin change")
        assert command is not None
        asking = Asking(await ember.owner_now(), Place(Kind.DISCORD, OneReader(), "1"), ranks=frozenset(Rank))
        assert (await ember.commands.run(command, asking)).title == "Changed"
        with home.full_disk():
            assert "That did not work." in (await ember.commands.run(command, asking)).text
            looked = ember.commands.find("admin health")
            assert looked is not None
            assert (await ember.commands.run(looked, asking)).rows != ()
    assert seen == [1]
    assert home.rows("policy_audit_log", "action = 'admin change' AND outcome = 'done'") == 1


async def test_a_guild_admin_sees_the_uses_in_their_guild_and_the_owner_all(home: Home) -> None:
    people = cast(home)
    async with home.ember(admin_discord_ids=str(home.ada.id)):
        await used(home, home.ada, home.dm(home.ada), "config set", {"name": "step_limit", "value": "4"})
        await used(home, people.gwen, home.general, "capability disable", {"name": "calculate"})
        seen = (await used(home, people.gwen, home.general, "admin audit", {})).content
        assert "/capability disable" in seen
        assert ("/config set" in seen, "/admin audit" in seen) == (False, False)
        seen = (await used(home, home.ada, home.dm(home.ada), "admin audit", {})).content
        assert "/capability disable" in seen
        assert "/config set · step_limit 4 " in seen


async def test_the_figures_of_a_guild_say_nothing_of_closed_channels_and_dms(home: Home) -> None:
    people = cast(home)
    staff = home.world.add_channel(
        home.guild, "staff", everyone_can_view=False, allow_members=[home.ada, home.bob, home.world.bot]
    )
    async with home.ember(admin_discord_ids=str(home.ada.id)):
        await home.ask(home.bob, home.general, f"{home.me} the canary sings")
        await home.ask(home.ada, staff, f"{home.me} the canary sings")
        await home.ask(people.sid, home.dm(people.sid), "the canary sings")
        here = await used(home, people.gwen, home.general, "admin people", {})
        assert "Bob · 1 answer " in here.content
        assert not any(name in here.content for name in ("Ada", "Sid", "canary"))
        everywhere = await used(home, home.ada, home.dm(home.ada), "admin people", {})
        assert all(f"{name} · 1 answer " in everywhere.content for name in ("Ada", "Bob", "Sid"))
        stats = await used(home, people.gwen, home.general, "admin stats", {})
        assert "- answers · 1\n" in stats.content
        assert [file.filename for file in stats.message.attachments] == ["chart.png"]
        assert "- answers · 3\n" in (await used(home, home.ada, home.dm(home.ada), "admin stats", {})).content
        kept = (await used(home, home.ada, home.dm(home.ada), "admin memory", {})).content
        assert "message · for one person alone · " in kept
        assert "canary" not in everywhere.content + kept


def test_every_command_for_admins_stands_on_its_page() -> None:
    page = (Path(__file__).parents[4] / "docs" / "admin.md").read_text(encoding="utf-8")
    assert [path for path in COMMANDS if f"`/{path}" not in page] == []
