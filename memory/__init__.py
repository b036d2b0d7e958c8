"""Everything Ember keeps. Knows no channel, no model, no prompt.

    open.py         opens all of it bottom-up: lock, engine, migrations, queue, cache; gives a Store
    tables/         one file a theme: its tables, its reads (place first), its ops
    search/         a question in, scored items out
    upkeep/         erase: the one way in which items leave
    engines/        what only one database can do
    migrations/     how the schema came about
    write_queue     the only way to write; hot_cache: the most recent items; scope: the rule of who may see what
    words           text to words, for indexing and asking alike
    place, records, ids, clock, data_directory, errors: what all of it is made of

A write goes theme -> write_queue -> COMMIT -> hot_cache -> caller; a read goes theme -> hot_cache, else the read pool.
"""

from memory.clock import Clock, DrivenClock, SystemClock
from memory.engines.sqlite import Synchronous
from memory.errors import (
    BadLabel,
    BlockTooLong,
    DataDirectoryError,
    DataDirectoryInUse,
    DoubtfulCommit,
    LabelTaken,
    NoGuild,
    NoSuchPassage,
    NotFound,
    NothingKept,
    QueueFull,
    ReadOnlyBlock,
    StoreError,
    TooLong,
    TooManyBlocks,
)
from memory.open import MemoryOptions, Store, look_into_memory, open_memory
from memory.place import Addresses, Channel, IdentityId, OneReader, PartOfGuild, Place, Thread, WholeGuild
from memory.records import (
    Direction,
    Found,
    Hit,
    IncomingMessage,
    Item,
    ItemId,
    Memory,
    Message,
    MessageState,
    OwnerKind,
    Person,
    SessionId,
    StepId,
    Tier,
    Trust,
    TurnId,
)
from memory.search.search import Question
from memory.stop_words import holds_all_of, shares_words
from memory.tables.blocks import BLOCKS_LIMIT, PERSONA, PROFILE, Block, BlockEdit
from memory.tables.memories import BLOCK_LIMIT, CONTENT_LIMIT, NewMemory
from memory.tables.people import RETENTION_DAYS
from memory.tables.prompts import PromptText, PromptVersion, PromptVersions
from memory.tables.receipts import FORGOTTEN, Part, PartKind, Recall
from memory.tables.relationships import RelationshipKind
from memory.tables.spending import Booking, Ledger, Used
from memory.tables.steps import StepDone, StepStart
from memory.tables.talk import Received
from memory.tables.turns import FinishedReply, OpenTurn, Receipt, UnfinishedTurn
from memory.tables.work import Job, JobType, OwnJob
from memory.upkeep.erase import Erased
from memory.words import STEMMERS as LANGUAGES

__all__ = [
    "BLOCKS_LIMIT",
    "BLOCK_LIMIT",
    "CONTENT_LIMIT",
    "FORGOTTEN",
    "LANGUAGES",
    "PERSONA",
    "PROFILE",
    "RETENTION_DAYS",
    "Addresses",
    "BadLabel",
    "Block",
    "BlockEdit",
    "BlockTooLong",
    "Booking",
    "Channel",
    "Clock",
    "DataDirectoryError",
    "DataDirectoryInUse",
    "Direction",
    "DoubtfulCommit",
    "DrivenClock",
    "Erased",
    "FinishedReply",
    "Found",
    "Hit",
    "IdentityId",
    "IncomingMessage",
    "Item",
    "ItemId",
    "Job",
    "JobType",
    "LabelTaken",
    "Ledger",
    "Memory",
    "MemoryOptions",
    "Message",
    "MessageState",
    "NewMemory",
    "NoGuild",
    "NoSuchPassage",
    "NotFound",
    "NothingKept",
    "OneReader",
    "OpenTurn",
    "OwnJob",
    "OwnerKind",
    "Part",
    "PartKind",
    "PartOfGuild",
    "Person",
    "Place",
    "PromptText",
    "PromptVersion",
    "PromptVersions",
    "Question",
    "QueueFull",
    "ReadOnlyBlock",
    "Recall",
    "Receipt",
    "Received",
    "RelationshipKind",
    "SessionId",
    "StepDone",
    "StepId",
    "StepStart",
    "Store",
    "StoreError",
    "Synchronous",
    "SystemClock",
    "Thread",
    "Tier",
    "TooLong",
    "TooManyBlocks",
    "Trust",
    "TurnId",
    "UnfinishedTurn",
    "Used",
    "WholeGuild",
    "holds_all_of",
    "look_into_memory",
    "open_memory",
    "shares_words",
]
