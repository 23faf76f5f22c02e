"""Sign-ins under clocks that are wrong by decades: no end overflows, no token is spent in vain."""

import json
import sys

import pytest
from signed_in import column, end_soon, token

if sys.platform != "linux":
    pytest.skip("the clock is set as Linux lets one", allow_module_level=True)

EARLY = ("1970-01-02 00:00:00", "2001-01-01 00:00:00")
LATE = ("2038-01-20 00:00:00", "2107-01-01 00:00:00")


@pytest.mark.parametrize("date", ["1969-06-01 00:00:00", *EARLY, *LATE])
def test_what_refreshes_itself_is_signed_in_whatever_the_clock_says(at, news, date):
    done = at(f"@{date}", "auth", "status", news, "--within", "7d", "--json")
    (found,) = json.loads(done.stdout)["results"]
    assert (done.returncode, found["state"], found["expires_at"]) == (0, "signed_in", column(news))


@pytest.mark.parametrize(("date", "state"), [(EARLY[1], "signed_in"), (LATE[1], "expired")])
def test_what_does_not_is_by_the_clock(at, run, news, date, state):
    assert run("edit", news, "--unset", "refresh_token").code == 0
    done = at(f"@{date}", "auth", "status", news, "--json")
    assert json.loads(done.stdout)["results"][0]["state"] == state


@pytest.mark.parametrize("date", [*EARLY, *LATE])
def test_a_token_ends_an_hour_after_the_time_that_the_clock_says(at, run, news, server, date):
    done = at(f"@{date}", "auth", "refresh", news)
    assert done.returncode == 0, done.stderr
    assert column(news).startswith(date.replace(" 00:", "T01:")[:15])
    end_soon(at="2001-01-01T00:00:00.000000Z")
    assert server.accepts(token(run))
    assert not any(one.revoked for one in server.tokens)


@pytest.mark.parametrize("date", [*EARLY, *LATE])
def test_a_test_refreshes_what_the_clock_says_is_due_and_works(at, news, server, date):
    done = at(f"@{date}", "test", news, "--json")
    (found,) = json.loads(done.stdout)["results"]
    assert (done.returncode, found["state"]) == (0, "ok"), found
    assert server.requests["token:refresh_token"] == (date in LATE)


@pytest.mark.parametrize(
    "line", [("auth", "refresh", "news"), ("auth", "login", "news", "--method", "browser")]
)
def test_before_1970_the_service_is_not_asked_for_what_could_not_be_sealed(
    at, run, news, server, line
):
    before, asked = column(news, "auth"), server.requests.total()
    done = at("@1969-06-01 00:00:00", *line)
    assert done.returncode == 1
    assert "the system clock is before 1970" in done.stdout + done.stderr
    assert (column(news, "auth"), server.requests.total()) == (before, asked)
    assert server.accepts(token(run))
