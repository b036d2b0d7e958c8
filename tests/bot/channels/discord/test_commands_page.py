"""docs/commands.md shows what the commands answer now."""

import pytest

from tests.bot.channels.discord.commands_page import PAGE, page


@pytest.mark.long
async def test_the_page_shows_what_each_command_answers() -> None:
    assert await page() == PAGE.read_text(encoding="utf-8")
