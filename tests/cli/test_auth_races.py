"""Many processes refresh one expired token, and the refreshing one is killed at any point."""

import os
import random
import signal
import sys
import time
from collections import Counter

import pytest

from connectors_cli.__main__ import main
from connectors_cli.store.write import leases
from support.oauth_connectors import end_soon, shown, store, token
from support.processes import finish, fork

if sys.platform != "linux":
    pytest.skip("how processes ended is seen as Linux lets one", allow_module_level=True)
_ENDED = os.WEXITED | os.WNOHANG | os.WNOWAIT
LONGEST = 0.4
"""The latest moment in seconds to kill a process after it took the lease."""

pytestmark = pytest.mark.slow


def kill_whoever_refreshes(children, seconds):
    """Kill the lease's holder after a delay; return its id, or None if all were faster."""
    while not any(os.waitid(os.P_PID, child, _ENDED) for child in children):
        with store() as db:
            row = db.execute("SELECT holder FROM leases").fetchone()
        if row is None:
            time.sleep(0.001)
            continue
        pid = int(row[0].split(":")[1])
        time.sleep(seconds)
        if os.waitid(os.P_PID, pid, _ENDED) is None:
            os.kill(pid, signal.SIGKILL)
            return pid
        return None
    return None


def race(number, seconds):
    """Let so many processes want the token; return how they ended, but for one that was killed.

    A victim that had ended by itself when the signal came counts as the others do.
    """
    end_soon()
    line = ["get", "news", "access_token", "--reveal"]
    children = [fork(lambda: main(line)) for _ in range(number)]
    victim = kill_whoever_refreshes(children, seconds)
    codes = {child: finish(child) for child in children}
    if victim is not None and codes[victim] == -signal.SIGKILL:
        del codes[victim]
    return codes.values()


@pytest.mark.parametrize(("number", "trials"), [(8, 6), (32, 2)])
def test_killed_refresh_loses_the_sign_in_only_if_its_answer_was_unsaved(
    run, news, server, number, trials
):
    chance = random.Random(number)
    for _ in range(trials):
        asked = len(server.forms("/token"))
        codes = race(number, chance.uniform(0, LONGEST))
        forms = server.forms("/token")[asked:]
        # one that was killed amid its request sent no token
        spent = Counter(form["refresh_token"] for form in forms if "refresh_token" in form)
        assert len(spent) == 1  # nobody refreshed what another one had just refreshed
        if max(spent.values()) == 1:
            assert set(codes) == {0}
            assert server.accepts(token(run))
            assert shown(run)["status"] == "active"
        else:  # the service answered the one that was killed: it has spent the token
            assert set(codes) == {9}
            assert run("auth", "login", news, "--method", "browser").code == 0
    with store() as db:
        assert db.execute("SELECT COUNT(*) FROM leases").fetchone() == (0,)


def test_lease_of_a_zombie_process_is_free(ws):
    pid = fork(lambda: leases.acquire(ws.store, "work") is None)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert leases.acquire(ws.store, "work") is not None
    assert finish(pid) == 0
