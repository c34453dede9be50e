"""Operations on platforms and solution stacks."""

from beanpole.context import Context
from beanpole.operations.registry import operation
from beanpole.wire.schemas import Request

Answer = dict[str, object]


@operation("ListAvailableSolutionStacks", reads=True)
def list_available_solution_stacks(context: Context, request: Request) -> Answer:
    """Every solution stack, newest first, and the files it takes."""
    stacks = context.catalog.platforms.stacks
    return {
        "solution_stacks": [it.name for it in stacks],
        "solution_stack_details": [
            {"solution_stack_name": it.name, "permitted_file_types": it.file_types} for it in stacks
        ],
    }
