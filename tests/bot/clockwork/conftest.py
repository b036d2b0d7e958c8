from tests.memory.conftest import clock, scene, started_once

__all__ = ["clock", "scene", "started_once"]
