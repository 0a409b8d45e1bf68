import errno
import hashlib
import os
import threading
from pathlib import Path

import pytest

from server.errors import Problem
from server.media import blobs as blobs_module
from server.media.blobs import MAX_BYTES, Blobs

CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()
PHONE = "AAAAAAAAAAAAAAAAAAAAAA"
OTHER = "BBBBBBBBBBBBBBBBBBBBBB"


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path, reserve_bytes=0)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_put_bytes_are_found_under_their_hash(blobs: Blobs, tmp_path: Path) -> None:
    assert blobs.put(CONTENT) == SHA256
    assert blobs.put(CONTENT) == SHA256
    assert files(tmp_path) == [f"blobs/{SHA256[:2]}/{SHA256[2:4]}/{SHA256}"]
    assert blobs.exists(SHA256)
    assert blobs.size(SHA256) == len(CONTENT)
    assert blobs.read(SHA256) == CONTENT
    assert list(blobs.all()) == [SHA256]


def test_unknown_blobs_are_named_in_the_error(blobs: Blobs) -> None:
    for call in (blobs.open, blobs.read, blobs.size):
        with pytest.raises(Problem, match="blob_unknown"):
            call(SHA256)
    assert not blobs.exists(SHA256)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", SHA256.upper(), SHA256[:-1], SHA256 + "0", "\0" * 64])
def test_an_address_that_is_no_hash_reaches_no_file(blobs: Blobs, name: str) -> None:
    with pytest.raises(Problem, match="blob_unknown"):
        blobs.exists(name)
    with pytest.raises(Problem, match="blob_unknown"):
        blobs.append(PHONE, name, 0, b"x", 1)
    with pytest.raises(Problem, match="blob_unknown"):
        blobs.append("../x", SHA256, 0, b"x", 1)


def test_an_upload_in_pieces_becomes_whole_with_its_last_byte(blobs: Blobs, tmp_path: Path) -> None:
    length = len(CONTENT)
    assert not blobs.append(PHONE, SHA256, 0, CONTENT[:1000], length).whole
    assert blobs.offset(PHONE, SHA256) == 1000
    assert not blobs.exists(SHA256)
    last = blobs.append(PHONE, SHA256, 1000, CONTENT[1000:], length)
    assert (last.whole, last.offset) == (True, length)
    assert blobs.read(SHA256) == CONTENT
    assert files(tmp_path) == [f"blobs/{SHA256[:2]}/{SHA256[2:4]}/{SHA256}"]


def test_an_upload_goes_on_only_from_where_it_stands(blobs: Blobs) -> None:
    blobs.append(PHONE, SHA256, 0, CONTENT[:1000], len(CONTENT))
    for offset in (0, 999, 1001):
        with pytest.raises(Problem) as caught:
            blobs.append(PHONE, SHA256, offset, CONTENT[offset : offset + 10], len(CONTENT))
        assert caught.value.code == "blob_offset"
        assert caught.value.params["expected"] == 1000
    assert blobs.offset(PHONE, SHA256) == 1000


def test_uploads_of_two_installs_do_not_touch_each_other(blobs: Blobs) -> None:
    blobs.append(PHONE, SHA256, 0, CONTENT[:1000], len(CONTENT))
    assert blobs.offset(OTHER, SHA256) == 0
    with pytest.raises(Problem, match="blob_checksum"):
        blobs.append(OTHER, SHA256, 0, b"\0" * len(CONTENT), len(CONTENT))
    assert blobs.append(PHONE, SHA256, 1000, CONTENT[1000:], len(CONTENT)).whole
    assert blobs.append(OTHER, SHA256, 0, CONTENT, len(CONTENT)).whole
    assert blobs.read(SHA256) == CONTENT


def test_a_wrong_hash_empties_the_upload(blobs: Blobs, tmp_path: Path) -> None:
    bad = b"\1" + CONTENT[1:]
    blobs.declare(PHONE, SHA256, len(bad))
    with pytest.raises(Problem) as caught:
        blobs.append(PHONE, SHA256, 0, bad, len(bad))
    assert caught.value.code == "blob_checksum"
    assert caught.value.params == {"actual": hashlib.sha256(bad).hexdigest(), "expected": SHA256}
    assert files(tmp_path) == []
    assert blobs.offset(PHONE, SHA256) == 0


def test_no_byte_past_the_length_is_taken(blobs: Blobs) -> None:
    with pytest.raises(Problem, match="too_large"):
        blobs.append(PHONE, SHA256, 0, CONTENT, len(CONTENT) - 1)
    with pytest.raises(Problem, match="too_large"):
        blobs.append(PHONE, SHA256, 0, CONTENT, MAX_BYTES + 1)
    with pytest.raises(Problem, match="too_large"):
        blobs.declare(PHONE, SHA256, 5_000_001)
    assert blobs.offset(PHONE, SHA256) == 0


def test_a_declared_length_is_remembered_until_the_blob_is_whole(blobs: Blobs, tmp_path: Path) -> None:
    assert blobs.declared(PHONE, SHA256) is None
    blobs.declare(PHONE, SHA256, len(CONTENT))
    assert Blobs(tmp_path).declared(PHONE, SHA256) == len(CONTENT)
    blobs.append(PHONE, SHA256, 0, CONTENT, len(CONTENT))
    assert blobs.declared(PHONE, SHA256) is None


def test_a_full_disk_loses_nothing_and_the_upload_goes_on_later(
    blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    length = len(CONTENT)
    blobs.append(PHONE, SHA256, 0, CONTENT[:1000], length)
    write = os.write

    def half_then_full(handle: int, content: memoryview) -> int:
        if len(content) > 500:
            return write(handle, content[:500])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(blobs_module.os, "write", half_then_full)
    with pytest.raises(Problem, match="disk_full"):
        blobs.append(PHONE, SHA256, 1000, CONTENT[1000:2000], length)
    monkeypatch.undo()
    assert blobs.offset(PHONE, SHA256) == 1000
    assert blobs.append(PHONE, SHA256, 1000, CONTENT[1000:], length).whole


@pytest.mark.parametrize("failing", ["mkdir", "rename"])
def test_a_disk_that_fills_at_the_last_step_leaves_the_upload_where_it_was(
    blobs: Blobs, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    length = len(CONTENT)
    blobs.append(PHONE, SHA256, 0, CONTENT[:1000], length)

    def full(*args: object, **named: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        if failing == "rename":
            patched.setattr(Path, "rename", full)
        else:
            mkdir = Path.mkdir
            patched.setattr(
                Path, "mkdir", lambda path, **named: mkdir(path, **named) if "partial" in path.parts else full()
            )
        with pytest.raises(Problem, match="disk_full"):
            blobs.append(PHONE, SHA256, 1000, CONTENT[1000:], length)
    assert not blobs.exists(SHA256)
    assert blobs.offset(PHONE, SHA256) == 1000
    assert blobs.append(PHONE, SHA256, 1000, CONTENT[1000:], length).whole


def test_uploads_leave_a_reserve_of_the_disk(tmp_path: Path) -> None:
    Blobs(tmp_path, reserve_bytes=0).check_room(1)
    with pytest.raises(Problem, match="disk_full"):
        Blobs(tmp_path, reserve_bytes=1 << 60).check_room(1)


def test_an_upload_whose_last_byte_came_just_before_a_crash_is_stored_later(blobs: Blobs, tmp_path: Path) -> None:
    folder = tmp_path / "partial" / PHONE
    folder.mkdir()
    (folder / SHA256).write_bytes(CONTENT)
    assert not blobs.exists(SHA256)
    assert blobs.settle(PHONE, SHA256, len(CONTENT)).whole
    assert blobs.read(SHA256) == CONTENT


def test_racing_uploads_of_one_install_never_interleave(blobs: Blobs) -> None:
    length = len(CONTENT)
    done: list[bool] = []
    problems: set[str] = set()

    def send() -> None:
        while not blobs.exists(SHA256):
            offset = blobs.offset(PHONE, SHA256)
            try:
                done.append(blobs.append(PHONE, SHA256, offset, CONTENT[offset : offset + 64], length).whole)
            except Problem as problem:
                problems.add(problem.code)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert blobs.read(SHA256) == CONTENT
    assert any(done)
    assert problems <= {"blob_offset", "too_large"}
