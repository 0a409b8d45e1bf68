"""What tests of documents share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def demo_photos(shared_data: Path) -> list[bytes]:
    """Nine rendered photos of equipment, as JPEG bytes."""
    return [path.read_bytes() for path in sorted((shared_data / "demo-photos").glob("*.jpg"))]
