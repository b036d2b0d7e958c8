"""Everything Ember keeps. Knows no channel, no model, no prompt.

    open.py         opens all of it bottom-up: lock, engine, migrations, queue, cache; gives a Store
    tables/         one file a theme: its tables, its reads (place first), its ops
    search/         a question in, scored items out
    upkeep/         erase: the one way in which items leave; retention, condensing: what has been kept long enough;
                    backup, restore, schema_change: whole databases; doctor: what is wrong, and what mends it;
                    belonging: whose each row is; export, import: one person's file
    torture/        what all of it is tried with, on any disk
    engines/        what only one database can do
    migrations/     how the schema came about
    write_queue     the only way to write (op: what it takes; batch: its thread's half; posts: what may be lost;
                    background_sync)
    hot_cache       the most recent items; ttl_caches: what goes after a while; health: how all of it is doing
    scope           the rule of who may see what
    words           text to words, for indexing and asking alike; secrets: what is never kept
    place, records, ids, clock, data_directory, errors: what all of it is made of

A write goes theme -> write_queue -> COMMIT -> hot_cache -> caller; a read goes theme -> hot_cache, else the read pool.
"""

from memory.clock import Clock, DrivenClock, SystemClock
from memory.durable_file import written_whole
from memory.engines.sqlite import Synchronous
from memory.errors import (
    BadLabel,
    BlockTooLong,
    ChangedMeanwhile,
    DataDirectoryError,
    DataDirectoryInUse,
    DoubtfulCommit,
    FileRefused,
    HoldsSecret,
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
    error_type,
    without_words,
)
from memory.health import Health
from memory.migrations.upgrade import NewerDatabase, OlderDatabase
from memory.open import MemoryOptions, Store, look_into_memory, migrate_memory, open_memory
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
    Notice,
    OwnerKind,
    Person,
    SessionId,
    StepId,
    Tier,
    Trust,
    TurnId,
)
from memory.scope import Scope, ScopeKind
from memory.search.diversity import diverse_first
from memory.search.embedder import Embedder, EmbeddingProgress
from memory.search.embedding import EmbeddingFailed, EmbeddingProvider, Vectors
from memory.search.question import Question
from memory.secrets import REDACTED, is_secret, without_secrets
from memory.stop_words import holds_all_of, shares_words, weighty_words
from memory.tables.audit import Audited, AuditId, Outcome
from memory.tables.blocks import BLOCKS_LIMIT, PERSONA, PROFILE, Block, BlockEdit
from memory.tables.config import EVERYWHERE, Setting
from memory.tables.erasures import ErasureId, ErasureKind, ErasureState
from memory.tables.figures import ItemCount, Talks, Traffic
from memory.tables.jobs import Claimed, Job, JobId, JobState, JobType, OwnJob
from memory.tables.kept import Kept, KeptItems
from memory.tables.learning import Learned, Told
from memory.tables.logs import Logged, LogLevel
from memory.tables.memories import BLOCK_LIMIT, CONTENT_LIMIT, NewMemory
from memory.tables.past_talk import PastLine
from memory.tables.people import AGENT, CHOSE_LANGUAGE, LANGUAGE, PAUSED, RETENTION_DAYS, TEACHES, TIME_ZONE, TONE
from memory.tables.platform_messages import PlatformMessages, PlatformReply, Said
from memory.tables.prompts import PromptText, PromptVersion, PromptVersions
from memory.tables.queue_admin import FailedJob, JobCount
from memory.tables.receipts import FORGOTTEN, Part, PartKind, Recall
from memory.tables.related_items import Related
from memory.tables.relationships import RelationshipKind
from memory.tables.spending import Booking, Ledger, Used, UsedAt
from memory.tables.steps import StepDone, StepStart
from memory.tables.talk import Received, TooMuch
from memory.tables.turns import FinishedReply, OpenTurn, Receipt, ReplyToDeliver, UnfinishedTurn
from memory.upkeep.backup import Backup, BackupFailed, Backups, UnreadableBackup, backups_of
from memory.upkeep.condensing import OldTalk
from memory.upkeep.doctor.doctor import examine
from memory.upkeep.doctor.findings import Finding, Verdict
from memory.upkeep.erase import About, Erased, Progress
from memory.upkeep.import_plan import ImportPlan
from memory.upkeep.imported import Origin
from memory.upkeep.restore import Restoring, restore_memory
from memory.upkeep.retention import KeptFor
from memory.upkeep.revision import Anew, Revised
from memory.upkeep.schema_change import Migrate, SchemaChange
from memory.upkeep.whole_database import DatabaseContent, NoEmberDatabase
from memory.words import STEMMERS as LANGUAGES
from memory.words import storable

__all__ = [
    "AGENT",
    "BLOCKS_LIMIT",
    "BLOCK_LIMIT",
    "CHOSE_LANGUAGE",
    "CONTENT_LIMIT",
    "EVERYWHERE",
    "FORGOTTEN",
    "LANGUAGE",
    "LANGUAGES",
    "PAUSED",
    "PERSONA",
    "PROFILE",
    "REDACTED",
    "RETENTION_DAYS",
    "TEACHES",
    "TIME_ZONE",
    "TONE",
    "About",
    "Addresses",
    "Anew",
    "AuditId",
    "Audited",
    "Backup",
    "BackupFailed",
    "Backups",
    "BadLabel",
    "Block",
    "BlockEdit",
    "BlockTooLong",
    "Booking",
    "ChangedMeanwhile",
    "Channel",
    "Claimed",
    "Clock",
    "DataDirectoryError",
    "DataDirectoryInUse",
    "DatabaseContent",
    "Direction",
    "DoubtfulCommit",
    "DrivenClock",
    "Embedder",
    "EmbeddingFailed",
    "EmbeddingProgress",
    "EmbeddingProvider",
    "Erased",
    "ErasureId",
    "ErasureKind",
    "ErasureState",
    "FailedJob",
    "FileRefused",
    "Finding",
    "FinishedReply",
    "Found",
    "Health",
    "Hit",
    "HoldsSecret",
    "IdentityId",
    "ImportPlan",
    "IncomingMessage",
    "Item",
    "ItemCount",
    "ItemId",
    "Job",
    "JobCount",
    "JobId",
    "JobState",
    "JobType",
    "Kept",
    "KeptFor",
    "KeptItems",
    "LabelTaken",
    "Learned",
    "Ledger",
    "LogLevel",
    "Logged",
    "Memory",
    "MemoryOptions",
    "Message",
    "MessageState",
    "Migrate",
    "NewMemory",
    "NewerDatabase",
    "NoEmberDatabase",
    "NoGuild",
    "NoSuchPassage",
    "NotFound",
    "NothingKept",
    "Notice",
    "OldTalk",
    "OlderDatabase",
    "OneReader",
    "OpenTurn",
    "Origin",
    "Outcome",
    "OwnJob",
    "OwnerKind",
    "Part",
    "PartKind",
    "PartOfGuild",
    "PastLine",
    "Person",
    "Place",
    "PlatformMessages",
    "PlatformReply",
    "Progress",
    "PromptText",
    "PromptVersion",
    "PromptVersions",
    "Question",
    "QueueFull",
    "ReadOnlyBlock",
    "Recall",
    "Receipt",
    "Received",
    "Related",
    "RelationshipKind",
    "ReplyToDeliver",
    "Restoring",
    "Revised",
    "Said",
    "SchemaChange",
    "Scope",
    "ScopeKind",
    "SessionId",
    "Setting",
    "StepDone",
    "StepId",
    "StepStart",
    "Store",
    "StoreError",
    "Synchronous",
    "SystemClock",
    "Talks",
    "Thread",
    "Tier",
    "Told",
    "TooLong",
    "TooManyBlocks",
    "TooMuch",
    "Traffic",
    "Trust",
    "TurnId",
    "UnfinishedTurn",
    "UnreadableBackup",
    "Used",
    "UsedAt",
    "Vectors",
    "Verdict",
    "WholeGuild",
    "backups_of",
    "diverse_first",
    "error_type",
    "examine",
    "holds_all_of",
    "is_secret",
    "look_into_memory",
    "migrate_memory",
    "open_memory",
    "restore_memory",
    "shares_words",
    "storable",
    "weighty_words",
    "without_secrets",
    "without_words",
    "written_whole",
]
