from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sync import canonical, statement
from sync.chain import genesis, link, log_head, name, unb64
from tests import vectormaker

VECTORS = Path(__file__).parent.parent / "vectors"


def read(file: str) -> Any:
    return msgspec.json.decode((VECTORS / f"{file}.json").read_bytes())[file]


def test_vectors_are_what_the_code_makes(tmp_path: Path) -> None:
    vectormaker.main(tmp_path)
    for file in sorted(tmp_path.iterdir()):
        assert file.read_bytes() == (VECTORS / file.name).read_bytes(), f"{file.name}: bytes that must never change"


def test_chain_leads_from_genesis_to_the_last_op() -> None:
    chain = read("chain")
    h, log = genesis(chain["centre"], chain["install"], unb64(chain["spki"])), bytes(32)
    assert h.hex() == chain["genesis"]
    for op in chain["ops"]:
        pc = sha256(unb64(op["salt"]) + op["payload"].encode()).digest()
        h = link(h, sha256(op["header"].encode()).digest(), pc)
        log = log_head(log, op["seq"], h, op["verdict"])
        assert (h.hex(), name(h), log.hex()) == (op["h"], op["name"], op["log_head"])


@pytest.mark.parametrize("value", [1.5, 2**53, -(2**53), "\ud800", {1, 2}, b"x", {"a": 0.0}])
def test_canonical_json_refuses_what_has_no_form(value: object) -> None:
    with pytest.raises(ValueError, match="canonical JSON"):
        canonical.encode(value)


class TestStatement:
    author, sources = vectormaker.sample()
    load = staticmethod(vectormaker.loader(author))

    def frame(self, lang: str = "zh") -> bytes:
        return next(item["text"].encode() for item in read("statement") if item["lang"] == lang)

    def test_verifies_from_its_own_references_alone(self) -> None:
        for lang in ("zh", "en"):
            assert statement.verify(self.frame(lang), self.load, vectormaker.CENTRE).lang == lang

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("43.50", "43.5"),
            ("房间锁着", "房间开着"),
            ("正常", "异常"),
            ('"unit":"°C"', '"unit":"K"'),
            ("李伟", "王伟"),
            ("刚清洁过", "刚清洁"),
            ('"v":1', '"v":2'),
            ('"kind":"round"', '"kind": "round"'),
        ],
    )
    def test_a_changed_word_is_noticed(self, before: str, after: str) -> None:
        text = self.frame().decode()
        assert before in text
        with pytest.raises(statement.Mismatch):
            statement.verify(text.replace(before, after, 1).encode(), self.load, vectormaker.CENTRE)

    def test_no_line_can_be_left_out(self) -> None:
        given = statement.read(self.frame())
        unnoticed = []
        for index in range(4, len(given.lines)):
            cut = msgspec.structs.replace(given, lines=given.lines[:index] + given.lines[index + 1 :])
            try:
                statement.verify(statement.write(cut), self.load, vectormaker.CENTRE)
                unnoticed.append(given.lines[index].f)
            except statement.Mismatch:
                pass
        # Registry lines are shown as far as known on the phone; what was found can never be left out.
        assert set(unnoticed) <= {*statement.ASSET_FIELDS}

    def test_a_photo_cannot_be_left_out(self) -> None:
        given = statement.read(self.frame())
        with pytest.raises(statement.Mismatch):
            statement.verify(statement.write(msgspec.structs.replace(given, photos=[])), self.load, vectormaker.CENTRE)

    def test_translation_is_what_the_other_language_would_have_been(self) -> None:
        translated = statement.translate(self.frame("zh"), self.load, "en")
        assert statement.write(translated) == self.frame("en")

    def forged(self, **changes: Any) -> bytes:
        """A statement whose lines are all true to their ops, but put together from ops that do not belong together."""
        frame = statement.read(self.frame())
        first, *rest = self.sources.inspections
        inspected = {key: changes.pop(key) for key in list(changes) if key in ("asset", "title", "items", "last")}
        sources = msgspec.structs.replace(
            self.sources, inspections=(msgspec.structs.replace(first, **inspected), *rest), **changes
        )
        return statement.write(statement.build(sources, self.load, frame))

    @pytest.mark.parametrize("what", ["asset", "last", "checklist", "round", "site"])
    def test_lines_of_another_thing_are_noticed(self, what: str) -> None:
        first, second, _ = self.sources.inspections
        author = vectormaker.Author()
        author.ops, author.previous = list(self.author.ops), self.author.previous
        others = {
            "checklist": author.act("checklist", vectormaker.uuid("other"), {"title": {"zh": "另一张"}, "items": self.items()}),
            "round": author.act("round", vectormaker.uuid("other round"), {"site": vectormaker.uuid("site"), "title": "别的巡检", "assets": []}),
            "site": author.act("site", vectormaker.uuid("other site"), {"customer": vectormaker.uuid("customer"), "name": "别处"}),
        }  # fmt: skip
        load = vectormaker.loader(author)
        changes: dict[str, Any] = {
            "asset": {"asset": second.asset},
            "last": {"last": second.op},
            "checklist": {"title": others["checklist"].name, "items": others["checklist"].name},
            "round": {"round": others["round"].name},
            "site": {"site": others["site"].name},
        }[what]
        self.load = load  # type: ignore[method-assign]
        with pytest.raises(statement.Mismatch, match="another"):
            statement.verify(self.forged(**changes), load, vectormaker.CENTRE)
        assert first.asset != second.asset

    def items(self) -> list[dict[str, Any]]:
        """The sample checklist's items."""
        op = next(op for op in self.author.ops if b'"k":"checklist"' in (op.header or b""))
        return msgspec.json.decode(op.payload or b"{}")["v"]["items"]
