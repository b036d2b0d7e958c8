"""What is taken where not all has room."""

from memory import NewMemory, Question, Trust, diverse_first
from tests.memory.scene import DM, Scene


async def test_what_says_the_same_comes_behind_what_says_something_else(scene: Scene) -> None:
    ej = await scene.person("EJ")
    place = scene.place(DM, ej)
    for text in (
        "the garden needs a pump with cold water from Kiel",
        "garden needs water today",
        "my garden needs some water today",
    ):
        await scene.store.memories.add(place, ej.id, NewMemory(text, Trust.SAID))
    hits = (await scene.store.search.find(Question(place, ej.id, "does the garden need water", 5))).hits
    assert [hit.item.content.split()[-1] for hit in hits] == ["today", "today", "Kiel"]
    assert [hit.item.content.split()[-1] for hit in diverse_first(hits)] == ["today", "Kiel", "today"]
    assert diverse_first([]) == []
