"""A hub on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from syndicate.store.database import Database
from tests.partner.hub.desk import Desk, a_desk


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_desk(db, tmp_path) as found:
        yield found
