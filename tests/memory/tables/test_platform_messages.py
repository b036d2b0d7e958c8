"""What a reply is on its platform, while it is made and afterwards."""

from memory import Channel, FinishedReply, Trust
from memory.tables.platform_messages import FirstMessage
from tests.memory.scene import DM, GENERAL, Scene


async def test_a_message_that_was_about_to_be_sent_is_in_doubt_until_its_id_is_known(scene: Scene) -> None:
    turn = await scene.asks("EJ", "hello", GENERAL)
    kept = scene.store.platform_messages
    assert await kept.first(turn.place, turn.reply) == FirstMessage(None, in_doubt=False, held_back=False)
    await kept.sending(turn.reply)
    assert await kept.first(turn.place, turn.reply) == FirstMessage(None, in_doubt=True, held_back=False)
    await kept.sent(turn.reply, "m1")
    assert await kept.first(turn.place, turn.reply) == FirstMessage("m1", in_doubt=False, held_back=False)
    await scene.finishes(turn)
    assert await kept.first(turn.place, turn.reply) is None
    (job,) = (await scene.store.work.claim([Channel.DISCORD], 10)).jobs
    assert (job.sent_as, job.attempts) == ("m1", 2)


async def test_only_what_was_asked_earlier_in_the_same_place_holds_a_reply_back(scene: Scene) -> None:
    earlier = await scene.asks("EJ", "a long story", GENERAL)
    later = await scene.asks("Bob", "hello", GENERAL)
    elsewhere = await scene.asks("Bob", "hello", DM)
    held = [await scene.store.platform_messages.first(turn.place, turn.reply) for turn in (earlier, later, elsewhere)]
    assert [one is not None and one.held_back for one in held] == [False, True, False]


async def test_a_restart_leaves_a_reply_that_was_being_shown_to_its_turn(scene: Scene) -> None:
    turn = await scene.asks("EJ", "hello", GENERAL)
    await scene.store.platform_messages.sending(turn.reply)
    await scene.store.work.release_leases()
    assert (await scene.store.work.claim([Channel.DISCORD], 10)).jobs == ()
    assert await scene.store.platform_messages.first(turn.place, turn.reply) is not None


async def test_any_message_of_a_reply_leads_to_it_and_to_its_asker(scene: Scene) -> None:
    turn = await scene.asks("EJ", "hello", GENERAL)
    await scene.finishes(turn, FinishedReply("Hi.", Trust.DERIVED, deliveries=2))
    for number in (1, 2):
        (job,) = (await scene.store.work.claim([Channel.DISCORD], 10)).jobs
        await scene.store.work.complete(job, f"m{number}")
    found = await scene.store.platform_messages.reply_of(Channel.DISCORD, "m2")
    assert found is not None
    assert (found.id, found.asker, found.place_key, found.parts) == (
        turn.reply,
        turn.asker.id,
        turn.place.key,
        ("m1", "m2"),
    )
    assert await scene.store.platform_messages.reply_of(Channel.CONSOLE, "m2") is None
    assert await scene.store.platform_messages.reply_of(Channel.DISCORD, "m3") is None


async def test_only_what_is_gone_is_taken_away_from_the_platform(scene: Scene) -> None:
    turns = [await scene.asks_and_hears("EJ", word, f"You like {word}.") for word in ("tea", "cake")]
    for turn in turns:
        (job,) = (await scene.store.work.claim([Channel.DISCORD], 10)).jobs
        await scene.store.work.complete(job, f"m{turn.id}")
    tea = turns[0]
    erased = await scene.store.erasure.erase(tea.place, tea.asker.id, (await scene.line_of(tea)).id)
    await scene.store.platform_messages.take_away([*erased.items, *(turn.reply for turn in turns)])
    (job,) = (await scene.store.work.claim([Channel.DISCORD], 10)).jobs
    assert (job.item, job.sent_as) == (tea.reply, f"m{tea.id}")
