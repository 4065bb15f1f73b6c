"""What is kept: whole or not there."""

from __future__ import annotations

import errno
import logging
from pathlib import Path

import pytest

from trafficopt.batch import store as store_module
from trafficopt.batch.disk import remove_parts
from trafficopt.batch.store import Store
from trafficopt.batch.tasks import Ending, Outcome

KEY = "0123456789abcdef"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "done", tmp_path / "outputs")


def outcome(**outputs: bytes) -> Outcome:
    return Outcome(KEY, Ending.DONE, {"figures": {"mean_delay_s": 12.5}}, outputs)


def test_what_is_put_is_got(store: Store) -> None:
    assert store.get(KEY) is None
    store.put(outcome(links=b"a,b\n"))
    found = store.get(KEY, ("links",))
    assert found is not None
    assert found["figures"] == {"mean_delay_s": 12.5}
    assert store.output(KEY, "links").read_bytes() == b"a,b\n"


def test_an_output_that_is_not_there_makes_the_entry_wanting(store: Store) -> None:
    store.put(outcome())
    assert store.get(KEY) is not None
    assert store.get(KEY, ("links",)) is None
    store.put(outcome(links=b"x"))
    store.output(KEY, "links").unlink()
    assert store.get(KEY, ("links",)) is None


def test_a_damaged_output_is_told(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    store.put(outcome(links=b"whole"))
    store.output(KEY, "links").write_bytes(b"whol")
    assert store.get(KEY) is not None
    assert store.get(KEY, ("links",)) is None
    assert f"{store.output(KEY, 'links')} is damaged" in caplog.text


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "binary", "swapped"])
def test_a_damaged_entry_is_told_and_not_there(
    store: Store, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    store.put(outcome())
    (path,) = store.folder.glob("*/*.json")
    whole = path.read_bytes()
    checksum, _, content = whole.partition(b"\n")
    path.write_bytes(
        {
            "cut": whole[:-5],
            "flipped": whole.replace(b"12.5", b"12.6"),
            "empty": b"",
            "binary": bytes(range(256)),
            "swapped": content + checksum,
        }[damage]
    )
    with caplog.at_level(logging.WARNING):
        assert store.get(KEY) is None
    assert f"{path} is damaged: it is made again" in caplog.text


def test_a_full_disk_leaves_nothing_half_written(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(outcome())
    before = {path: path.read_bytes() for path in store.folder.rglob("*") if path.is_file()}
    real = store_module.write_whole_bytes

    def full(path: Path, content: bytes) -> None:
        if path.suffix == ".json":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, content)

    monkeypatch.setattr(store_module, "write_whole_bytes", full)
    with pytest.raises(OSError, match="No space"):
        store.put(outcome(links=b"new"))
    assert {path: path.read_bytes() for path in store.folder.rglob("*") if path.is_file()} == before
    assert store.get(KEY, ("links",)) is None


def test_parts_of_a_killed_batch_are_removed(store: Store) -> None:
    store.put(outcome(links=b"x"))
    part = store.folder / KEY[:2] / f".{KEY}.json.abc.part"
    part.write_bytes(b"half")
    remove_parts(store.folders())
    assert not part.exists()
    assert store.get(KEY, ("links",)) is not None
