"""docs/admin.md says what there is."""

import re
from pathlib import Path

from bot.run_time_settings import RUN_TIME

PAGE = (Path(__file__).parents[2] / "docs" / "admin.md").read_text(encoding="utf-8")


def test_every_setting_that_can_be_changed_stands_on_the_page_with_when_it_holds() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", PAGE, re.MULTILINE))
    assert list(rows) == list(RUN_TIME)
    for name, when in rows.items():
        assert when.startswith(str(RUN_TIME[name].takes_effect)), name
