"""The documentation is true: its commands run, its links lead somewhere, its promises are the design's."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands(page: Path) -> list[str]:
    """Returns the lines that a page shows behind a shell's prompt."""
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


@pytest.mark.long
@pytest.mark.timeout(300)  # the first may install the libraries, each starts Ember, and other tests run beside
@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.name)
def test_the_commands_of_a_page_run_one_after_the_other(page: Path, tmp_path: Path) -> None:
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    told = ""
    for command in commands(page):
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=ROOT,
            env=environment | {"DATA_DIR": str(tmp_path / "data")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        told += done.stdout
    assert 'You told me: "my cat is called Miso"' in told


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_links_of_a_page_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_room_that_the_architecture_draws_is_there() -> None:
    drawn = re.search(r"```text\n(.*?)```", (ROOT / "docs/architecture.md").read_text(encoding="utf-8"), re.DOTALL)
    assert drawn is not None
    folders: list[str] = []
    for line in drawn[1].splitlines():
        indent, name = len(line) - len(line.lstrip()), line.split()[0]
        if name.endswith(("/", ".py")):
            folders = [*folders[: indent // 2], name.rstrip("/")]
            assert (ROOT / "/".join(folders)).exists(), "/".join(folders)
