"""The start of a server: nothing is imported before the first answer that the answer does not need."""

import subprocess
import sys

SERVE = """
import sys
from beanpole.command import assembly, cli, companion_setup
from beanpole.model.time.clock import Clock

access = assembly.Access("127.0.0.1", None, False, ())
companion = companion_setup.companion((), False)
app, _ = assembly.service(assembly.StateSettings(None, Clock()), None, access, companion=companion)
client, data = app.test_client(), {"Action": "DescribeEnvironments", "Version": "2010-12-01"}
credential = "Credential=123456789012/20260101/us-east-1/elasticbeanstalk/aws4_request"
headers = {"Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"}
assert client.post("/", data=data, headers=headers).status_code == 200
print(*sys.modules)
import jsonpath_ng, valkey  # they are left out while fakeredis is imported, and no longer
"""
# Packages that are dear to import, and modules of ours that are imported when they are first needed.
LATER = (
    "beanpole.api.log_contents",
    "beanpole.console.forms",
    "beanpole.control.fault_schema",
    "beanpole.control.streams",
    "beanpole.files.bundle",
    "beanpole.model.health",
    "beanpole.model.instance.disk",
    "beanpole.operations.creation",
    "beanpole.traffic.answering",
    "beanpole.other_services.worker_queues",
    "beanpole_workers",
    "boto3",
    "botocore",
    "jsonpath_ng",
    "marshmallow",
    "moto",
    "rich",
    "rq",
    "urllib.request",
    "valkey",
    "xml.etree.ElementTree",
    "yaml",
)


MODULES = 208  # of ours: each takes a fifth of a millisecond, so raise this for what the first answer needs alone


def test_what_the_first_answer_does_not_need_is_imported_later() -> None:
    command = [sys.executable, "-c", SERVE]
    imported = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert "fakeredis" in imported
    assert [name for name in LATER if name in imported] == []
    ours = [name for name in imported if name.partition(".")[0] == "beanpole"]
    assert len(ours) <= MODULES, sorted(ours)
