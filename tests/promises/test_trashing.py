"""A database with a page of garbage in it is noticed at the next start, refused, and can be put right from a backup."""

from pathlib import Path

import pytest

from tests.promises.trashing import trash_pages

TIMES = 100


@pytest.mark.long
async def test_a_trashed_page_is_noticed_at_start_and_a_backup_brings_everything_back(tmp_path: Path) -> None:
    trashed = await trash_pages(tmp_path, TIMES)
    assert trashed.unnoticed == []
    assert (trashed.noticed, trashed.restored) == (TIMES, TIMES)
