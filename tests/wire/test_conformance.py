"""`api-spec/` and the public model of the service say the same: every difference is a failure, in both directions.

What `api-spec/` knows beyond the public model is marked `beyond` there, and left aside here.
"""

from functools import cache
from typing import Any

import botocore
import botocore.loaders
import pytest

from beanpole.tables import api_spec
from beanpole.wire import spec

SPEC = spec.load()


@cache
def model() -> dict[str, Any]:
    loaded: dict[str, Any] = botocore.loaders.Loader().load_service_model("elasticbeanstalk", "service-2")
    return loaded


def public_shapes() -> dict[str, dict[str, Any]]:
    return {name: shape for name, shape in model()["shapes"].items() if not shape.get("exception")}


def as_modelled(shape: spec.Shape) -> dict[str, Any]:
    """A shape of the spec in the model's own form."""
    form: dict[str, Any] = {"type": shape.kind, "min": shape.min, "max": shape.max, "enum": list(shape.enum)}
    form["pattern"] = None if shape.pattern_beyond else shape.pattern
    form["member"] = shape.of and shape.of.name
    form["members"] = {member.name: member.shape.name for member in shape.members if not member.beyond}
    form["required"] = {member.name for member in shape.members if member.required}
    return form


def as_compared(shape: dict[str, Any]) -> dict[str, Any]:
    """A shape of the model with what is compared, and nothing else."""
    form: dict[str, Any] = {key: shape.get(key) for key in ("type", "min", "max", "pattern")}
    form["enum"] = shape.get("enum", [])
    form["member"] = shape.get("member", {}).get("shape")
    form["members"] = {name: member["shape"] for name, member in shape.get("members", {}).items()}
    form["required"] = set(shape.get("required", ()))
    return form


def test_the_spec_has_the_operations_of_the_model():
    assert sorted(SPEC.operations) == sorted(model()["operations"])
    assert len(SPEC.operations) == 47


def test_an_operation_of_no_service_is_none():
    assert SPEC.operation("LaunchRocket") is None


@pytest.mark.parametrize("name", SPEC.operations)
def test_an_operation_takes_gives_and_refuses_what_the_model_says(name):
    operation, modelled = SPEC.operation(name), model()["operations"][name]
    assert operation is not None
    assert (operation.input and operation.input.name) == modelled.get("input", {}).get("shape")
    assert (operation.output and operation.output.name) == modelled.get("output", {}).get("shape")
    if operation.output:
        assert modelled["output"]["resultWrapper"] == f"{name}Result"
    assert sorted(operation.errors) == sorted(error["shape"] for error in modelled.get("errors", ()))


def test_the_spec_has_the_shapes_of_the_model():
    ours = {name for name in SPEC.shapes if not SPEC.shape(name).beyond}
    assert ours == set(public_shapes())


def test_no_shape_is_written_twice():
    assert len(SPEC.shapes) == len(set(SPEC.shapes))


def test_every_shape_has_the_members_types_bounds_and_values_of_the_model():
    ours = {name: as_modelled(SPEC.shape(name)) for name in public_shapes()}
    assert ours == {name: as_compared(shape) for name, shape in public_shapes().items()}


def test_the_errors_have_the_codes_and_statuses_of_the_model():
    ours = {name: (error.code, error.status, error.members) for name, error in SPEC.errors.items() if not error.beyond}
    theirs = {}
    for name, shape in model()["shapes"].items():
        if shape.get("exception"):
            trait = shape.get("error", {})
            members = {member: more["shape"] for member, more in shape["members"].items()}
            theirs[name] = (trait.get("code", name), trait.get("httpStatusCode", 400), members)
    assert ours == theirs


def test_the_service_is_the_model_s():
    metadata = model()["metadata"]
    assert SPEC.service.api_version == metadata["apiVersion"]
    assert SPEC.service.namespace == metadata["xmlNamespace"]
    assert SPEC.service.name == metadata["endpointPrefix"]


def test_every_noun_refers_only_to_its_own_shapes_and_the_common_ones():
    for name in SPEC.operations:
        assert spec.Spec(api_spec.directory()).operation(name) is not None


def test_names_become_python_names_as_they_do_in_the_sdk():
    members = {member for shape in model()["shapes"].values() for member in shape.get("members", ())}
    names = members | set(model()["operations"])
    assert {name: spec.snake(name) for name in names} == {name: botocore.xform_name(name) for name in names}
