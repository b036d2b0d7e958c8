"""The records that the memory takes and gives."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from memory.place import Channel, IdentityId, Place
from memory.scope import ScopeNumber

ItemId = NewType("ItemId", int)  #: a message or a memory; unique across both
TurnId = NewType("TurnId", int)
SessionId = NewType("SessionId", int)
StepId = NewType("StepId", int)


class Trust(StrEnum):
    """Where an item came from, most trusted first."""

    SAID = "said"  #: its owner's own words
    DERIVED = "derived"  #: concluded by Ember from what was said
    EXTERNAL = "external"  #: from anybody or anything else

    @staticmethod
    def least(*of: "Trust") -> "Trust":
        """Returns the least trust among several, SAID for none: what is made of them takes it."""
        return max(of, key=list(Trust).index, default=Trust.SAID)


class Tier(StrEnum):
    """How an item is kept."""

    WORKING = "working"  #: until its session ends
    EPISODIC = "episodic"  #: what happened; every message is one
    SEMANTIC = "semantic"  #: a fact
    SHARED = "shared"  #: belongs to a guild or to everyone


class OwnerKind(StrEnum):
    """Who can own an item."""

    PERSON = "person"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Memory:
    """One remembered item."""

    id: ItemId
    owner: IdentityId
    scopes: tuple[ScopeNumber, ...]  #: its own, then its owner's private one; one number when both are the same
    trust: Trust
    tier: Tier
    content: str
    importance: int  #: 1 to 10
    confidence: float  #: 0 to 1
    language: str  #: in which its words were analysed
    created_at: datetime
    valid_from: datetime
    source: ItemId | None = None  #: the message it was taken from
    superseded_at: datetime | None = None
    superseded_by: ItemId | None = None
    label: str | None = None  #: of a block
    read_only: bool = False  #: of a block: neither people nor the model change it
    session: SessionId | None = None  #: of a working memory: it ends with it
    access_count: int = 0  #: how often it was recalled, about
    compressed_into: ItemId | None = None  #: the summary that stands for it in the index
    owner_kind: OwnerKind = OwnerKind.PERSON  #: AGENT: it is Ember's own, written by the installation's owner


class Direction(StrEnum):
    """Which way a message goes."""

    IN = "in"  #: from a person
    OUT = "out"  #: from Ember


class MessageState(StrEnum):
    """How far a message has come."""

    RECEIVED = "received"  #: an incoming one, durable, not yet in a turn
    ANSWERING = "answering"  #: an incoming one whose turn is under way
    DONE = "done"  #: answered, or a reply whose text is final
    DECLINED = "declined"  #: an incoming one that gets no answer (its turn was stopped)
    STREAMING = "streaming"  #: a reply under way


@dataclass(frozen=True, slots=True)
class Notice:
    """A quiet line below a reply, in its person's language."""

    text: str
    memories: tuple[ItemId, ...] = ()  #: made or changed, and told of here: `undo` takes that back


@dataclass(frozen=True, slots=True)
class Message:
    """One message, in or out. It is an episodic item."""

    id: ItemId
    channel: Channel
    external_id: str | None
    direction: Direction
    state: MessageState
    owner: IdentityId  #: who said it; for a reply, who asked
    owner_name: str
    scopes: tuple[ScopeNumber, ...]
    trust: Trust
    content: str
    language: str  #: in which its words were analysed
    created_at: datetime
    session: SessionId
    turn: TurnId | None = None
    response: ItemId | None = None  #: of an incoming message: the reply to it
    notices: tuple[Notice, ...] = ()  #: of a reply
    compressed_into: ItemId | None = None  #: the summary that stands for it in the index
    paused: bool = False  #: its words are not kept, for its person had paused: they last as long as the turn


Item = Memory | Message


@dataclass(frozen=True, slots=True)
class Hit:
    """One found item."""

    item: Item
    score: float  #: 0 to 1
    reason: str  #: why it was found, in words
    lacks: tuple[str, ...] = ()  #: the words of the question that the item does not hold, as they were typed
    until: datetime | None = None  #: when it ceased to be so, of what is no longer in force
    of_time: bool = True  #: False: the question names a time, and the item is of another
    taken_over: tuple[str, ...] = ()  #: the words that it does not hold, but what it took the place of did


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found."""

    hits: tuple[Hit, ...]
    withheld: int = 0  #: items the asker would also see in private, but not here
    only_time: bool = False  #: the question asks for nothing but what was said at a time


@dataclass(frozen=True, slots=True)
class Person:
    """An identity as a turn knows it."""

    id: IdentityId
    name: str
    language: str = "en"  #: ISO 639-1
    time_zone: str | None = None  #: IANA name
    first_contact: bool = False  #: True in the turn that made the identity
    teaches: bool = True  #: False: what they say is remembered only when they ask for it
    retention_days: int = 0  #: for how long what they say is kept at most; 0: as the installation does
    tone: str = ""  #: how they like to be answered, in their words
    agent: str = ""  #: who Ember is where they talk with it alone; empty: whoever it is for everybody
    chose_language: bool = False  #: they have said it themselves; a platform's word changes it no more
    paused: bool = False  #: nothing that they say, and no answer to it, is kept
    off_the_record: tuple[SessionId, ...] = ()  #: the same, in these sessions alone

    def pauses(self, session: SessionId) -> bool:
        """Whether nothing of what they say in a conversation is kept."""
        return self.paused or session in self.off_the_record


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message as it is recorded: what the Router hands down."""

    external_id: str
    place: Place  #: its one reader may still be unnamed
    link_kind: Channel
    address: str
    name: str
    content: str
    attachments: tuple[str, ...] = field(default=())  #: their names
    unasked: bool = False  #: it was said to nobody, and Ember speaks up by itself
