"""Kills before a certain system call: each is before the call that is meant."""

import os

import pytest

from killing import can_trace, changes_of, kill_at_call

pytestmark = pytest.mark.skipif(not can_trace(), reason="no strace here that may trace processes")


def test_work_is_killed_before_each_of_its_calls(tmp_path):
    def work() -> int:
        for name in ("a", "b"):
            os.write(1, name.encode())
            os.mkdir(tmp_path / name)
            os.rmdir(tmp_path / name)
        os.write(1, b"c")
        return 0

    calls = changes_of(work, tmp_path)
    assert calls == ["write", "mkdir", "write", "mkdir", "write"]
    told = []
    for number in range(1, len(calls) + 1):
        out = tmp_path / f"out-{number}"
        assert kill_at_call(work, calls, number, str(out)) == -9
        told.append(out.read_text())
        for name in ("a", "b"):
            (tmp_path / name).rmdir() if (tmp_path / name).exists() else None
    assert told == ["", "a", "a", "ab", "ab"]
