"""Health as the settings and the platform shape it: rules, documents, basic and enhanced."""

import pytest

from afflicted import afflict
from environments import STACK
from operations.health_calls import WINDOWS, of_instances, whole
from options import ALB, HEALTH_REPORTING, SINGLE, option


@pytest.mark.parametrize(
    ("balancer", "off"), [("ELB", "false"), ("Application", "false"), (None, "false"), (None, '"false"')]
)
def test_rules_of_4xx_can_be_switched_off(shop, launch, balancer, off):
    rule = {"ELB": '"ELB":{"ELBRequests4xx"', "Application": '"Application":{"ApplicationRequests4xx"'}
    chosen = [rule[balancer]] if balancer else rule.values()
    rules = ",".join(f'{code}:{{"Enabled":{off}}}}}' for code in chosen)
    document = f'{{"Rules":{{"Environment":{{{rules}}}}},"Version":1}}'
    launch(OptionSettings=[ALB, option(HEALTH_REPORTING, "ConfigDocument", document)])
    afflict(shop, "web1", client_errors=0.2)
    shop.arm("balancer-client-errors", where={"environment": "web1"}, share=0.2)
    shop.advance(60)
    answer = whole(shop)
    kinds = [kind for kind in ("to the ELB are", "requests are") if any(kind in cause for cause in answer["Causes"])]
    assert kinds == {"ELB": ["requests are"], "Application": ["to the ELB are"], None: []}[balancer]
    assert answer["HealthStatus"] == ("Ok" if balancer is None else "Degraded")
    assert answer["InstancesHealth"]["Degraded"] == (balancer == "ELB")


@pytest.mark.parametrize("document", ["{", "[" * 30_000, '{"Rules":' * 3_000 + "1" + "}" * 3_000])
def test_a_document_that_is_no_json_is_refused(shop, create, refused, document):
    reason = f"Invalid option value: '{document}' (Namespace: '{HEALTH_REPORTING}', OptionName: 'ConfigDocument')"
    with refused(
        "ConfigurationValidationException", f"Configuration validation exception: {reason}: Value is not valid JSON"
    ):
        create(OptionSettings=[option(HEALTH_REPORTING, "ConfigDocument", document)])


@pytest.mark.parametrize("document", ["[]", "null", "7", '{"Rules":[]}', '{"Rules":{"Environment":{"ELB":7}}}'])
def test_a_document_of_another_shape_switches_nothing_off(shop, launch, document):
    launch(OptionSettings=[ALB, option(HEALTH_REPORTING, "ConfigDocument", document)])
    afflict(shop, "web1", client_errors=0.2)
    assert whole(shop, "HealthStatus")["HealthStatus"] == "Degraded"


@pytest.mark.parametrize(
    ("stack", "system_type", "enhanced"),
    [
        (STACK, None, True),
        (STACK, "basic", True),
        (STACK, "enhanced", True),
        (WINDOWS, None, False),
        (WINDOWS, "basic", False),
        (WINDOWS, "enhanced", True),
    ],
)
def test_the_platform_says_which_health_there_is(shop, launch, stack, system_type, enhanced):
    settings = [option(HEALTH_REPORTING, "SystemType", system_type)] if system_type else []
    launch(SolutionStackName=stack, OptionSettings=[ALB, *settings])
    shop.advance(60)
    described = shop.client.describe_environments()["Environments"][0]
    assert (described["Health"], described.get("HealthStatus")) == ("Green", "Ok" if enhanced else None)


def test_windows_tells_other_things_of_its_processor(shop, launch):
    launch(SolutionStackName=WINDOWS, OptionSettings=[SINGLE, option(HEALTH_REPORTING, "SystemType", "enhanced")])
    (machine,) = of_instances(shop)["InstanceHealthList"]
    assert machine["System"].keys() == {"CPUUtilization"}
    assert machine["System"]["CPUUtilization"].keys() == {"User", "Privileged", "Idle"}


def test_basic_health_is_grey_while_an_update_goes_on(shop, launch):
    launch(SolutionStackName=WINDOWS, OptionSettings=[ALB])
    shop.advance(60)
    updating = shop.client.update_environment(EnvironmentName="web1", VersionLabel="v2")
    assert updating["Health"] == "Grey"
    shop.until_ready("web1")
    described = shop.client.describe_environments()["Environments"][0]
    assert (described["Health"], described["Status"]) == ("Green", "Ready")
