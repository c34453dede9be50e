"""Whoever is in the fleet: the log, the resources and the health of an environment name the same instances.

Between activities it is so after any life, and a world that is exported and put back in the middle of it lives on as it
would have.
"""

from botocore.exceptions import ClientError
from hypothesis import event, given
from hypothesis import strategies as st

from beanpole.testing import ACCOUNT, Beanstalk
from engine.laws import Register
from engine.lives import LIVES, Act
from environments import STACK_BEFORE
from examples import examples
from options import ENVIRONMENT, option

WORKER = {"Name": "Worker", "Type": "SQS/HTTP"}
SHAPES = {
    "single": [("EnvironmentType", "SingleInstance")],
    "worker": [],
    **{shape: [("LoadBalancerType", shape)] for shape in ("classic", "application", "network")},
}


def wire_settings(them):
    return [
        {"Namespace": setting.namespace, "OptionName": setting.option_name, "Value": setting.value} for setting in them
    ]


class Lived:
    """A life through the API, looked at whenever the environment is Ready; `trips` are put back in the middle."""

    def __init__(self, life, portions, trips):
        self.world = Beanstalk()
        self.http = self.world.app.test_client()
        self.client = self.world.client
        self.portions, self.trips = portions, trips
        self.client.create_application(ApplicationName="shop")
        for label in ("v1", "v2", "v3"):
            self.client.create_application_version(ApplicationName="shop", VersionLabel=label)
        self.refused = self._answer(self._create, life)
        if not self.refused:
            for act in (Act("launch", faults=life.faults), *life.acts):
                self._do(act)

    def _create(self, life):
        own = [option(ENVIRONMENT, name, value) for name, value in SHAPES[life.shape]]
        tier = {"Tier": WORKER} if life.shape == "worker" else {}
        self.client.create_environment(
            ApplicationName="shop",
            EnvironmentName="shop-web",
            VersionLabel="v1",
            SolutionStackName=STACK_BEFORE,
            OptionSettings=[*own, *wire_settings(life.settings)],
            **tier,
        )

    def _answer(self, call, *arguments):
        """Whether it was refused: what the validation says is not this law's business."""
        try:
            call(*arguments)
        except ClientError as refusal:
            if refusal.response["ResponseMetadata"]["HTTPStatusCode"] != 400:
                raise
            return True
        return False

    def _do(self, act):
        self._control("DELETE", "faults")
        for fault in act.faults:
            where = {name: value for name in ("instance", "step") if (value := getattr(fault.where, name)) is not None}
            members = {"what": fault.what, "where": where, "times": fault.times, "probability": fault.probability}
            document = {name: value for name, value in members.items() if value is not None}
            self._control("POST", "faults", refusable=True, json=document)  # of some steps there is nothing to strike
        if act.what != "launch":
            self._answer(CALLS[act.what], self.client, act)
        for portion in self.portions:
            self.world.advance(portion)
            self._look()
        if act.abort_after is not None:
            self._answer(CALLS["abort"], self.client, act)
        self.world.advance(20_000)
        assert self._look() in ("Ready", "Terminated")

    def _control(self, method, path, refusable=False, **more):
        kind = {"content_type": "application/json"} if "data" in more else {}
        answer = self.http.open(f"/_beanpole/{path}?account={ACCOUNT}", method=method, **kind, **more)
        assert answer.status_code in (200, 201, *([400] if refusable else [])), answer.data
        return answer

    def _look(self):
        if self.trips:
            exported = self._control("GET", "state").data
            self._control("PUT", "state", data=exported)
            assert self._control("GET", "state").data == exported
        parameters = {"IncludeDeleted": True, "IncludedDeletedBackTo": "2020-01-01"}
        (environment,) = self.client.describe_environments(**parameters)["Environments"]
        if environment["Status"] == "Ready":
            self._is_told(environment["EnvironmentId"])
        return environment["Status"]

    def _is_told(self, id_):
        register = Register()
        for entry in self.world.events("shop-web"):
            register.hear(entry.message)
        resources = self.client.describe_environment_resources(EnvironmentId=id_)["EnvironmentResources"]
        health = self.client.describe_instances_health(EnvironmentId=id_, AttributeNames=["All"])["InstanceHealthList"]
        groups = [group["Name"] for group in resources["AutoScalingGroups"]]
        fleet = self._control("GET", f"environments/{id_}/fleet").json["instances"]
        assert {instance["Id"] for instance in resources["Instances"]} == register.known
        assert {instance["InstanceId"] for instance in health} == register.known
        assert {(instance["id"], instance["group"]) for instance in fleet} == {
            (id_, name) for id_ in register.known for name in groups
        }
        balancers = {balancer["Name"] for balancer in resources["LoadBalancers"]}
        assert balancers <= register.made

    def event_rows(self):
        return [(event.at, event.severity, event.request_id, event.message) for event in self.world.events()]


CALLS = {
    "update": lambda client, act: client.update_environment(
        EnvironmentName="shop-web",
        **({"VersionLabel": act.version or "v2"} if act.version or not (act.changes or act.platform) else {}),
        **({"OptionSettings": wire_settings(act.changes)} if act.changes else {}),
        **({"SolutionStackName": "64bit Amazon Linux 2023 v4.13.7 running Python 3.14"} if act.platform else {}),
    ),
    "abort": lambda client, act: client.abort_environment_update(EnvironmentName="shop-web"),
    "restart": lambda client, act: client.restart_app_server(EnvironmentName="shop-web"),
    "rebuild": lambda client, act: client.rebuild_environment(EnvironmentName="shop-web"),
    "termination": lambda client, act: client.terminate_environment(EnvironmentName="shop-web"),
    "tags": lambda client, act: client.update_environment(EnvironmentName="shop-web", Description="green"),
    "info": lambda client, act: client.request_environment_info(EnvironmentName="shop-web", InfoType="tail"),
    "managed_update": lambda client, act: client.update_environment(EnvironmentName="shop-web", VersionLabel="v3"),
}

portions = st.lists(st.sampled_from([1, 10, 40, 100, 300, 900]), max_size=2)


@examples(8)
@given(life=LIVES, portions=portions)
def test_the_log_the_resources_and_health_name_the_same_instances_and_a_trip_changes_nothing(life, portions):
    lived = Lived(life, portions, trips=True)
    event("the first call was refused" if lived.refused else f"{len(life.acts)} acts")
    assert lived.event_rows() == Lived(life, portions, trips=False).event_rows()
