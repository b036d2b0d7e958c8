"""What admins change holds from then on, where it should and nowhere else."""

from memory import Channel as Kind
from memory import LogLevel
from tests.bot.channels.discord.home import Home, messages_of, think
from tests.servers.discord import Answer, Channel, Interaction, OptionValue, Permission, User
from tests.servers.openai import Body, Reply, call


async def use(home: Home, user: User, channel: Channel, path: str, **options: OptionValue) -> Answer:
    return await (await home.server.slash(user, channel, path, options, overridden=True)).answer()


async def form(home: Home, user: User, path: str, name: str) -> Interaction:
    """Has an owner open a form."""
    opened = await home.server.slash(user, home.dm(user), path, {"name": name})
    await opened.acknowledged()
    assert opened.form is not None
    return opened


async def sent(home: Home, opened: Interaction, **values: str) -> str:
    return (await (await home.server.submit(opened, values)).answer()).content


def keeper(home: Home) -> User:
    """Somebody who manages the guild."""
    gwen = home.world.add_user("gwen")
    home.world.join(home.guild, gwen, permissions=Permission.MANAGE_GUILD)
    return gwen


def told(body: Body) -> str:
    """What the agent's prompt said."""
    return str(messages_of(body)[0]["content"])


def offered(body: Body) -> set[str]:
    """The capabilities that the model was offered."""
    return {name for name in ("calculate", "remember", "recall") if f"'name': '{name}'" in str(body.get("tools"))}


# Settings


async def test_a_setting_holds_with_the_next_turn_and_after_a_restart(home: Home) -> None:
    async with home.ember(admin_discord_ids=str(home.ada.id)):
        await home.ask(home.bob, home.dm(home.bob), "hello")
        assert offered(home.model.requests[-1]) == {"calculate", "remember", "recall"}
        told_so = await use(home, home.ada, home.general, "config set", name="step_limit", value="1", reason="thrift")
        assert "step_limit is 1. It holds at once. That is version 1." in told_so.content
        await home.ask(home.bob, home.dm(home.bob), "hello again")
        assert offered(home.model.requests[-1]) == set()  # the last call of a turn offers none
    async with home.ember(admin_discord_ids=str(home.ada.id)):
        await home.ask(home.bob, home.dm(home.bob), "and again")
        assert offered(home.model.requests[-1]) == set()
        history = await use(home, home.ada, home.general, "config history", name="step_limit")
        assert "- 1 · 1 · " in history.content
        assert "thrift" in history.content
        await use(home, home.ada, home.general, "config set", name="step_limit", value="default")
        await home.ask(home.bob, home.dm(home.bob), "once more")
        assert offered(home.model.requests[-1]) != set()


async def test_who_set_something_is_named_until_they_are_forgotten(home: Home) -> None:
    async with home.ember(admin_discord_ids=f"{home.ada.id},{home.bob.id}") as ember:
        await use(home, home.bob, home.general, "config set", name="step_limit", value="5", reason="thrift")
        shown = await use(home, home.ada, home.general, "config get", name="step_limit")
        assert "- from · version 1, by Bob" in shown.content
        bob = await ember.store.people.known(Kind.DISCORD, str(home.bob.id))
        assert bob is not None
        await ember.store.erasure.erase_person(bob.id)
        shown = await use(home, home.ada, home.general, "config get", name="step_limit")
        assert "- from · version 1, by somebody who is forgotten" in shown.content
        kept = ember.configuration.setting("step_limit")
        assert kept is not None
        assert (kept.value, kept.author, kept.reason) == (5, "", "")


async def test_of_two_who_change_a_setting_in_forms_the_second_is_told(home: Home) -> None:
    async with home.ember(admin_discord_ids=f"{home.ada.id},{home.bob.id}"):
        first, second = [await form(home, user, "config set", "step_limit") for user in (home.ada, home.bob)]
        assert "step_limit is 5." in await sent(home, first, value="5", reason="more")
        assert "Somebody else has changed this meanwhile" in await sent(home, second, value="6", reason="much more")
        assert "- value · 5" in (await use(home, home.ada, home.general, "config get", name="step_limit")).content
    assert home.rows("policy_audit_log", "action = 'config set' AND outcome = 'failed'") == 1


async def test_keys_are_never_shown_and_not_set_here(home: Home) -> None:
    async with home.ember(admin_discord_ids=str(home.ada.id), openai_api_key="canary-key"):
        for page in range(1, 6):
            shown = (await use(home, home.ada, home.general, "config get", page=page)).content
            assert "canary" not in shown
            assert home.server.token not in shown
        assert "- value · set" in (await use(home, home.ada, home.general, "config get", name="openai_api_key")).content
        refused = await use(home, home.ada, home.general, "config set", name="openai_api_key", value="mine")
        assert "No setting of that name can be changed here" in refused.content
    assert home.rows("config") == 0


# Capabilities


async def test_what_a_guild_admin_switches_off_is_gone_in_that_guild_alone(home: Home) -> None:
    gwen, abroad = keeper(home), home.world.add_guild("abroad")
    home.world.join(abroad, home.bob)
    far = home.world.add_channel(abroad, "far")
    async with home.ember(admin_discord_ids=str(home.ada.id)):
        done = await use(home, gwen, home.general, "capability disable", name="calculate")
        assert "calculate is off in this server, for everybody" in done.content
        for channel, there in ((home.general, False), (far, True), (home.dm(home.bob), True)):
            await home.ask(home.bob, channel, f"{home.me} hello")
            assert ("calculate" in offered(home.model.requests[-1])) == there
        await use(home, gwen, home.general, "capability enable", name="calculate")
        await home.ask(home.bob, home.general, f"{home.me} hello")
        assert "calculate" in offered(home.model.requests[-1])


async def test_a_call_of_what_is_off_is_refused(home: Home) -> None:
    def insist(body: Body) -> Reply:
        last = messages_of(body)[-1]
        if last["role"] == "tool":
            return Reply((str(last["content"]),))
        return Reply((call("calculate", {"expression": "6*7"}),))

    async with home.ember(admin_discord_ids=str(home.ada.id)):
        home.model.answer_with(insist)
        assert "42" in (await home.ask(home.bob, home.dm(home.bob), "six times seven")).content
        done = await use(home, home.ada, home.dm(home.ada), "capability disable", name="calculate")
        assert "off everywhere" in done.content
        assert 'there is no capability "calculate"' in (await home.ask(home.bob, home.dm(home.bob), "again")).content
        gwen = keeper(home)
        tried = await use(home, gwen, home.general, "capability enable", name="calculate")
        assert "calculate is off everywhere, by my owner in this server" in tried.content
        answer = await home.ask(home.bob, home.general, f"{home.me} again")
        assert 'there is no capability "calculate"' in answer.content


async def test_a_guild_can_only_make_a_capability_stricter(home: Home) -> None:
    gwen = keeper(home)
    async with home.ember(admin_discord_ids=str(home.ada.id)):
        for key, value in (("timeout_seconds", "20"), ("admin_only", "on")):
            await use(home, home.ada, home.dm(home.ada), "capability config", name="recall", key=key, value=value)
        for key, value in (("timeout_seconds", "60"), ("admin_only", "off")):
            done = await use(home, gwen, home.general, "capability config", name="recall", key=key, value=value)
            assert "recall is on in this server, for my owner, within 20 seconds." in done.content
        done = await use(home, gwen, home.general, "capability config", name="recall", key="timeout_seconds", value="5")
        assert "within 5 seconds" in done.content
        home.model.answer_with(think)
        answer = await home.ask(home.bob, home.dm(home.bob), "what is the word?")
        assert "You said" not in answer.content  # the call was made, and refused
        assert "only Ember's owner may use recall" in home.prompts()[-1]


# Agents


async def test_the_narrowest_agent_that_was_chosen_answers(home: Home) -> None:
    gwen, lounge = keeper(home), home.world.add_channel(home.guild, "lounge")
    async with home.ember(admin_discord_ids=str(home.ada.id)):
        for name in ("spark", "coal"):
            opened = await form(home, home.ada, "agent edit", name)
            assert "You are Ember, a chat bot" in str(opened.form)
            made = await sent(home, opened, text=f"You are {name.capitalize()}, {{{{place}}}}.", reason="fun")
            assert f"{name} is made." in made
        await use(home, home.ada, home.dm(home.ada), "agent edit", name="coal", model="coal-1")
        done = await use(home, gwen, home.general, "agent use", name="spark")
        assert "I am spark in this server from the next answer on." in done.content
        await use(home, gwen, lounge, "agent use", name="coal", where="here")
        await use(home, home.bob, home.dm(home.bob), "agent use", name="coal")
        seen = []
        for user, channel in (
            (home.bob, home.general),
            (home.bob, lounge),
            (home.bob, home.dm(home.bob)),
            (home.ada, home.dm(home.ada)),
        ):
            await home.ask(user, channel, f"{home.me} hello")
            request = home.model.requests[-1]
            seen.append((told(request).partition(",")[0], request["model"]))
        assert seen == [
            ("You are Spark", "m"),
            ("You are Coal", "coal-1"),
            ("You are Coal", "coal-1"),
            ("You are Ember", "m"),
        ]
        await use(home, gwen, lounge, "agent use", name="default", where="here")
        await home.ask(home.bob, lounge, f"{home.me} hello")
        assert told(home.model.requests[-1]).startswith("You are Spark")
    assert home.rows("model_usage_stats", "model = 'coal-1'") == 2


async def test_a_member_chooses_for_themselves_alone_and_never_for_the_guild(home: Home) -> None:
    async with home.ember(admin_discord_ids=str(home.ada.id)):
        opened = await form(home, home.ada, "agent edit", "spark")
        await sent(home, opened, text="You are Spark, {{place}}.", reason="fun")
        refused = await use(home, home.bob, home.general, "agent use", name="spark", where="here")
        assert "Only somebody who may manage this server can do that." in refused.content
        assert home.rows("config", "name = 'agent'") == 0
        await home.ask(home.bob, home.dm(home.bob), "hello")
        await use(home, home.bob, home.dm(home.bob), "agent use", name="spark")
        for user, channel, who in (
            (home.bob, home.dm(home.bob), "You are Spark"),
            (home.bob, home.general, "You are Ember"),
            (home.ada, home.dm(home.ada), "You are Ember"),
        ):
            await home.ask(user, channel, f"{home.me} who are you")
            assert told(home.model.requests[-1]).startswith(who)
        await use(home, home.bob, home.dm(home.bob), "agent use", name="default")
        await home.ask(home.bob, home.dm(home.bob), "and now")
        assert told(home.model.requests[-1]).startswith("You are Ember")
        assert home.rows("config", "name = 'agent'") == 0


async def test_an_agent_that_there_is_not_leaves_the_shipped_one_to_answer(home: Home) -> None:
    async with home.ember(default_agent="nobody"):
        await home.ask(home.bob, home.dm(home.bob), "hello")
        assert told(home.model.requests[-1]).startswith("You are Ember")


# Prompts


async def test_a_prompt_is_written_compared_and_rolled_back_and_the_receipt_says_which(home: Home) -> None:
    async with home.ember(admin_discord_ids=str(home.ada.id)):
        opened = await form(home, home.ada, "prompt edit", "ember")
        assert "ember is version 2 from the next answer on" in await sent(
            home, opened, text="You are Em, {{place}}.", reason="shorter"
        )
        await home.ask(home.ada, home.dm(home.ada), "hello")
        assert told(home.model.requests[-1]).startswith("You are Em, with one person")
        assert "ember version 2" in (await use(home, home.ada, home.dm(home.ada), "why")).content
        history = (await use(home, home.ada, home.general, "prompt history", name="ember")).content
        assert "shipped with Ember" in history
        assert "Ada · shorter" in history
        compared = (await use(home, home.ada, home.general, "prompt diff", name="ember")).content
        assert "--- version 1\n+++ version 2\n" in compared
        assert "+You are Em, {{place}}." in compared
        await use(home, home.ada, home.general, "prompt rollback", name="ember", version=1)
        await home.ask(home.ada, home.dm(home.ada), "hello")
        assert told(home.model.requests[-1]).startswith("You are Ember")
        assert "ember version 3" in (await use(home, home.ada, home.dm(home.ada), "why")).content
    async with home.ember():  # what somebody has written is not shipped over
        pass
    assert home.rows("prompt_history", "name = 'ember'") == 3


async def test_a_prompt_that_could_not_be_sent_changes_nothing(home: Home) -> None:
    async with home.ember(admin_discord_ids=str(home.ada.id)):
        for text, odd in (("You are Em.", "place"), ("You are {{who}}, {{place}}.", "who")):
            opened = await form(home, home.ada, "prompt edit", "ember")
            refused = await sent(home, opened, text=text, reason="oops")
            assert "nothing has changed. It uses {{place}}, all of them and no others: " + odd in refused
        assert home.rows("prompt_history", "name = 'ember'") == 1
        await home.ask(home.bob, home.dm(home.bob), "hello")
        assert told(home.model.requests[-1]).startswith("You are Ember")


async def test_of_two_who_write_a_prompt_at_once_the_second_is_told(home: Home) -> None:
    async with home.ember(admin_discord_ids=f"{home.ada.id},{home.bob.id}"):
        for path, name in (("prompt edit", "ember"), ("agent edit", "spark")):
            first, second = [await form(home, user, path, name) for user in (home.ada, home.bob)]
            await sent(home, first, text="You are the first, {{place}}.", reason="one")
            late = await sent(home, second, text="You are the second, {{place}}.", reason="two")
            assert "Somebody else has changed this meanwhile" in late
    assert home.rows("prompt_history", "text LIKE 'You are the first%'") == 2
    assert home.rows("prompt_history", "text LIKE 'You are the second%'") == 0


async def test_a_turn_keeps_the_version_that_it_began_with(home: Home) -> None:
    async with home.ember(admin_discord_ids=str(home.ada.id)):
        home.model.hold()
        await home.server.say(home.bob, home.dm(home.bob), "remember I like tea")
        await home.model.wait_for_requests(1)
        await use(home, home.ada, home.general, "prompt edit", name="ember", text="You are Em, {{place}}.")
        home.model.release()
        await home.server.wait_messages(home.dm(home.bob), 1)
        asked = [told(request) for request in home.model.requests]
        assert len(asked) > 1
        assert all(one.startswith("You are Ember") for one in asked)
        assert "ember version 1" in (await use(home, home.bob, home.dm(home.bob), "why")).content


# Work


async def test_what_was_given_up_is_tried_again_or_dropped_by_buttons(home: Home) -> None:
    async with home.ember(admin_discord_ids=str(home.ada.id)) as ember:
        home.server.fail_next("POST", rf"/channels/{home.general.id}/messages$", 403)
        await home.server.say(home.bob, home.general, f"{home.me} hello")
        await home.server.wait_for(lambda: home.posts(home.general) or None, what="an attempt to deliver")
        await ember.worker.idle()
        failed = "state = 'failed'"
        assert home.rows("queue", failed) == 1
        queue = await use(home, home.ada, home.general, "admin queue")
        assert "delivery · given up · 1" in queue.content
        (label,) = [
            part["label"] for row in queue.message.components for part in row["components"] if "Retry" in part["label"]
        ]
        again = await (await home.server.press(home.ada, queue.message, label)).answer()
        assert "It is tried again." in again.content
        await home.server.wait_messages(home.general, 1)
        assert home.answers(home.general) == ["You said: hello"]
        assert home.rows("queue", failed) == 0


async def test_a_backup_is_made_by_its_button(home: Home) -> None:
    async with home.ember(admin_discord_ids=str(home.ada.id)):
        shown = await use(home, home.ada, home.general, "admin backup")
        assert "0 backups" in shown.content
        made = await (await home.server.press(home.ada, shown.message, "Make one now")).answer()
        assert "Made, opened and checked: ember-" in made.content
        assert "1 backup, each checked" in made.content
    assert len(list((home.data_dir / "backups").glob("ember-*.db"))) == 1


async def test_the_last_warnings_are_shown_newest_first(home: Home) -> None:
    async with home.ember(admin_discord_ids=str(home.ada.id)) as ember:
        for number in range(12):
            ember.store.logs.keep(LogLevel.WARNING, f"warning {number}", {"job": f"{number}"})
        await home.ask(home.ada, home.dm(home.ada), "hello")
        shown = await use(home, home.ada, home.general, "admin logs")
        assert "warning · warning 11 · job 11" in shown.content
        assert "warning 1 " not in shown.content
        later = await (await home.server.press(home.ada, shown.message, "Next")).answer()
        assert "warning · warning 1 · job 1" in later.content
