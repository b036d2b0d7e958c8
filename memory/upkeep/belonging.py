"""Whose each row is, and what becomes of it: the one map that forgetting and export walk.

A row belongs to a person by a column with their identity, or through an item or a session that is theirs. It holds an
item's text when one of its `items` is that item, or when its turn is one in which the text was said.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from sqlalchemy import Column, String, Table, cast, literal

from memory.tables.audit import policy_audit_log
from memory.tables.config import config
from memory.tables.cursors import cursors
from memory.tables.embeddings import embeddings
from memory.tables.erasures import erasing, erasures, tombstones
from memory.tables.jobs import queue
from memory.tables.logs import logs
from memory.tables.memories import memories
from memory.tables.messages import messages, user_sessions
from memory.tables.metrics import performance_metrics
from memory.tables.people import identity_links, user_identities, user_preferences
from memory.tables.prompts import prompt_history, prompts
from memory.tables.receipts import FORGOTTEN, prompt_parts, recalls
from memory.tables.relationships import memory_relationships
from memory.tables.scopes import scopes
from memory.tables.spending import model_usage_stats
from memory.tables.steps import steps


class Fate(StrEnum):
    """What becomes of a row."""

    DELETED = "deleted"  #: it goes
    BLANKED = "blanked"  #: it stays and its words go, for others' receipts and the order of things stand on it
    ANONYMOUS = "anonymous"  #: it stays, and nothing leads from it to a person
    KEPT = "kept"  #: it stays as it is; it says nothing of anybody


@dataclass(frozen=True, slots=True)
class Belonging:
    """How the rows of one table belong to a person and hold what was said, and what becomes of them."""

    owner: Column[int] | None = None  #: the identity whose row it is
    #: The items that it holds the text of, or joins, and what becomes of it with them; the first says whose it is.
    items: Mapping[Column[int], Fate] = field(default_factory=dict)
    turn: Column[int] | None = None  #: its turn; it is blanked when what was said there is forgotten
    session: Column[int] | None = None  #: its session, or itself: theirs who alone spoke in it
    words: Mapping[Column[object], object] = field(default_factory=dict)  #: what holds words, and what it then reads
    with_person: Fate = Fate.KEPT  #: when the person whose row it is is forgotten
    exported: bool = False  #: whether a person's export holds their rows


def _words(*columns: Column[object], reads: object = FORGOTTEN) -> Mapping[Column[object], object]:
    return MappingProxyType(dict.fromkeys(columns, reads))


BELONGS: Final[Mapping[Table, Belonging]] = MappingProxyType(
    {
        # The row stays as a number without a name: usage refers to it.
        user_identities: Belonging(
            owner=user_identities.c.id,
            words=_words(user_identities.c.name, reads=""),
            with_person=Fate.ANONYMOUS,
            exported=True,
        ),
        identity_links: Belonging(owner=identity_links.c.identity_id, with_person=Fate.DELETED, exported=True),
        user_preferences: Belonging(owner=user_preferences.c.identity_id, with_person=Fate.DELETED, exported=True),
        user_sessions: Belonging(session=user_sessions.c.id, with_person=Fate.DELETED, exported=True),
        # A blanked message is still known as answered.
        messages: Belonging(
            owner=messages.c.owner_id,
            items={messages.c.id: Fate.BLANKED},
            session=messages.c.session_id,
            words=MappingProxyType({messages.c.content: "", messages.c.notices: (), messages.c.attachments: ()}),
            with_person=Fate.DELETED,
            exported=True,
        ),
        memories: Belonging(
            owner=memories.c.owner_id,
            items={memories.c.id: Fate.DELETED},
            words=_words(memories.c.content, memories.c.label),
            with_person=Fate.DELETED,
            exported=True,
        ),
        memory_relationships: Belonging(
            items={memory_relationships.c.from_id: Fate.DELETED, memory_relationships.c.to_id: Fate.DELETED},
            with_person=Fate.DELETED,
            exported=True,
        ),
        # Not exported: vectors are made again from the text.
        embeddings: Belonging(items={embeddings.c.item_id: Fate.DELETED}, with_person=Fate.DELETED),
        prompt_parts: Belonging(
            owner=prompt_parts.c.owner_id,
            items={prompt_parts.c.item_id: Fate.BLANKED},
            words=_words(prompt_parts.c.text),
            with_person=Fate.DELETED,
            exported=True,
        ),
        # The first item is the reply; the reason holds words of its question.
        recalls: Belonging(
            items={recalls.c.reply_id: Fate.BLANKED, recalls.c.item_id: Fate.DELETED},
            words=_words(recalls.c.reason),
            with_person=Fate.DELETED,
            exported=True,
        ),
        # The key is a hash of the arguments, and short ones can be guessed.
        steps: Belonging(
            owner=steps.c.owner_id,
            turn=steps.c.turn_id,
            words=MappingProxyType(
                {
                    steps.c.arguments: FORGOTTEN,
                    steps.c.result: FORGOTTEN,
                    steps.c.key: literal(FORGOTTEN) + cast(steps.c.id, String),
                }
            ),
            with_person=Fate.DELETED,
            exported=True,
        ),
        # A blanked reply's delivery is kept: what it became on the platform may still have to be found.
        queue: Belonging(
            items={queue.c.item_id: Fate.KEPT}, words=_words(queue.c.text, reads=None), with_person=Fate.DELETED
        ),
        # What was spent stays; it leads to a number that has no name.
        model_usage_stats: Belonging(
            owner=model_usage_stats.c.identity_id,
            with_person=Fate.KEPT,
            exported=True,
        ),
        # What an admin did stays, by a number that has no name.
        policy_audit_log: Belonging(owner=policy_audit_log.c.actor_id, exported=True),
        config: Belonging(owner=config.c.author_id, words=_words(config.c.reason), with_person=Fate.BLANKED),
        # A number is never given twice, so the scope's row stays, under a name that says nothing.
        scopes: Belonging(with_person=Fate.ANONYMOUS),
        erasures: Belonging(owner=erasures.c.owner_id),  # a number, and what it asked for
        erasing: Belonging(),
        tombstones: Belonging(),
        prompts: Belonging(),
        # What Ember was told stays; the author is a number without a name, as a text.
        prompt_history: Belonging(
            owner=prompt_history.c.author, words=_words(prompt_history.c.reason), with_person=Fate.BLANKED
        ),
        performance_metrics: Belonging(),
        logs: Belonging(),  # events and ids, never somebody's words
        cursors: Belonging(),
    }
)
