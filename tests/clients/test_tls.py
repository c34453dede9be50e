"""`serve` with TLS and with signatures, called by boto3 over a socket."""

import json
import os
import socket
import ssl
import subprocess
import threading
from pathlib import Path
from urllib.request import urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, SSLError
from cryptography.hazmat.primitives import serialization

import programs
from beanpole.command import tls
from clients_environment import environment

KEY = ("--verify-signatures", "--access-key", "123456789012:secret")


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """The address and the certificate of a server that speaks TLS and checks signatures."""
    data = tmp_path_factory.mktemp("tls")
    command = ["serve", "--port", "0", "--speed", "instant"]
    command += ["--tls-self-signed", "--data", str(data), *KEY]
    process = programs.Program(command, stdout=subprocess.PIPE, text=True, env=environment())
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]
    assert url.startswith("https://127.0.0.1:")
    yield url, str(data / "tls" / "certificate.pem")
    process.terminate()
    assert process.wait(timeout=20) == 0
    process.stdout.close()


def client(service, secured, secret="secret", verify=None):
    """A client; a link of S3 is signed by Version 2 unless Version 4 is asked for."""
    version = "s3v4" if service == "s3" else None
    return boto3.client(
        service,
        endpoint_url=secured[0],
        verify=verify or secured[1],
        region_name="us-east-1",
        aws_access_key_id="123456789012",
        aws_secret_access_key=secret,
        config=Config(signature_version=version, retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
    )


def test_clients_of_every_service_speak_tls_and_sign(secured):
    beanstalk, s3 = client("elasticbeanstalk", secured), client("s3", secured)
    bucket = beanstalk.create_storage_location()["S3Bucket"]
    content = bytes(range(256)) * 40_000  # more than a record of TLS, and more than one buffer
    s3.put_object(Bucket=bucket, Key="a b/é~+", Body=content)
    assert s3.get_object(Bucket=bucket, Key="a b/é~+")["Body"].read() == content
    link = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a b/é~+"})
    with urlopen(link, context=ssl.create_default_context(cafile=secured[1])) as answer:
        assert answer.read() == content
    assert client("iam", secured).list_roles()["Roles"] == []
    assert client("sqs", secured).create_queue(QueueName="queue")["QueueUrl"].startswith("https://")


def test_a_wrong_secret_is_refused_by_every_service(secured):
    for service, call in (("elasticbeanstalk", "describe_environments"), ("s3", "list_buckets"), ("iam", "list_roles")):
        with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
            getattr(client(service, secured, "wrong"), call)()


def test_the_command_looks_on_without_a_signature_and_trusts_the_bundle(secured):
    url, certificate = secured
    watch = ["watch", "nobody", "--once", "--url", url, "--account", "123456789012"]
    ran = programs.run(*watch, timeout=60, env=environment() | {"AWS_CA_BUNDLE": certificate})
    assert (ran.returncode, "no environment" in ran.stderr + ran.stdout) == (1, True), ran.stderr + ran.stdout
    ran = programs.run(*watch, timeout=60, env=environment())
    assert "CERTIFICATE_VERIFY_FAILED" in ran.stderr + ran.stdout
    ran = programs.run(*watch, timeout=60, env=environment() | {"AWS_CA_BUNDLE": "/nowhere"})
    assert (ran.returncode, "AWS_CA_BUNDLE, /nowhere, cannot be read: No such file" in ran.stderr) == (2, True), (
        ran.stderr
    )


def test_a_client_that_does_not_trust_the_certificate_goes_away(secured):
    with pytest.raises(SSLError):
        client("elasticbeanstalk", secured, verify=True).describe_environments()
    assert client("elasticbeanstalk", secured).describe_environments()["Environments"] == []


def test_what_is_no_tls_holds_nothing_up(secured):
    host, port = secured[0].removeprefix("https://").split(":")
    with socket.create_connection((host, int(port))) as silent, socket.create_connection((host, int(port))) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert plain.recv(1000) == tls.NO_TLS
        assert plain.recv(1000) == b""
        context = ssl.create_default_context(cafile=secured[1])
        with urlopen(f"{secured[0]}/_beanpole/health", context=context) as answer:
            assert json.loads(answer.read())["status"] == "ok"
        silent.sendall(b"\x16")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--tls-self-signed", "--tls-cert", __file__, "--tls-key", __file__], "TLS needs --tls-cert and --tls-key"),
        (["--tls-cert", __file__], "TLS needs --tls-cert and --tls-key"),
        (["--tls-cert", __file__, "--tls-key", __file__], "there is no certificate in "),
        (["--verify-signatures"], "--verify-signatures and --access-key ID:SECRET go together"),
        (["--access-key", "a:b"], "--verify-signatures and --access-key ID:SECRET go together"),
        (["--verify-signatures", "--access-key", "a"], "a key is ID:SECRET"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(arguments, sentence):
    ran = programs.run("serve", "--port", "0", *arguments, timeout=60, env=environment())
    assert (ran.returncode, sentence in ran.stderr, "Traceback" in ran.stderr) == (2, True, False), ran.stderr


def test_a_certificate_that_is_there_is_kept(tmp_path):
    first, second = tls.self_signed(tmp_path / "tls"), tls.self_signed(tmp_path / "tls")
    assert first == second
    assert first[1].stat().st_mode & 0o077 == 0
    tls.context(*first)


@pytest.mark.parametrize("spoil", ["cut", "old", "other"])
def test_a_certificate_that_is_no_longer_good_is_made_anew(tmp_path, monkeypatch, spoil):
    certificate, key = tls.self_signed(tmp_path)
    before = certificate.read_bytes()
    if spoil == "cut":
        certificate.write_bytes(before[:200])
    elif spoil == "other":
        key.write_bytes(tls.self_signed(tmp_path / "other")[1].read_bytes())
    else:
        now = tls.real_now()
        monkeypatch.setattr(tls, "real_now", lambda: now + 800 * 86_400_000)
    assert tls.self_signed(tmp_path) == (certificate, key)
    assert certificate.read_bytes() != before
    tls.context(certificate, key)


def test_a_certificate_may_be_read_once_alone(tmp_path):
    """As from the pipe of a shell's `<(…)`."""
    certificate, key = tls.self_signed(tmp_path)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(key.read_bytes(),))
    writer.start()
    tls.context(certificate, pipe)
    writer.join()


@pytest.mark.parametrize(
    ("certificate", "key", "sentence"),
    [
        ("good", "text", "there is no private key in text, in the form of PEM"),
        ("text", "good.key", "there is no certificate in text, in the form of PEM"),
        ("good", "locked", "the key has a pass phrase"),
        ("good", "other", "the key is not that of the certificate"),
        ("cut", "good.key", "one of them is damaged"),
        ("folder", "good.key", "folder cannot be read: Is a directory"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path, monkeypatch, certificate, key, sentence):
    monkeypatch.chdir(tmp_path)
    good, secret = (path.read_bytes() for path in tls.self_signed(tmp_path / "first"))
    form, lock = serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"pass")
    locked = serialization.load_pem_private_key(secret, None).private_bytes(serialization.Encoding.PEM, form, lock)
    other = tls.self_signed(tmp_path / "second")[1].read_bytes()
    files = {"good": good, "good.key": secret, "text": b"text", "locked": locked, "other": other, "cut": good[:200]}
    for name, content in files.items():
        Path(name).write_bytes(content)
    Path("folder").mkdir()
    with pytest.raises(tls.Unusable, match=sentence):
        tls.context(Path(certificate), Path(key))
