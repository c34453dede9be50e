"""AssociateEnvironmentOperationsRole and DisassociateEnvironmentOperationsRole."""

from datetime import UTC, datetime

import pytest

from environments import describe

ROLE = "arn:aws:iam::123456789012:role/operations"
LONG = "r" * 257
MUST_BE_READY = "Environment named web1 is in an invalid state for this operation. Must be Ready."
EMPTY = (
    "1 validation error detected: Value '' at '{}' failed to satisfy constraint: Member must have length greater than "
    "or equal to {}"
)


@pytest.mark.shows("AssociateEnvironmentOperationsRole", "success")
@pytest.mark.shows("DisassociateEnvironmentOperationsRole", "success")
def test_a_role_is_given_and_taken_away(shop, launch):
    launch("web1")
    before = shop.events()
    answer = shop.client.associate_environment_operations_role(EnvironmentName="web1", OperationsRole=ROLE)
    assert answer.keys() == {"ResponseMetadata"}
    environment = describe(shop)
    assert (environment["OperationsRole"], environment["Status"]) == (ROLE, "Ready")
    assert environment["DateUpdated"] == datetime.fromtimestamp(shop.now / 1000, UTC)
    shop.client.associate_environment_operations_role(EnvironmentName="web1", OperationsRole=f"{ROLE}-2")
    assert describe(shop)["OperationsRole"] == f"{ROLE}-2"
    for _ in range(2):
        answer = shop.client.disassociate_environment_operations_role(EnvironmentName="web1")
        assert answer.keys() == {"ResponseMetadata"}
        assert "OperationsRole" not in describe(shop)
    assert shop.events() == before


@pytest.mark.shows("AssociateEnvironmentOperationsRole", "errors")
@pytest.mark.parametrize(
    ("parameters", "code", "sentence"),
    [
        (
            {"EnvironmentName": "nobody", "OperationsRole": ROLE},
            "InvalidParameterValue",
            "No Environment found for EnvironmentName = 'nobody'.",
        ),
        (
            {"EnvironmentName": "web1", "OperationsRole": ""},
            "ValidationError",
            EMPTY.format("operationsRole", 1),
        ),
        ({"EnvironmentName": "", "OperationsRole": ROLE}, "ValidationError", EMPTY.format("environmentName", 4)),
        (
            {"EnvironmentName": "web1", "OperationsRole": LONG},
            "ValidationError",
            f"1 validation error detected: Value '{LONG}' at 'operationsRole' failed to satisfy constraint: Member "
            "must have length less than or equal to 256",
        ),
    ],
)
def test_what_cannot_be_associated(create, unchecked, refused, parameters, code, sentence):
    create("web1")
    with refused(code, sentence):
        unchecked.associate_environment_operations_role(**parameters)


@pytest.mark.shows("DisassociateEnvironmentOperationsRole", "errors")
@pytest.mark.parametrize(
    ("name", "code", "sentence"),
    [
        ("nobody", "InvalidParameterValue", "No Environment found for EnvironmentName = 'nobody'."),
        ("", "ValidationError", EMPTY.format("environmentName", 4)),
    ],
)
def test_what_cannot_be_disassociated(unchecked, refused, name, code, sentence):
    with refused(code, sentence):
        unchecked.disassociate_environment_operations_role(EnvironmentName=name)


@pytest.mark.shows("AssociateEnvironmentOperationsRole", "states")
@pytest.mark.shows("DisassociateEnvironmentOperationsRole", "states")
def test_an_environment_that_is_busy_keeps_its_role(shop, create, refused):
    create("web1", OperationsRole=ROLE)
    with refused("InvalidParameterValue", MUST_BE_READY):
        shop.client.associate_environment_operations_role(EnvironmentName="web1", OperationsRole=f"{ROLE}-2")
    with refused("InvalidParameterValue", MUST_BE_READY):
        shop.client.disassociate_environment_operations_role(EnvironmentName="web1")
    assert describe(shop)["OperationsRole"] == ROLE
