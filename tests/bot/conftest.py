"""What tests of the doors share."""

import pytest

from tests.bot.installation import Installation


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return Installation(tmp_path_factory.mktemp("ember"))


@pytest.fixture(autouse=True)
def _by_words_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No embedding model, unless a test asks for one: it takes half a second to open."""
    monkeypatch.setenv("EMBEDDING_PROVIDER", "none")
