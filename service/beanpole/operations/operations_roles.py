"""Operations on the operations role of an environment."""

from msgspec.structs import replace

from beanpole.model.changes.change import Change
from beanpole.operations import find
from beanpole.operations.context import Context
from beanpole.operations.registry import operation
from beanpole.wire.schemas import Request


@operation("AssociateEnvironmentOperationsRole")
def associate_environment_operations_role(context: Context, request: Request) -> None:
    """Give an environment a role at once; it stays Ready."""
    _give(context, request, request.operations_role)


@operation("DisassociateEnvironmentOperationsRole")
def disassociate_environment_operations_role(context: Context, request: Request) -> None:
    """Take the role from an environment; without a role it stays as it is."""
    _give(context, request, None)


def _give(context: Context, request: Request, role: str | None) -> None:
    environment = find.environment_named(context, request.environment_name)
    environment.must_be_ready()
    context.commit(Change(puts=(replace(environment, operations_role=role, date_updated=context.now),)))
