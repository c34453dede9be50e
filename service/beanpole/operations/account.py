"""Operations on the account itself."""

from beanpole.context import Context
from beanpole.model import naming
from beanpole.operations.registry import operation
from beanpole.wire.schemas import Request

Answer = dict[str, object]


@operation("CreateStorageLocation", reads=True)
def create_storage_location(context: Context, request: Request) -> Answer:
    """Name the account's bucket; it is the same one every time."""
    return {"s3_bucket": naming.bucket(context.region, context.account_id)}
