"""The house keeps its shape: what a linter does not see."""

import ast
import importlib
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "capabilities", "prompts", "memory")
LONGEST_FILE = 400  #: lines

#: Where anything may be caught, because code of others runs there: an op, a call, a turn, a command.
EDGES = {
    "memory/batch.py": 2,
    "memory/write_queue.py": 3,
    "memory/search/local_embedding.py": 1,  # the libraries raise classes of their own, and Exception itself
    "capabilities/framework/runner.py": 1,
    "bot/conversation/turn_taking.py": 1,
    "bot/clockwork/worker.py": 1,
    "bot/clockwork/background.py": 1,
    "bot/commands/catalogue.py": 1,
}
#: Opens a channel or a model, and imports its library, only when it is configured.
OPENERS = {"bot/app.py", "bot/cli/start.py"}


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sources():
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", PACKAGES)
def test_the_four_names_are_the_repository_s_own(name: str) -> None:
    found = importlib.import_module(name).__file__
    assert found is not None
    assert Path(found).is_relative_to(ROOT)


def test_no_file_has_grown_too_long() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sources()}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_everything_is_caught_only_at_the_edges() -> None:
    broad: dict[str, int] = {}
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler) and _is_broad(node):
                broad[path] = broad.get(path, 0) + 1
    assert broad == EDGES


def test_our_own_packages_are_imported_at_the_top_of_a_file() -> None:
    inside: list[str] = []
    for path, tree in trees():
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            imported = (node for node in ast.walk(function) if isinstance(node, ast.ImportFrom | ast.Import))
            inside += [path for node in imported if path not in OPENERS and _is_ours(node)]
    assert inside == []


def test_each_capability_is_named_in_the_contract_that_keeps_them_apart() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    (apart,) = (contract for contract in contracts if contract["name"] == "Capabilities do not know each other")
    files = {f"capabilities.{path.stem}" for path in (ROOT / "capabilities").glob("*.py") if path.stem != "__init__"}
    assert set(apart["modules"]) == files


def test_the_tests_replace_nothing_of_ours() -> None:
    unreal = ("unittest.mock", "MagicMock", "AsyncMock", "pytest.mark.skip", "pytest.mark.xfail")
    used = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if path != Path(__file__) and any(word in path.read_text() for word in unreal)
    ]
    assert used == []


def _is_broad(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"}
    )


def _is_ours(node: ast.ImportFrom | ast.Import) -> bool:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    return any(name.split(".")[0] in PACKAGES for name in names)
