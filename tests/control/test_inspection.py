"""What no operation tells: where settings come from, which commands ended on an instance, what a bundle holds."""

from typing import Any

import pytest

from archives import zipped
from beanpole.testing import ACCOUNT, Beanstalk
from environments import STACK

HERE = {"account": ACCOUNT, "region": "us-east-1"}
OPTIONS = ".ebextensions/options.config"
FILES = {
    OPTIONS: (
        "option_settings:\n  aws:autoscaling:asg:\n    MaxSize: 3\ncommands:\n  note:\n    command: touch /tmp/x\n"
    ),
    "Procfile": "web: gunicorn app\n",
    ".platform/hooks/prebuild/one.sh": "#!/bin/sh\ntrue\n",
    "app.py": "print(1)\n",
}


def get(world: Beanstalk, path: str, **query: str) -> Any:
    answer = world.app.test_client().get(f"/_beanpole{path}", query_string={**HERE, **query})
    assert answer.status_code == 200, answer.text
    return answer.json


@pytest.fixture
def launched(beanstalk_with_objects: Beanstalk) -> Beanstalk:
    """`shop-web`, from a saved configuration, with a setting of a call, and a bundle with `.ebextensions`."""
    world = beanstalk_with_objects
    world.objects.write("bucket", "v1.zip", zipped(FILES))
    shop = {"ApplicationName": "shop"}
    world.client.create_application(**shop)
    bundle = {"S3Bucket": "bucket", "S3Key": "v1.zip"}
    world.client.create_application_version(VersionLabel="v1", SourceBundle=bundle, **shop)
    asg = "aws:autoscaling:asg"
    saved = [{"Namespace": asg, "OptionName": "MinSize", "Value": "2"}]
    world.client.create_configuration_template(
        TemplateName="small", SolutionStackName=STACK, OptionSettings=saved, **shop
    )
    own = [{"Namespace": asg, "OptionName": "Cooldown", "Value": "60"}]
    world.client.create_environment(
        EnvironmentName="shop-web", VersionLabel="v1", TemplateName="small", OptionSettings=own, **shop
    )
    world.until_ready("shop-web")
    return world


def test_a_setting_tells_its_source(launched: Beanstalk) -> None:
    rows = get(launched, "/environments/shop-web/settings")["settings"]
    sources = {row["option_name"]: (row["value"], row["source"]) for row in rows}
    assert sources["MinSize"] == ("2", "saved configuration small")
    assert sources["Cooldown"] == ("60", "a call")
    assert sources["MaxSize"] == ("3", ".ebextensions")


def test_a_saved_setting_that_a_call_has_changed_is_of_the_call(launched: Beanstalk) -> None:
    changed = [{"Namespace": "aws:autoscaling:asg", "OptionName": "MinSize", "Value": "1"}]
    launched.client.update_environment(EnvironmentName="shop-web", OptionSettings=changed)
    launched.until_ready("shop-web")
    rows = get(launched, "/environments/shop-web/settings")["settings"]
    assert [row["source"] for row in rows if row["option_name"] == "MinSize"] == ["a call"]


def test_the_commands_of_an_instance_tell_what_was_carried_out(launched: Beanstalk) -> None:
    instance = get(launched, "/environments/shop-web/fleet")["instances"][0]["id"]
    rows = get(launched, f"/environments/shop-web/instances/{instance}/commands")["commands"]
    assert {row["version_label"] for row in rows} == {None, "v1"}
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)
    assert not any(row["failed"] for row in rows)
    outcomes = [outcome for row in rows for outcome in row["outcomes"]]
    assert {"note", ".platform/hooks/prebuild/one.sh"} <= {outcome["name"] for outcome in outcomes}


def test_a_bundle_tells_what_it_holds_and_asks(launched: Beanstalk) -> None:
    by_label = get(launched, "/bundle", application="shop", version_label="v1")
    assert by_label["settings"] == [{"namespace": "aws:autoscaling:asg", "option_name": "MaxSize", "value": "3"}]
    bundle = by_label["bundle"]
    assert {entry["path"] for entry in bundle["entries"]} >= set(FILES)
    assert bundle["processes"] == {"web": "gunicorn app"}
    assert bundle["hooks"] == [".platform/hooks/prebuild/one.sh"]
    assert [(row["file"], row["name"], row["command"]) for row in bundle["commands"]] == [
        (OPTIONS, "note", "touch /tmp/x")
    ]
    assert (bundle["is_cut"], bundle["problem"]) == (False, None)


def test_a_version_whose_bundle_was_not_read_has_none(beanstalk: Beanstalk) -> None:
    beanstalk.client.create_application(ApplicationName="shop")
    beanstalk.client.create_application_version(ApplicationName="shop", VersionLabel="v1")
    assert get(beanstalk, "/bundle", application="shop", version_label="v1") == {"bundle": None, "settings": []}
