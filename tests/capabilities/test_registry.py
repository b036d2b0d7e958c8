import sys
from pathlib import Path

import pytest

from capabilities import Context, capability
from capabilities.framework.errors import DuplicateCapability
from capabilities.framework.registry import Registry, discover


@capability()
async def wave(ctx: Context) -> str:
    """Waves a hand."""
    return "o/"


@capability()
async def bow(ctx: Context) -> str:
    """Bows."""
    return "_o_"


def test_capabilities_come_sorted_by_name() -> None:
    registry = Registry()
    registry.register([wave, bow])
    assert [capability.name for capability in registry] == ["bow", "wave"]
    assert registry.get("bow") is bow
    assert registry.get("nod") is None


def test_a_clash_with_what_is_there_registers_nothing() -> None:
    registry = Registry()
    registry.register([wave])
    with pytest.raises(DuplicateCapability, match="wave"):
        registry.register([bow, wave])
    assert registry.get("bow") is None


def test_a_clash_among_the_new_ones_registers_nothing() -> None:
    registry = Registry()
    with pytest.raises(DuplicateCapability, match="bow"):
        registry.register([bow, wave, bow])
    assert list(registry) == []


PACKAGE = '''
from capabilities import Context, capability

@capability()
async def juggle(ctx: Context, balls: int) -> str:
    """Juggles."""
    return "o" * balls

def clap() -> None: ...
'''


@pytest.fixture
def circus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package; returns its list of entry points."""
    (tmp_path / "circus.py").write_text(PACKAGE)
    metadata = tmp_path / "circus-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: circus\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "circus", raising=False)
    return metadata / "entry_points.txt"


def test_an_installed_package_adds_its_capabilities(circus: Path) -> None:
    circus.write_text("[ember.capabilities]\njuggle = circus:juggle\n")
    assert "juggle" in [one.name for one in discover()]


def test_an_entry_point_that_is_no_capability_stops_the_start(circus: Path) -> None:
    circus.write_text("[ember.capabilities]\nclap = circus:clap\n")
    with pytest.raises(TypeError, match="clap = circus:clap is not a capability"):
        discover()
