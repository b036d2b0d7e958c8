import json

from memory import Direction, Memory, RelationshipKind, Tier, Trust
from tests.capabilities.asking import Asking


async def test_what_is_remembered_is_recalled() -> None:
    asking = Asking()
    kept = await asking.call("remember", '{"content": " my cat is called Miso ", "importance": 7}')
    assert kept.success
    assert json.loads(kept.text)["text"] == "my cat is called Miso"
    recalled = await asking.call("recall", '{"query": "cat name"}')
    assert json.loads(recalled.text) == {
        "items": [
            {
                "id": json.loads(kept.text)["id"],
                "text": "my cat is called Miso",
                "said_by": "EJ",
                "by_asker": True,
                "when": "2026-11-21 10:05",
                "kind": "memory",
                "trust": "said",
                "lacks": ["name"],
            }
        ],
        "withheld": 0,
    }


async def test_an_empty_memory_is_refused() -> None:
    asking = Asking()
    refused = await asking.call("remember", '{"content": "  "}')
    assert not refused.success
    assert asking.memories.items == []


async def test_an_item_says_who_said_it() -> None:
    asking = Asking()
    asking.memories.said("the meeting is on Monday", by=(8, "Ana"))
    asking.memories.said("the meeting is on Tuesday")
    asking.memories.said("Ana said that the meeting is on Monday", direction=Direction.OUT)
    asking.memories.withheld = 2
    recalled = json.loads((await asking.call("recall", '{"query": "meeting"}')).text)
    assert [(item["said_by"], item["by_asker"], item["kind"], item["trust"]) for item in recalled["items"]] == [
        ("Ember", False, "reply", "said"),
        ("EJ", True, "message", "said"),
        ("Ana", False, "message", "external"),
    ]
    assert recalled["withheld"] == 2


async def test_recall_gives_no_more_than_it_was_asked_for() -> None:
    asking = Asking()
    for number in range(30):
        asking.memories.said(f"cat {number}")
    assert len(json.loads((await asking.call("recall", '{"query": "cat"}')).text)["items"]) == 8
    assert len(json.loads((await asking.call("recall", '{"query": "cat", "limit": 20}')).text)["items"]) == 20
    assert not (await asking.call("recall", '{"query": "cat", "limit": 21}')).success


async def test_a_memory_is_replaced_by_its_id() -> None:
    asking = Asking()
    old = asking.memories.remembered("my cat is called Miso", trust=Trust.SAID)
    new = await asking.call("update_memory", json.dumps({"memory_id": str(old.id), "content": "my cat is called Momo"}))
    assert json.loads(new.text)["text"] == "my cat is called Momo"
    assert json.loads(new.text)["id"] != str(old.id)


async def test_an_item_is_forgotten_by_its_id_as_text_or_number() -> None:
    asking = Asking()
    ids = [asking.memories.remembered(text).id for text in ("one", "two")]
    assert json.loads((await asking.call("forget", json.dumps({"memory_id": str(ids[0])}))).text) == {
        "forgotten": str(ids[0])
    }
    assert (await asking.call("forget", json.dumps({"memory_id": ids[1]}))).success
    assert asking.memories.items == []


async def test_what_is_no_id_is_told_so() -> None:
    asking = Asking()
    for wrong in ("the cat", "-1", str(2**63), "1.5"):
        result = await asking.call("forget", json.dumps({"memory_id": wrong}))
        assert '"memory_id"' in result.text
    assert (await asking.call("forget", '{"memory_id": "5"}')).text == "Failed: there is no such item here"


async def test_a_memory_is_kept_as_what_it_is_and_with_what_it_belongs_to() -> None:
    asking = Asking()
    cat = asking.memories.remembered("EJ has a cat")
    for keep in ("conversation", "fact", "event"):
        assert (await asking.call("remember", json.dumps({"content": keep, "keep": keep}))).success
    tiers = [item.tier for item in asking.memories.items[1:] if isinstance(item, Memory)]
    assert tiers == [Tier.WORKING, Tier.SEMANTIC, Tier.EPISODIC]
    extends = {"content": "it is grey", "related_to": [str(cat.id)], "relation": "extends"}
    assert (await asking.call("remember", json.dumps(extends))).success
    assert asking.memories.related == [(asking.memories.items[-1].id, RelationshipKind.EXTENDS, cat.id)]
    assert not (await asking.call("remember", '{"content": "x", "keep": "for ever"}')).success


async def test_a_block_is_written_added_to_and_changed() -> None:
    asking = Asking()
    for arguments, text in (
        ({"text": "a cat"}, "a cat"),
        ({"text": "a dog", "how": "append"}, "a cat\na dog"),
        ({"text": "two cats", "how": "replace", "passage": "a cat"}, "two cats\na dog"),
        ({"text": "", "how": "replace", "passage": "\na dog"}, "two cats"),
    ):
        written = await asking.call("edit_block", json.dumps({"label": "pets", **arguments}))
        assert json.loads(written.text) == {"label": "pets", "text": text}
    for wrong in ({"text": ""}, {"text": "x", "how": "replace"}, {"text": "x", "label": "My Pets"}):
        assert not (await asking.call("edit_block", json.dumps({"label": "pets", **wrong}))).success
    assert asking.blocks.texts == {"pets": "two cats"}
