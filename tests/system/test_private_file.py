"""Private files: what killed processes left of them is removed, and what is being written stays."""

import os

import pytest

from connectors_cli.errors import Conflict
from connectors_cli.system import private_file

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks of files are POSIX's")
LEFT = ".out.0123abcd.part"


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def test_the_next_write_removes_what_a_killed_process_left(out):
    left = out.parent / LEFT
    left.write_text("whole, but without its name")
    others = [out.parent / name for name in (".out.part", ".other.0123abcd.part", "0123abcd.part")]
    for other in others:
        other.write_text("not ours")
    private_file.write(str(out), ["new"])
    assert out.read_text() == "new"
    assert not left.exists()
    assert all(other.exists() for other in others)


def test_what_another_process_is_writing_stays(out):
    import fcntl

    left = out.parent / LEFT
    descriptor = os.open(left, os.O_CREAT | os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    private_file.write(str(out), ["new"])
    assert left.exists()
    os.close(descriptor)
    private_file.write(str(out), ["newer"])
    assert not left.exists()


def test_a_link_is_never_followed(out, tmp_path):
    (tmp_path / "target").write_text("mine")
    (out.parent / LEFT).symlink_to(tmp_path / "target")
    private_file.write(str(out), ["new"])
    assert (tmp_path / "target").read_text() == "mine"


@pytest.mark.parametrize("there", [False, True])
def test_a_file_is_new_or_replaced_and_nothing_else_is_left(out, there):
    if there:
        out.write_text("older")
        with pytest.raises(Conflict):
            private_file.write(str(out), ["new"], replace=False)
        assert out.read_text() == "older"
    private_file.write(str(out), ["new"], replace=there)
    assert out.read_text() == "new"
    assert os.listdir(out.parent) == ["out"]
    assert os.stat(out).st_mode & 0o777 == 0o600


def test_one_that_is_being_written_keeps_no_other_from_being_removed(out):
    import fcntl

    parts = sorted(out.parent / f".out.{n:08x}.part" for n in range(6))
    descriptors = [os.open(part, os.O_CREAT | os.O_RDWR) for part in parts]
    for descriptor in descriptors[::2]:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    for descriptor in descriptors[1::2]:
        os.close(descriptor)
    private_file.write(str(out), ["new"])
    assert sorted(out.parent.glob(".out.*.part")) == parts[::2]
    for descriptor in descriptors[::2]:
        os.close(descriptor)
