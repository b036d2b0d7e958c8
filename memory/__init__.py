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
    DataDirectoryError,
    DataDirectoryInUse,
    DoubtfulCommit,
    NotFound,
    NothingKept,
    QueueFull,
    StoreError,
    TooLong,
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
    Person,
    SessionId,
    StepId,
    Tier,
    Trust,
    TurnId,
)
from memory.search.diversity import diverse_first
from memory.search.embedder import Embedder, Progress
from memory.search.embedding import EmbeddingFailed, EmbeddingProvider, Vectors
from memory.search.question import Question
from memory.stop_words import holds_all_of, shares_words
from memory.tables.memories import CONTENT_LIMIT, NewMemory
from memory.tables.past_talk import PastLine
from memory.tables.prompts import PromptText, PromptVersion, PromptVersions
from memory.tables.receipts import FORGOTTEN, Part, PartKind, Recall
from memory.tables.spending import Booking, Ledger, Used
from memory.tables.steps import StepDone, StepStart
from memory.tables.talk import Received
from memory.tables.turns import FinishedReply, OpenTurn, Receipt, UnfinishedTurn
from memory.tables.work import Job, JobType, OwnJob
from memory.upkeep.erase import Erased
from memory.words import STEMMERS as LANGUAGES

__all__ = [
    "CONTENT_LIMIT",
    "FORGOTTEN",
    "LANGUAGES",
    "Addresses",
    "Booking",
    "Channel",
    "Clock",
    "DataDirectoryError",
    "DataDirectoryInUse",
    "Direction",
    "DoubtfulCommit",
    "DrivenClock",
    "Embedder",
    "EmbeddingFailed",
    "EmbeddingProvider",
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
    "Ledger",
    "Memory",
    "MemoryOptions",
    "Message",
    "MessageState",
    "NewMemory",
    "NotFound",
    "NothingKept",
    "OneReader",
    "OpenTurn",
    "OwnJob",
    "Part",
    "PartKind",
    "PartOfGuild",
    "PastLine",
    "Person",
    "Place",
    "Progress",
    "PromptText",
    "PromptVersion",
    "PromptVersions",
    "Question",
    "QueueFull",
    "Recall",
    "Receipt",
    "Received",
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
    "Trust",
    "TurnId",
    "UnfinishedTurn",
    "Used",
    "Vectors",
    "WholeGuild",
    "diverse_first",
    "holds_all_of",
    "look_into_memory",
    "open_memory",
    "shares_words",
]
