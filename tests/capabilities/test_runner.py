import asyncio

import pytest
from structlog.testing import capture_logs

from capabilities import Context, TellTheModel, capability
from capabilities.framework.registry import Registry
from capabilities.framework.runner import CallResult, Runner
from tests.capabilities.asking import Asking, AsWritten


@capability(timeout_seconds=0.01)
async def sleep(ctx: Context) -> str:
    """Sleeps."""
    await asyncio.Event().wait()
    return ""


@capability()
async def greet(ctx: Context, name: str) -> str:
    """Greets somebody."""
    if name == "nobody":
        raise TellTheModel("there is nobody to greet")
    if name == "secret":
        raise ZeroDivisionError("by zero")
    return f"{ctx.asker.name} greets {name}"


@capability(admin_only=True)
async def shut(ctx: Context) -> str:
    """Shuts the door."""
    return "shut"


async def run(name: str, arguments: str = "", *, is_owner: bool = False) -> CallResult:
    registry = Registry()
    registry.register([sleep, greet, shut])
    return await Runner(registry, AsWritten()).run(name, arguments, Asking().context, is_owner=is_owner)


async def test_a_call_gets_the_context_and_its_arguments() -> None:
    assert await run("greet", '{"name": "Ana"}') == CallResult("EJ greets Ana", success=True)


async def test_an_unknown_capability_names_those_there_are() -> None:
    result = await run("dance")
    assert not result.success
    assert result.text == 'Failed: there is no capability "dance"; there are: greet, shut, sleep'


async def test_only_the_owner_may_call_what_is_the_owners() -> None:
    refused = await run("shut")
    assert (refused.success, refused.text) == (False, "Failed: only Ember's owner may use shut")
    assert (await run("shut", is_owner=True)).text == "shut"


async def test_a_call_that_takes_too_long_is_given_up() -> None:
    assert await run("sleep") == CallResult("Failed: sleep took too long and was given up", success=False)


async def test_wrong_arguments_are_told_and_nothing_is_called() -> None:
    result = await run("greet", '{"nam": "Ana"}')
    assert result.text == (
        'Failed: the arguments of greet do not fit: "name" is missing; there is no argument "nam"'
    )  # fmt: skip


async def test_what_a_capability_tells_the_model_is_its_failed_result() -> None:
    assert await run("greet", '{"name": "nobody"}') == CallResult("Failed: there is nobody to greet", success=False)


async def test_a_fault_inside_is_logged_without_the_arguments_and_not_shown() -> None:
    with capture_logs() as logs:
        result = await run("greet", '{"name": "secret"}')
    assert result == CallResult("Failed: greet failed inside; this is not about its arguments", success=False)
    (line,) = logs
    assert (line["event"], line["log_level"], line["capability"]) == ("capability_failed", "error", "greet")
    assert line["error"].startswith("ZeroDivisionError in test_runner.py:")
    assert "by zero" not in str(line)


async def test_cancellation_passes() -> None:
    begun = asyncio.Event()

    @capability()
    async def wait(ctx: Context) -> str:
        """Waits to be cancelled."""
        begun.set()
        await asyncio.Event().wait()
        return ""

    registry = Registry()
    registry.register([wait])
    task = asyncio.create_task(Runner(registry, AsWritten()).run("wait", "", Asking().context, is_owner=False))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
