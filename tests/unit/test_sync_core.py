"""The exchange of one request, on the reference store and on SQLite alike. Numbers are the promises of docs/protocol.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.ingest import new_id
from sync import wire
from sync.ops import Group
from sync.wire import SyncError
from tests.centres import Centre, MemoryCentre, SqliteCentre


@pytest.fixture(params=["memory", "sqlite"])
def centre(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Centre]:
    made = MemoryCentre() if request.param == "memory" else SqliteCentre(tmp_path)
    yield made.furnish()
    if isinstance(made, SqliteCentre):
        made.close()


def verdicts(answer: dict[str, Any]) -> list[str]:
    return [run["v"] for run in answer["verdicts"] for _ in range(run.get("count", 1))]


def codes(answer: dict[str, Any]) -> list[str]:
    return [run.get("code", "") for run in answer["verdicts"]]


def asset(centre: Centre, **values: Any) -> dict[str, Any]:
    return {"site": centre.site_a, "customer": centre.customer, "name": "台式机", **values}


def test_an_op_is_in_the_log_once_however_often_it_is_sent(centre: Centre) -> None:
    """Promise 1."""
    ann = centre.phone(centre.ann)
    ann.act("asset", new_id(), asset(centre, serial="PF2X"))
    first = msgspec.json.decode(centre.sync(ann.request()))
    state = centre.state()
    for _ in range(3):
        assert msgspec.json.decode(centre.sync(ann.request()))["verdicts"] == first["verdicts"]
    assert centre.state() == state
    assert first["have"] == [{"n": 1, "h": ann.tip.hex()}]


def test_a_second_phone_of_the_site_pulls_what_the_first_pushed(centre: Centre) -> None:
    """Promise 2."""
    ann, bob = centre.phone(centre.ann), centre.phone(centre.bob)
    id = new_id()
    ann.act("asset", id, asset(centre, code="D010210-001"))
    assert verdicts(centre.exchange(ann)) == ["applied"]
    centre.exchange(bob)
    assert bob.rows[id]["v"] == ann.rows[id]["v"] == asset(centre, code="D010210-001")


def test_two_values_of_one_field_are_kept_for_people(centre: Centre) -> None:
    """Promise 3."""
    ann, bob = centre.phone(centre.ann), centre.phone(centre.bob)
    id = new_id()
    first = ann.act("asset", id, asset(centre, serial="A"))
    centre.exchange(ann)
    ann.act("asset", id, {"serial": "B"}, {"serial": first.name})
    bob.act("asset", id, {"serial": "C"}, {"serial": first.name})
    assert verdicts(centre.exchange(ann))[-1] == "applied"
    assert verdicts(centre.exchange(bob)) == ["conflict"]
    conflict = next(row["v"] for row in bob.rows.values() if row["k"] == "conflict")
    assert (conflict["winner"]["value"], [side["value"] for side in conflict["losers"]]) == ('"C"', ['"B"'])
    assert {conflict["winner"]["user"], conflict["losers"][0]["user"]} == {centre.ann, centre.bob}
    ann.act("asset", id, {"serial": "D"}, {"serial": ann.ops[-1].name})
    centre.exchange(ann)
    open_conflicts = [values for kind, values, _, _ in centre.state().values() if kind == "conflict"]
    assert len(open_conflicts) == 1
    assert [side["value"] for side in open_conflicts[0]["losers"]] == ['"C"']


def test_equal_values_are_no_conflict(centre: Centre) -> None:
    ann, bob = centre.phone(centre.ann), centre.phone(centre.bob)
    id = new_id()
    ann.act("asset", id, asset(centre, serial="A"))
    centre.exchange(ann)
    bob.act("asset", id, {"serial": "A"})
    assert verdicts(centre.exchange(bob)) == ["noop"]


def test_a_round_goes_legal_ways_only_and_keeps_the_evidence(centre: Centre) -> None:
    """Promise 4."""
    ann = centre.phone(centre.ann)
    centre.exchange(ann)
    round_, device = new_id(), new_id()
    ann.act("asset", device, asset(centre))
    ann.act("round", round_, {"site": centre.site_a, "title": "11 月", "assets": [device], "status": ["", "active"]})
    ann.act("round", round_, {"status": ["active", "signed"]})
    ann.act("round", round_, {"status": ["active", "cancelled"], "note": "evidence"})
    assert verdicts(centre.exchange(ann)) == ["applied", "applied", "applied", "disputed"]
    assert centre.state()[round_][1]["status"] == "signed"
    assert centre.state()[round_][1]["note"] == "evidence"


def test_pages_of_any_size_miss_nothing(centre: Centre) -> None:
    """Promise 7."""
    ann, bob = centre.phone(centre.ann), centre.phone(centre.bob)
    for n in range(23):
        ann.act("asset", new_id(), asset(centre, name=f"{n}"))
    centre.exchange(ann)
    centre.exchange(bob, page_rows=4)
    assert {id for id, row in bob.rows.items() if row["k"] == "asset"} == {
        id for id, row in ann.rows.items() if row["k"] == "asset"
    }
    assert centre.exchange(bob)["pages"] == []


def test_a_foreign_site_is_neither_read_nor_written(centre: Centre) -> None:
    """Promise 8."""
    ann, eve = centre.phone(centre.ann), centre.phone(centre.eve)
    id = new_id()
    ann.act("asset", id, asset(centre))
    centre.exchange(ann)
    eve.act("asset", id, {"name": "mine"})
    eve.act("asset", new_id(), asset(centre))
    eve.act("asset", new_id(), {"site": centre.site_b, "parent": id})
    eve.act("asset", new_id(), {"site": centre.site_b, "name": "fine"})
    answer = centre.exchange(eve)
    assert verdicts(answer) == ["parked", "parked", "parked", "applied"]
    assert codes(answer)[0] == "forbidden"
    assert id not in eve.rows
    assert centre.site_a not in eve.rows
    assert not any(scope.endswith(centre.site_a) for scope in eve.cursors)


def test_a_moved_asset_leaves_the_old_site(centre: Centre) -> None:
    """Promise 8."""
    ann, eve = centre.phone(centre.ann), centre.phone(centre.eve)
    id = new_id()
    ann.act("asset", id, asset(centre))
    centre.exchange(ann)
    centre.write(("asset", id, {"site": centre.site_b}))
    centre.exchange(ann)
    centre.exchange(eve)
    assert ann.rows[id].get("gone") == 1
    assert eve.rows[id]["v"]["site"] == centre.site_b


def test_a_copied_phone_is_two_phones(centre: Centre) -> None:
    """Promise 10."""
    ann = centre.phone(centre.ann)
    ann.act("asset", new_id(), asset(centre))
    fork = ann.tip, list(ann.ops)
    one = ann.act("asset", new_id(), asset(centre, name="one"))
    centre.exchange(ann)
    ann.tip, ann.ops = fork
    two = ann.act("asset", new_id(), asset(centre, name="two"))
    answer = centre.exchange(ann)
    assert verdicts(answer) == ["applied", "applied"]
    assert {(tip["n"], tip["h"]) for tip in answer["have"]} == {
        (1, ann.ops[0].h.hex()), (2, one.h.hex()), (2, two.h.hex())
    }  # fmt: skip


def test_ops_past_a_gap_are_not_taken(centre: Centre) -> None:
    ann = centre.phone(centre.ann)
    for n in range(3):
        ann.act("asset", new_id(), asset(centre, name=f"{n}"))
    answer = msgspec.json.decode(centre.sync(ann.request(ann.ops[1:])))
    assert (answer["gap"], answer["have"], answer["verdicts"]) == (True, [], [])
    centre.sync(ann.request(ann.ops[:1]))
    answer = msgspec.json.decode(centre.sync(ann.request(ann.ops[2:])))
    assert (answer["gap"], [tip["n"] for tip in answer["have"]]) == (True, [1])


def test_a_bad_op_is_parked_and_those_behind_it_go_on(centre: Centre) -> None:
    """Promise 13."""
    ann = centre.phone(centre.ann)
    good, orphan = new_id(), new_id()
    ann.act("asset", new_id(), asset(centre, colour="red"))
    ann.act("asset", new_id(), asset(centre, value="1,5"))
    ann.act("spaceship", new_id(), {"name": "x"})
    ann.act("asset", orphan, {"name": "no site"})
    ann.act("asset", orphan, {"name": "depends"})
    ann.act("asset", new_id(), asset(centre, space=new_id()))
    ann.act(
        "photo", new_id(), {"site": centre.site_a, "blob": "0" * 64, "mime": "image/jpeg", "size": 1, "arrived_at": 1}
    )
    ann.act("asset", new_id(), asset(centre), user=centre.bob)
    ann.act("asset", good, asset(centre))
    answer = centre.exchange(ann)
    assert codes(answer) == [
        "unknown_field", "invalid", "unknown_kind", "missing", "depends", "unknown_reference", "forbidden", "unknown_author", "",
    ]  # fmt: skip
    assert verdicts(answer) == ["parked"] * 8 + ["applied"]
    assert good in ann.rows
    parked = [row["v"] for row in ann.rows.values() if row["k"] == "parked"]
    assert len(parked) == 7, "what was signed with somebody else's name is shown to them and the office, not to Ann"


def test_malformed_headers_and_payloads_are_parked(centre: Centre) -> None:
    ann = centre.phone(centre.ann)
    broken = ann.act("asset", new_id(), asset(centre))
    answer = None
    for header, payload in ((b"{", b"{}"), (broken.header, b'{"v":'), (broken.header, b"[]"), (b'{"n":1}', b"{}")):
        phone = centre.phone(centre.ann)
        line = msgspec.json.encode(
            {"h": (header or b"").decode(), "p": payload.decode(), "x": "AAAAAAAAAAAAAAAAAAAAAA"}
        )
        op = wire.read_op(line, install=phone.id, n=1, previous=phone.genesis)
        phone.ops, phone.tip = [op], op.h
        answer = centre.exchange(phone)
        assert (verdicts(answer), codes(answer)) == (["parked"], ["malformed"])


def test_a_group_applies_whole_or_not_at_all(centre: Centre) -> None:
    ann = centre.phone(centre.ann)
    one, two = new_id(), new_id()
    ann.act("asset", one, asset(centre), group=Group(first=1, index=0, size=2))
    ann.act("asset", two, {"site": centre.site_b}, group=Group(first=1, index=1, size=2))
    answer = centre.exchange(ann)
    assert (verdicts(answer), codes(answer)) == (["parked", "parked"], ["group", "forbidden"])
    assert one not in centre.state()


def test_an_incomplete_group_waits_for_its_rest(centre: Centre) -> None:
    ann = centre.phone(centre.ann)
    one, two = new_id(), new_id()
    ann.act("asset", one, asset(centre), group=Group(first=1, index=0, size=2))
    ann.act("asset", two, asset(centre), group=Group(first=1, index=1, size=2))
    assert verdicts(msgspec.json.decode(centre.sync(ann.request(ann.ops[:1])))) == ["waiting"]
    assert one not in centre.state()
    assert verdicts(msgspec.json.decode(centre.sync(ann.request(ann.ops[1:])))) == ["applied"]
    assert {one, two} <= centre.state().keys()
    assert verdicts(msgspec.json.decode(centre.sync(ann.request()))) == ["applied", "applied"]


@pytest.mark.parametrize("key", ["code", "tokens"])
def test_two_assets_with_one_code_or_label_are_both_kept(centre: Centre, key: str) -> None:
    ann, bob = centre.phone(centre.ann), centre.phone(centre.bob)
    value = {"code": "D010210-009", "tokens": {"add": ["ABCDEFGH1234"]}}[key]
    one, two = new_id(), new_id()
    ann.act("asset", one, asset(centre, **{key: value}))
    bob.act("asset", two, asset(centre, **{key: value}))
    centre.exchange(ann)
    answer = centre.exchange(bob)
    assert (verdicts(answer), codes(answer)) == (["conflict"], ["clash"])
    clash = next(row["v"] for row in bob.rows.values() if row["k"] == "conflict")
    assert (clash["record"], clash["others"]) == (two, [one])
    assert {one, two} <= bob.rows.keys()


def test_two_inspections_of_one_asset_in_a_round_are_both_kept(centre: Centre) -> None:
    ann, bob = centre.phone(centre.ann), centre.phone(centre.bob)
    centre.exchange(ann)
    device, round_ = new_id(), new_id()
    ann.act("asset", device, asset(centre))
    ann.act("round", round_, {"site": centre.site_a, "title": "r", "assets": [device], "status": ["", "active"]})
    centre.exchange(ann)
    centre.exchange(bob)
    values = {"site": centre.site_a, "round": round_, "asset": device, "outcome": "skipped", "reason": "locked"}
    ann.act("inspection", new_id(), values)
    bob.act("inspection", new_id(), values)
    centre.exchange(ann)
    assert codes(centre.exchange(bob)) == ["clash"]


def test_permission_is_judged_at_the_base_of_the_author(centre: Centre) -> None:
    ann, late = centre.phone(centre.ann), centre.phone(centre.ann)
    centre.exchange(ann)
    old = ann.act("asset", new_id(), asset(centre))
    centre.write(("user", centre.ann, {"sites": {"del": [centre.site_a]}}))
    assert verdicts(centre.exchange(ann)) == ["applied"], "what she did while she was allowed counts"
    ann.act("asset", new_id(), asset(centre))
    assert verdicts(centre.exchange(ann))[-1] == "parked"
    centre.exchange(late)
    assert old.name not in str(late.rows)


def test_a_revoked_install_delivers_into_quarantine(centre: Centre) -> None:
    """Promise 15."""
    ann = centre.phone(centre.ann)
    centre.exchange(ann)
    if isinstance(centre, MemoryCentre):
        centre.store.installs[ann.id] = msgspec.structs.replace(centre.store.installs[ann.id], status="revoked")
    else:
        assert isinstance(centre, SqliteCentre)
        centre.db.writer.execute("UPDATE installs SET status = 'revoked' WHERE id = ?", (ann.id,))
    id = new_id()
    ann.act("asset", id, asset(centre))
    answer = centre.exchange(ann)
    assert (verdicts(answer), answer["session"], answer["pages"]) == (["quarantined"], False, [])
    assert id not in centre.state()


def test_without_a_session_there_is_no_pull(centre: Centre) -> None:
    ann, bob = centre.phone(centre.ann), centre.phone(centre.bob)
    for user, install in ((None, None), (centre.ann, bob.id)):
        answer = msgspec.json.decode(centre.sync(ann.request(pull=True), user, install))
        assert (answer["session"], answer["scopes"], answer["pages"]) == (False, [], [])


def test_a_cursor_of_another_log_begins_again(centre: Centre) -> None:
    ann = centre.phone(centre.ann)
    centre.exchange(ann)
    scope = f"site:{centre.site_a}"
    ann.cursors[scope] = (ann.cursors[scope][0] - 1, "AAAAAAAAAAAA")
    page = next(page for page in centre.exchange(ann)["pages"] if page["scope"] == scope)
    assert page["reset"]
    assert {row["r"] for row in page["rows"]} >= {centre.site_a, centre.room}


def test_a_request_that_is_not_the_installs_own_is_refused_whole(centre: Centre) -> None:
    ann, bob = centre.phone(centre.ann), centre.phone(centre.bob)
    ann.act("asset", new_id(), asset(centre))
    before = centre.state()
    forged = ann.request()
    lines = forged.split(b"\n")
    signature = bob.request().split(b"\n")[1]
    cases = {
        "sync_signature": b"\n".join([lines[0], signature, *lines[2:]]),
        "sync_chain": b"\n".join([*lines[:2], *lines[3:]]),
        "sync_malformed": b"\n".join([*lines[:2], b"{}"]),
        "centre_other": ann.request(centre="A" * 22),
        "install_unknown": ann.request(i="A" * 22),
        "too_large": b"\n".join([*lines[:2], *([b"{}"] * 1001)]),
    }
    for code, body in cases.items():
        with pytest.raises(SyncError) as caught:
            centre.sync(body)
        assert caught.value.code == code
    for body in (b"", b"\n", b"\xff\xfe", lines[0], b"[]\n[]\n"):
        with pytest.raises(SyncError, match="sync_malformed"):
            centre.sync(body)
    assert centre.state() == before


def test_rows_of_one_op_are_never_torn_apart_by_a_page(centre: Centre) -> None:
    """Promise 7: an op that loses two values makes two conflict records with one seq."""
    ann, bob = centre.phone(centre.ann), centre.phone(centre.bob)
    id = new_id()
    ann.act("asset", id, asset(centre, serial="A", asset_tag="A", code="A"))
    centre.exchange(ann)
    bob.act("asset", id, {"serial": "B", "asset_tag": "B", "code": "B"})
    assert verdicts(msgspec.json.decode(centre.sync(bob.request()))) == ["conflict"]
    centre.exchange(bob, page_rows=1)
    paths = {row["v"]["path"] for row in bob.rows.values() if row["k"] == "conflict"}
    assert paths == {"serial", "asset_tag", "code"}


def test_an_op_with_hostile_values_is_parked_and_blocks_nobody(centre: Centre) -> None:
    """Promise 13."""
    blob = "0" * 64
    hostile: list[tuple[str, dict[str, Any]]] = [
        ("user", {"name": "x", "role": "engineer", "sites": {"add": 5}}),
        ("user", {"name": "x", "role": "engineer", "sites": {"add": [5, None]}}),
        ("asset", asset(centre, tokens={"add": 7})),
        ("asset", asset(centre, code={"add": [1]})),
        ("photo", {"site": centre.site_a, "blob": blob, "mime": "image/jpeg", "size": 2**53 + 2}),
        ("photo", {"site": centre.site_a, "blob": [blob], "mime": "image/jpeg", "size": -1}),
        ("space", {"site": centre.site_a, "type": "room", "name": "x", "order": 10**30}),
        ("round", {"site": centre.site_a, "title": "x", "assets": {"add": 1}, "status": ["", 1]}),
    ]
    for kind, values in hostile:
        ann = centre.phone(centre.ann)
        ann.act(kind, new_id(), {}, blobs=[blob])
        op = ann.ops.pop()
        line = msgspec.json.decode(wire.write_op(op))
        line["p"] = msgspec.json.encode({"v": values}).decode()
        op = wire.read_op(msgspec.json.encode(line), install=ann.id, n=1, previous=ann.genesis)
        ann.ops, ann.tip = [op], op.h
        ann.act("asset", new_id(), asset(centre))
        assert verdicts(centre.exchange(ann)) == ["parked", "applied"], values


def test_numbers_beyond_the_safe_ones_are_refused_in_the_head(centre: Centre) -> None:
    ann = centre.phone(centre.ann)
    with pytest.raises(SyncError, match="sync_malformed"):
        centre.sync(ann.request([], n=10**30 - 1, **{"from": 10**30}))  # pyright: ignore[reportArgumentType]


def test_a_claim_given_up_earlier_in_a_batch_is_free(centre: Centre) -> None:
    ann = centre.phone(centre.ann)
    one, two = new_id(), new_id()
    ann.act("asset", one, asset(centre, code="X"))
    ann.act("asset", one, {"code": "Y"}, {"code": ann.ops[-1].name})
    ann.act("asset", two, asset(centre, code="X"))
    ann.act("asset.delete", two, {})
    ann.act("asset", new_id(), asset(centre, code="X"))
    assert verdicts(centre.exchange(ann)) == ["applied"] * 5


def test_a_clash_is_noticed_though_the_key_came_about_in_two_ops(centre: Centre) -> None:
    ann = centre.phone(centre.ann)
    one, two = new_id(), new_id()
    ann.act("asset", one, asset(centre, code="X"))
    centre.exchange(ann)
    ann.act("asset", two, {"site": centre.site_a, "code": "X"})
    ann.act("asset", two, {"customer": centre.customer})
    ann.act("asset", two, {"name": "innocent"})
    assert verdicts(centre.exchange(ann))[-3:] == ["applied", "conflict", "applied"]


def test_a_parked_group_leaves_its_claims_alone(centre: Centre) -> None:
    ann = centre.phone(centre.ann)
    one = new_id()
    ann.act("asset", one, asset(centre))
    centre.exchange(ann)
    ann.act("asset", one, {"code": "X"}, group=Group(first=2, index=0, size=2))
    ann.act("asset", new_id(), {"site": centre.site_b}, group=Group(first=2, index=1, size=2))
    ann.act("asset", new_id(), asset(centre, code="X"))
    assert verdicts(centre.exchange(ann))[-3:] == ["parked", "parked", "applied"]


def test_a_second_loser_in_one_batch_joins_the_open_conflict(centre: Centre) -> None:
    """Promise 3: the third value meets the second one only inside the batch."""
    ann, bob, shared = (
        centre.phone(centre.ann),
        centre.phone(centre.bob),
        centre.phone(centre.ann, centre.bob, centre.boss),
    )
    id = new_id()
    first = ann.act("asset", id, asset(centre, serial="A"))
    centre.exchange(ann)
    second = bob.act("asset", id, {"serial": "B"}, {"serial": None})
    centre.exchange(bob)
    shared.act("asset", id, {"serial": "C"}, {"serial": second.name}, user=centre.boss)
    shared.act("asset", id, {"serial": "D"}, {"serial": second.name}, user=centre.bob)
    assert verdicts(centre.exchange(shared)) == ["applied", "conflict"]
    conflict = next(values for kind, values, _, _ in centre.state().values() if kind == "conflict")
    assert {(side["user"], side["value"]) for side in conflict["losers"]} == {(centre.ann, '"A"'), (centre.boss, '"C"')}
    assert first.name in str(conflict)


def test_groups_that_wait_on_two_copies_of_a_phone_are_not_mixed(centre: Centre) -> None:
    """Promise 10."""
    ann = centre.phone(centre.ann)
    records = [[new_id(), new_id()], [new_id(), new_id()]]
    branches = []
    for pair in records:
        ann.tip, ann.ops = ann.genesis, []
        for index, record in enumerate(pair):
            ann.act("asset", record, asset(centre), group=Group(first=1, index=index, size=2))
        branches.append(list(ann.ops))
    for branch in branches:
        assert verdicts(msgspec.json.decode(centre.sync(ann.request(branch[:1])))) == ["waiting"]
    assert verdicts(msgspec.json.decode(centre.sync(ann.request(branches[0])))) == ["applied", "applied"]
    assert set(records[0]) <= centre.state().keys()
    assert not set(records[1]) & centre.state().keys()
    assert verdicts(msgspec.json.decode(centre.sync(ann.request(branches[1])))) == ["applied", "applied"]


def test_a_record_that_comes_back_has_one_row_in_its_scope(centre: Centre) -> None:
    ann = centre.phone(centre.ann)
    id = new_id()
    ann.act("asset", id, asset(centre))
    centre.exchange(ann)
    for site in (centre.site_b, centre.site_a, centre.site_b, centre.site_a):
        centre.write(("asset", id, {"site": site}))
    fresh = centre.phone(centre.ann)
    parsed = msgspec.json.decode(centre.sync(fresh.request([], pull=True), fresh.user, fresh.id))
    rows = [row for page in parsed["pages"] for row in page["rows"] if row["r"] == id]
    assert [row.get("gone") for row in rows] == [None]


def test_w_names_the_op_whose_full_hash_a_row_carries(centre: Centre) -> None:
    ann = centre.phone(centre.ann)
    id = new_id()
    photo = ann.act("photo", id, {"site": centre.site_a, "blob": "0" * 64, "mime": "image/jpeg", "size": 1})
    ann.act("photo.delete", id, {})
    assert verdicts(centre.exchange(ann)) == ["applied", "applied"]
    assert (ann.rows[id]["d"], ann.rows[id]["h"], ann.rows[id]["w"]) == (1, photo.h.hex(), photo.name)
