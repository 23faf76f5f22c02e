"""Probes of S3 against moto as a server that checks signatures: keys, policies, session tokens."""

import asyncio
import json
import os
import subprocess
import sys

import pytest

from connectors_cli.catalog.read import load
from connectors_cli.net.client import tls_context
from connectors_cli.net.templates import Values
from connectors_cli.probes.network import open_network
from connectors_cli.probes.run import run_probe

pytestmark = pytest.mark.slow

boto3 = pytest.importorskip("boto3")
pytest.importorskip("moto")
SERVER = """
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
input()
server.stop()
"""
BUCKET = "example-bucket"
MAY = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
MAY_NOT = {**MAY, "Effect": "Deny"}


def policy(statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_account(url):
    """Create a bucket, a user with access and one without, and a role with a session."""
    known = {"aws_access_key_id": "sample", "aws_secret_access_key": "sample-secret"}
    more = {"endpoint_url": url, "region_name": "us-east-1", **known}
    iam, sts, s3 = (boto3.client(name, **more) for name in ("iam", "sts", "s3"))
    found = {}
    for user, statement in (("alice", MAY), ("bob", MAY_NOT)):
        iam.create_user(UserName=user)
        key = iam.create_access_key(UserName=user)["AccessKey"]
        iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=policy(statement))
        found[user] = {
            "access_key_id": key["AccessKeyId"],
            "secret_access_key": key["SecretAccessKey"],
        }
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=policy(MAY))["Role"]["Arn"]
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=policy(MAY))
    s3.create_bucket(Bucket=BUCKET)
    session = sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    found["session"] = {
        "access_key_id": session["AccessKeyId"],
        "secret_access_key": session["SecretAccessKey"],
        "session_token": session["SessionToken"],
    }
    return found


@pytest.fixture(scope="module")
def storage():
    """The server's address and its accounts, which are created without a signature."""
    environ = {**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "10"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], env=environ, text=True, **pipes
    ) as process:
        url = f"http://127.0.0.1:{process.stdout.readline().strip()}"
        yield url, make_account(url)
        process.communicate("\n", timeout=20)


def check(storage, who, **changed):
    url, accounts = storage
    entry = load("s3")
    config = {"bucket": BUCKET, "endpoint": url, "region": "us-east-1"}
    auth = {**accounts[who], **changed}
    config |= {name: auth.pop(name) for name in tuple(auth) if name in config}

    async def whole():
        async with open_network(tls_context()) as network:
            values = Values(config, {n: v for n, v in auth.items() if v})
            return await run_probe(entry.key, entry.probe, values, network, 10)

    return asyncio.run(whole())


@pytest.mark.parametrize("who", ["alice", "session"])
def test_valid_signature_finds_the_bucket(storage, who):
    found = check(storage, who)
    assert (found.state, found.http_status, found.account.label) == ("ok", 200, BUCKET)


@pytest.mark.parametrize(
    ("who", "changed"),
    [
        ("alice", {"secret_access_key": "canary-wrong-secret"}),
        ("alice", {"access_key_id": "AKIAWRONGWRONGWRONG1"}),
        ("session", {"session_token": "canary-wrong-token"}),
        ("session", {"session_token": None}),
    ],
    ids=["secret", "key", "another token", "no token"],
)
def test_refused_signature_is_a_credentials_problem(storage, who, changed):
    found = check(storage, who, **changed)
    assert (found.state, found.fix.cure) == ("auth_failed", "credentials")
    assert "canary" not in found.message


def test_key_pair_that_may_not_list_is_good_and_may_still_write(storage):
    found = check(storage, "bob")
    assert found.state == "ok"
    assert "may not list the bucket" in found.message


def test_missing_bucket_is_a_settings_problem(storage):
    found = check(storage, "alice", bucket="another-bucket")
    assert (found.state, found.fix.cure) == ("invalid_config", "settings")


def test_fix_names_a_session_token_that_was_sent(storage):
    pair = ("access_key_id", "secret_access_key")
    found = check(storage, "session", session_token="canary-wrong-token")
    assert found.fix.fields == (*pair, "session_token")
    assert check(storage, "alice", secret_access_key="canary-wrong").fix.fields == pair
