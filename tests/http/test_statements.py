"""The centre's check of a signed statement against its signature's own record."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from server.centre import Centre, open_centre
from server.demo import seed
from server.domain import statements
from server.ingest import new_id
from server.settings import Settings
from server.store import records


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    centre = open_centre(Settings(data=tmp_path_factory.mktemp("demo") / "data"))
    seed(centre)
    yield centre
    centre.close()


def test_the_demo_signature_stands(demo: Centre) -> None:
    (signature,) = records.all_of(demo.reader(), "signature")
    assert signature.doc["verified"] == "match"
    assert statements.check(demo.reader(), demo.blobs.read(signature.doc["statement"]), signature) == ""


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"round": new_id()}, "another round"),
        ({"site": new_id()}, "another site"),
        ({"outcome": "refused"}, "another outcome"),
        ({"signer": {"name": "王强", "role": ""}}, "another signer"),
    ],
)
def test_a_statement_under_a_signature_of_something_else_is_noticed(
    demo: Centre, changed: dict[str, Any], why: str
) -> None:
    (signature,) = records.all_of(demo.reader(), "signature")
    other = msgspec.structs.replace(signature, doc=signature.doc | changed)
    assert why in statements.check(demo.reader(), demo.blobs.read(signature.doc["statement"]), other)
