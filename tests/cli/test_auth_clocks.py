"""Sign-in with a clock that is wrong by decades: no overflow, no token wasted."""

import json
import sys

import pytest

from support.oauth_connectors import column, end_soon, token

if sys.platform != "linux":
    pytest.skip("the clock is set as Linux lets one", allow_module_level=True)

pytestmark = pytest.mark.slow

EARLY = ("1970-01-02 00:00:00", "2001-01-01 00:00:00")
LATE = ("2038-01-20 00:00:00", "2107-01-01 00:00:00")


@pytest.mark.parametrize("date", ["1969-06-01 00:00:00", *EARLY, *LATE])
def test_refreshable_sign_in_stays_valid_whatever_the_clock(at, news, date):
    done = at(f"@{date}", "auth", "status", news, "--within", "7d", "--json")
    (found,) = json.loads(done.stdout)["results"]
    assert (done.returncode, found["state"], found["expires_at"]) == (0, "signed_in", column(news))


@pytest.mark.parametrize(("date", "state"), [(EARLY[1], "signed_in"), (LATE[1], "expired")])
def test_sign_in_without_refresh_expires_by_the_clock(at, run, news, date, state):
    assert run("edit", news, "--unset", "refresh_token").code == 0
    done = at(f"@{date}", "auth", "status", news, "--json")
    assert json.loads(done.stdout)["results"][0]["state"] == state


@pytest.mark.parametrize("date", [*EARLY, *LATE])
def test_token_expires_one_hour_after_the_current_clock(at, run, news, server, date):
    done = at(f"@{date}", "auth", "refresh", news)
    assert done.returncode == 0, done.stderr
    assert column(news).startswith(date.replace(" 00:", "T01:")[:15])
    end_soon(at="2001-01-01T00:00:00.000000Z")
    assert server.accepts(token(run))
    assert not any(one.revoked for one in server.tokens)


@pytest.mark.parametrize("date", [*EARLY, *LATE])
def test_test_refreshes_tokens_that_expired_by_the_clock(at, news, server, date):
    done = at(f"@{date}", "test", news, "--json")
    (found,) = json.loads(done.stdout)["results"]
    assert (done.returncode, found["state"]) == (0, "ok"), found
    assert server.requests["token:refresh_token"] == (date in LATE)


@pytest.mark.parametrize(
    "line", [("auth", "refresh", "news"), ("auth", "login", "news", "--method", "browser")]
)
def test_before_1970_no_token_is_requested(at, run, news, server, line):
    before, asked = column(news, "auth"), server.requests.total()
    done = at("@1969-06-01 00:00:00", *line)
    assert done.returncode == 1
    assert "the system clock is before 1970" in done.stdout + done.stderr
    assert (column(news, "auth"), server.requests.total()) == (before, asked)
    assert server.accepts(token(run))
