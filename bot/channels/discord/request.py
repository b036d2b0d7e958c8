"""Every request to Discord: under a deadline, and its failures in the port's words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import aiohttp
import discord

from bot.channel import NotDelivered, Undeliverable

#: Statuses with which Discord says no for ever; repeating them leads to a ban by the proxy in front of it.
_REFUSED: Final = frozenset({400, 403, 404, 413})


@asynccontextmanager
async def discord_request(seconds: float) -> AsyncIterator[None]:
    """Lets requests take so long together.

    Raises NotDelivered when another attempt may help, Undeliverable when Discord has said no.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except discord.RateLimited as error:
        raise NotDelivered(str(error), timedelta(seconds=error.retry_after)) from error
    except discord.HTTPException as error:
        if error.status in _REFUSED:
            raise Undeliverable(str(error)) from error
        raise NotDelivered(str(error)) from error
    except discord.InvalidData as error:  # a kind of channel that discord.py does not know
        raise Undeliverable(str(error)) from error
    except (discord.GatewayNotFound, aiohttp.ClientError, OSError) as error:
        raise NotDelivered(f"{type(error).__name__}: {error}") from error
    except RuntimeError as error:  # aiohttp's word for a client that was closed meanwhile
        raise NotDelivered(str(error)) from error
