"""The custom resources and the outputs that a bundle adds to the CloudFormation template of its environments."""

from msgspec import Struct


class TemplateResource(Struct, frozen=True, omit_defaults=True, array_like=True):
    """A resource by its logical id, with its type; `properties` is JSON, empty where nothing reads them."""

    logical_id: str
    type: str
    properties: str = ""


class Output(Struct, frozen=True, omit_defaults=True, array_like=True):
    """An output of a stack; `value` and `export`, the name of its export, are JSON that may have functions in it."""

    key: str
    value: str
    description: str | None = None
    export: str | None = None


class Template(Struct, frozen=True, omit_defaults=True):
    """Custom resources, outputs, and the defaults of parameters by name."""

    resources: tuple[TemplateResource, ...] = ()
    outputs: tuple[Output, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
