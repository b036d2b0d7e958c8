"""Opens everything bottom-up on one stack, runs the channels, and closes in reverse."""

import asyncio
import getpass
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.agents import Agents
from bot.capability_rules import CapabilityRules
from bot.channel import ChannelAdapter
from bot.channels.console.plain_lines import PlainLines
from bot.channels.console.terminal import LOCAL, Terminal
from bot.channels.console.typed_commands import TypedCommands
from bot.clockwork.background import Background
from bot.clockwork.condensing import Condenser
from bot.clockwork.jobs import own_work
from bot.clockwork.worker import Worker
from bot.commands.all import Changeable, all_commands
from bot.commands.catalogue import Catalogue
from bot.configuration import Configuration
from bot.conversation.after_turn import AfterTurn, ByModel, ByRules
from bot.conversation.conversation import Conversation, Limits
from bot.conversation.listening import Listening
from bot.conversation.prompt_builder import PromptBuilder
from bot.conversation.router import Router
from bot.conversation.speak_gate import SpeakGate
from bot.conversation.turn_taking import TurnTaking
from bot.conversation.unasked import Judge, Unasked
from bot.delivery.held_words import HeldWords
from bot.delivery.outbox import Outbox
from bot.guild_door import GuildDoors
from bot.logs import kept_lines
from bot.models.model import Model
from bot.models.offline_model import OfflineModel
from bot.sentences import Sentences, load_sentences
from bot.settings import Settings, SettingsError
from bot.spending.booked_model import BookedModel
from bot.spending.booked_transcriber import BookedTranscriber
from bot.stopping import told_to_stop
from bot.surroundings import Appetite, FileKind, Wanted
from bot.turn import OwnerNow
from capabilities.framework.registry import Registry, discover
from capabilities.framework.runner import Runner
from memory import (
    Channel,
    Clock,
    Embedder,
    EmbeddingProgress,
    EmbeddingProvider,
    KeptFor,
    MemoryOptions,
    Person,
    Store,
    SystemClock,
    open_memory,
)
from prompts.prompt_store import PromptStore, shipped_prompts

if TYPE_CHECKING:
    from bot.channels.discord.invite import Invitation

GRACE_SECONDS: Final = 3.0  #: what a turn gets to finish at the end; longer ones are taken up at the next start
TEXTS: Final = Wanted(64 * 1024, files=8)
IMAGES: Final = Wanted(8 * 1024 * 1024, files=4)
RECORDINGS: Final = Wanted(20 * 1024 * 1024, files=2)  #: endpoints take 25 MB
OUTPUT_SHARE: Final = 4  #: a quarter of the context is left for the answer


@dataclass(frozen=True, slots=True)
class Ember:
    """What a channel needs of the whole."""

    store: Store
    owner: Person  #: the person of the terminal, as the start found them
    owner_now: OwnerNow  #: the same by now
    router: Router
    outbox: Outbox
    commands: Catalogue
    sentences: Sentences
    configuration: Configuration
    gate: SpeakGate
    model_works: Callable[[], bool]  #: False once it has not answered several times
    doors: GuildDoors
    turns: TurnTaking
    worker: Worker
    background: Background
    embedder: Embedder | None  #: None: search goes by words alone


@asynccontextmanager
async def open_ember(settings: Settings, holder: str, clock: Clock | None = None) -> AsyncIterator[Ember]:
    """Opens the memory and what stands on it.

    Raises what `open_memory` raises, SettingsError, BadPromptFile, BadSentenceFile, DuplicateCapability.
    """
    sentences = load_sentences()
    async with AsyncExitStack() as stack:
        store, owner = await stack.enter_async_context(open_store(settings, holder, clock))
        owner_now = partial(_owner, store, settings)
        stack.enter_context(kept_lines(store.logs.keep))
        await store.work.release_leases()
        await store.erasure.resume()
        await store.ledger.settle_left_behind()
        configuration = Configuration(store, settings)
        await configuration.load()
        embeddings = _embeddings(settings, store)
        embedder = None
        if embeddings is not None:
            stack.push_async_callback(embeddings.close)
            embedder = store.search.use_embeddings(embeddings)
        prompts = PromptStore(store.prompts)
        await prompts.seed(shipped_prompts())
        registry = Registry()
        registry.register(discover())
        model = _model(settings, settings.openai_model)
        stack.push_async_callback(model.close)
        gate = SpeakGate(configuration, store.clock, settings.discord_guild_ids)
        held = HeldWords()
        worker = Worker(store, sentences, held, gate.is_silent)
        thinking = _for_what_nobody_waits(stack, settings, model, store)
        learner = AfterTurn(store, ByModel(thinking, prompts) if thinking else ByRules(), worker.wake)
        condenser = Condenser(store, prompts, thinking, partial(_condense_after, configuration))
        work = own_work(
            store, partial(_backup_every, configuration), partial(_kept, configuration), condenser, learner.extract
        )
        configuration.watch("backup_keep", lambda: store.backups.keep_newest(configuration.whole("backup_keep")))
        background = Background(store, work.handlers, work.periods)
        outbox = Outbox(store, held, worker, background.wake)
        agents, rules = Agents(configuration, prompts), CapabilityRules(configuration, registry)
        context_tokens, zone = configuration.whole("context_tokens"), configuration.text("default_timezone")
        builder = PromptBuilder(store, agents, rules.schemas, context_tokens, zone)
        limits = partial(_limits, configuration, context_tokens // OUTPUT_SHARE)
        booked = BookedModel(model, store.ledger)
        listening = Listening(store, _transcriber(stack, settings, store), _appetite(settings))
        conversation = Conversation(
            store, listening, builder, booked, Runner(registry, rules), outbox, sentences, limits, owner_now
        )
        turns = TurnTaking(store, conversation, outbox, sentences, gate.is_silent)
        stack.push_async_callback(turns.close, 0)
        unasked = Unasked(store, gate, None if thinking is None else Judge(thinking, prompts, owner_now))
        stack.push_async_callback(unasked.close)
        router = Router(store, turns, worker, outbox, sentences, gate, unasked, settings.messages_per_minute)
        embedded = None if embedder is None else partial(_progress, embedder)
        doors = GuildDoors()
        commands = all_commands(
            store,
            sentences,
            router,
            zone,
            Changeable(configuration, registry, rules, prompts, agents),
            partial(_kept, configuration),
            partial(_wake, worker, background),
            gate,
            doors,
            embedded,
        )
        yield Ember(
            store=store,
            owner=owner,
            owner_now=owner_now,
            router=router,
            outbox=outbox,
            commands=commands,
            sentences=sentences,
            configuration=configuration,
            gate=gate,
            model_works=lambda: booked.works,
            doors=doors,
            turns=turns,
            worker=worker,
            background=background,
            embedder=embedder,
        )


@asynccontextmanager
async def open_store(
    settings: Settings, holder: str, clock: Clock | None = None
) -> AsyncIterator[tuple[Store, Person]]:
    """Opens the memory alone, with the person of the terminal. Raises what `open_memory` raises."""
    options = memory_options(settings)
    async with open_memory(settings.data_dir, clock or SystemClock(), holder, options) as store:
        yield store, await _owner(store, settings)


def memory_options(settings: Settings) -> MemoryOptions:
    return MemoryOptions(
        synchronous=settings.sqlite_synchronous,
        readers=settings.database_pool_size,
        hot_items=settings.hot_cache_size,
        sync_interval_seconds=settings.sync_interval_seconds,
        migrate=settings.migrate,
        backups_kept=settings.backup_keep,
    )


def terminal(ember: Ember) -> ChannelAdapter:
    """Opens the terminal: a prompt for somebody at a keyboard, else lines from a pipe."""
    talk = Terminal(ember.router, ember.turns, ember.worker, ember.background, ember.owner, ember.owner_now)
    commands = TypedCommands(ember.commands, ember.owner_now)
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout and sys.stdout.isatty()):
        return PlainLines(talk, commands, sys.stdin, sys.stdout)
    from prompt_toolkit.input import create_input
    from prompt_toolkit.output import create_output
    from rich.console import Console

    from bot.channels.console.prompt_line import PromptLine

    return PromptLine(talk, commands, ember.store, ember.sentences, Console(), create_input(), create_output())


def discord(ember: Ember, settings: Settings) -> ChannelAdapter:
    """Opens Discord; its library is imported only then."""
    from bot.channels.discord import DiscordChannel

    return DiscordChannel(
        store=ember.store,
        router=ember.router,
        commands=ember.commands,
        sentences=ember.sentences,
        gate=ember.gate,
        doors=ember.doors,
        model_works=ember.model_works,
        outbox=ember.outbox,
        settings=settings,
    )


async def discord_invitation(settings: Settings) -> "Invitation":
    """Asks Discord how Ember can be invited; its library is imported only then. Raises SettingsError."""
    from bot.channels.discord.invite import invitation

    return await invitation(settings)


async def run(settings: Settings, holder: str, make_channels: Callable[[Ember], Sequence[ChannelAdapter]]) -> None:
    """Runs channels until their input ends, or a signal asks for the end."""
    async with open_ember(settings, holder) as ember:
        channels = make_channels(ember)
        stopping = asyncio.Event()
        with told_to_stop(stopping):
            working = [asyncio.create_task(ember.worker.run()), asyncio.create_task(ember.background.run())]
            listening = [asyncio.create_task(channel.run()) for channel in channels]
            waiting = asyncio.create_task(stopping.wait())
            embedding = [asyncio.create_task(ember.embedder.run())] if ember.embedder is not None else []
            try:
                await asyncio.wait([*listening, waiting, *working, *embedding], return_when=asyncio.FIRST_COMPLETED)
            finally:
                await _cancel([*listening, waiting, *embedding])
                await ember.turns.close(GRACE_SECONDS)
                ember.worker.stop()
                ember.background.stop()
                await asyncio.wait(working, timeout=GRACE_SECONDS)
                await _cancel(working)
            for task in (*listening, *working, *embedding):
                if not task.cancelled():
                    task.result()  # raises what a channel ended with


async def _cancel(tasks: Sequence[asyncio.Task[object]]) -> None:
    """Cancels tasks that still run, and waits for their end, whatever it is."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def _owner(store: Store, settings: Settings) -> Person:
    """Returns the person of the terminal, who is also the first of ADMIN_DISCORD_IDS."""
    at_the_terminal = await store.people.known(Channel.CONSOLE, LOCAL)
    if not settings.admin_discord_ids:
        return at_the_terminal or await store.people.meet(Channel.CONSOLE, LOCAL, _user_name())
    address = settings.admin_discord_ids[0]
    on_discord = await store.people.known(Channel.DISCORD, address)
    if at_the_terminal is None and on_discord is not None:
        await store.people.link(on_discord.id, Channel.CONSOLE, LOCAL)
        return on_discord
    owner = at_the_terminal or await store.people.meet(Channel.CONSOLE, LOCAL, _user_name())
    if on_discord is None:  # otherwise there is nothing to write, which counts: this is asked at every use
        await store.people.link(owner.id, Channel.DISCORD, address)
    return owner


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "you"


def _kept(configuration: Configuration) -> KeptFor:
    return KeptFor(*(configuration.whole(f"retention_{what}_days") for what in ("messages", "episodic", "metrics")))


def _backup_every(configuration: Configuration) -> timedelta:
    return timedelta(hours=configuration.number("backup_every_hours"))


def _condense_after(configuration: Configuration) -> timedelta:
    return timedelta(days=configuration.number("condense_after_days"))


def _limits(configuration: Configuration, output_tokens: int) -> Limits:
    """What holds for the next turn."""
    return Limits(configuration.whole("step_limit"), configuration.number("turn_deadline_seconds"), output_tokens)


def _for_what_nobody_waits(stack: AsyncExitStack, settings: Settings, model: Model, store: Store) -> BookedModel | None:
    """Returns the background model, else the main one; None without any: rules do its work."""
    if not settings.has_model:
        return None
    if settings.background_model is not None:
        model = _model(settings, settings.background_model)
        stack.push_async_callback(model.close)
    return BookedModel(model, store.ledger)


def _wake(worker: Worker, background: Background) -> None:
    """Has what is due done now: deliveries, and Ember's own work."""
    worker.wake()
    background.wake()


def _progress(embedder: Embedder) -> EmbeddingProgress:
    return embedder.progress


def _model(settings: Settings, name: str | None) -> Model:
    """Opens a configured model; its library is imported only then, for that takes most of a second."""
    if not settings.has_model or name is None:
        return OfflineModel()
    from bot.models.openai_model import OpenAIModel

    return OpenAIModel(name, *_endpoint(settings))


def _transcriber(stack: AsyncExitStack, settings: Settings, store: Store) -> BookedTranscriber | None:
    """Opens a configured model that listens; None: Ember cannot."""
    if not settings.has_model or settings.transcription_model is None:
        return None
    from bot.models.openai_transcriber import OpenAITranscriber

    transcriber = BookedTranscriber(OpenAITranscriber(settings.transcription_model, *_endpoint(settings)), store.ledger)
    stack.push_async_callback(transcriber.close)
    return transcriber


def _appetite(settings: Settings) -> Appetite:
    """Says which files are read: those that a model is there for."""
    if not settings.has_model:
        return {}
    wanted = {FileKind.TEXT: TEXTS}
    if settings.model_sees_images:
        wanted[FileKind.IMAGE] = IMAGES
    if settings.transcription_model is not None:
        wanted[FileKind.AUDIO] = RECORDINGS
    return wanted


def _endpoint(settings: Settings) -> tuple[str, str | None]:
    """Returns the key and the address of the model's endpoint."""
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    return key, str(settings.openai_base_url) if settings.openai_base_url else None


def _embeddings(settings: Settings, store: Store) -> EmbeddingProvider | None:
    """Opens what gives texts their vectors. Raises SettingsError when what was chosen is not there."""
    if settings.embedding_provider == "none":
        return None
    if settings.embeds_at_endpoint and settings.embedding_model is not None:
        from bot.models.openai_embedder import OpenAIEmbedder
        from bot.spending.booked_embedder import BookedEmbedder

        return BookedEmbedder(OpenAIEmbedder(settings.embedding_model, *_endpoint(settings)), store.ledger)
    try:
        from memory.search.local_embedding import LocalEmbedding, NoLocalModel, installed_model, model_in
    except ImportError as error:
        if settings.embedding_provider == "auto" and settings.embedding_model is None:
            return None
        raise SettingsError(f'EMBEDDING_PROVIDER: a local model needs the extra "embeddings" ({error}).') from None
    try:
        folder = settings.embedding_folder
        return LocalEmbedding(installed_model() if folder is None else model_in(folder))
    except NoLocalModel as error:
        if settings.embedding_provider == "auto" and settings.embedding_model is None:
            return None
        raise SettingsError(f"EMBEDDING_PROVIDER: {error}.") from None
