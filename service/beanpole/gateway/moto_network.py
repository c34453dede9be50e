"""moto's default VPCs as environments have them: their ids, their blocks, their zones and an internet gateway.

So the network that an instance of an environment names is the one that EC2 lists, and a client makes its own resources
in it.
"""

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, NamedTuple

from beanpole.gateway import moto_models
from beanpole.model.names import default_network

_MODELS = "moto.ec2.models"
_making = threading.local()


class _Part(NamedTuple):
    """The part of a default VPC that moto makes at the moment: a subnet, or with no zone the rest."""

    account_id: str
    region: str
    zone: str = ""

    @property
    def vpc_id(self) -> str:
        return default_network.vpc_id(self.account_id, self.region)

    @property
    def subnet_id(self) -> str:
        return default_network.subnet_id(self.account_id, self.region, self.zone)


# moto's functions that draw ids, by module: the id of a part of a default VPC.
_IDS: tuple[tuple[str, str, Callable[[_Part], str]], ...] = (
    ("vpcs", "random_vpc_id", lambda part: part.vpc_id),
    ("subnets", "random_subnet_id", lambda part: part.subnet_id),
    ("route_tables", "random_route_table_id", lambda part: default_network.table_id(part.vpc_id)),
    ("route_tables", "random_subnet_association_id", lambda part: default_network.table_association_id(part.vpc_id)),
    ("network_acls", "random_network_acl_id", lambda part: default_network.acl_id(part.vpc_id)),
    (
        "network_acls",
        "random_network_acl_subnet_association_id",
        lambda part: default_network.acl_association_id(part.subnet_id),
    ),
    ("internet_gateways", "random_internet_gateway_id", lambda part: default_network.gateway_id(part.vpc_id)),
)


def share() -> None:
    """Have moto make default VPCs that are those of environments, from the import of its EC2 on.

    That import takes longer than the rest of moto, so the first call of another service does not wait for it.
    """
    if _MODELS in sys.modules:
        _share(sys.modules[_MODELS])
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Finds the module of EC2's models, whose import is to end with `_share`."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The spec of that module; None for every other one."""
        spec = PathFinder.find_spec(name, path, target) if name == _MODELS else None
        if spec is not None and spec.loader is not None:
            spec.loader = _Shared(spec.loader)
        return spec


class _Shared(Loader):
    """Loads a module by another loader, and then shares the network with it."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """The module of the other loader."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run it; no other thread sees it before it has the network of environments."""
        with moto_models.shared_by_sessions():
            self._loader.exec_module(module)
        _share(module)


def _share(models: Any) -> None:
    backend = models.EC2Backend
    make_vpc, make_subnet = backend.create_default_vpc, backend.create_default_subnet
    if make_vpc.__module__ == __name__:
        return
    for module, function, id_of in _IDS:
        _name(import_module(f"moto.ec2.models.{module}"), function, id_of)

    def create_default_vpc(self: Any) -> Any:
        _add_zones(self)
        with _part(_Part(self.account_id, self.region_name)):
            vpc = make_vpc(self)
            _add_gateway(self, vpc)
        return vpc

    def create_default_subnet(self: Any, availability_zone: str) -> Any:
        with _part(_Part(self.account_id, self.region_name, availability_zone)):
            return make_subnet(self, availability_zone)

    backend.create_default_vpc, backend.create_default_subnet = create_default_vpc, create_default_subnet


def _name(module: Any, function: str, id_of: Callable[[_Part], str]) -> None:
    """Have a function of a module give the ids of a default VPC while one is made."""
    draw = getattr(module, function)

    def id_(*values: Any) -> Any:
        part: _Part | None = getattr(_making, "part", None)
        return draw(*values) if part is None else id_of(part)

    setattr(module, function, id_)


@contextmanager
def _part(part: _Part) -> Iterator[None]:
    before = getattr(_making, "part", None)
    _making.part = part
    try:
        yield
    finally:
        _making.part = before


def _add_zones(backend: Any) -> None:
    """Add the zones of environments that moto does not know, in order: a zone's place gives its subnet's block."""
    models: Any = import_module("moto.ec2.models.availability_zones_and_regions")
    region = backend.region_name
    zones = {zone.name: zone for zone in models.RegionsAndZonesBackend.zones.get(region, ())}
    numbers = {zone.zone_id.rpartition("-az")[2] for zone in zones.values()}
    free = (str(number) for number in range(1, 10) if str(number) not in numbers)
    prefix = next((zone.zone_id.rpartition("-az")[0] for zone in zones.values()), region.replace("-", ""))
    for name in (f"{region}{letter}" for letter in default_network.ZONES):
        if name not in zones:
            zones[name] = models.Zone(name=name, region_name=region, zone_id=f"{prefix}-az{next(free)}")
    models.RegionsAndZonesBackend.zones[region] = [zones[name] for name in sorted(zones)]


def _add_gateway(backend: Any, vpc: Any) -> None:
    """Add the internet gateway, and the route to it."""
    id_ = backend.create_internet_gateway().id
    backend.attach_internet_gateway(id_, vpc.id)
    backend.create_route(default_network.table_id(vpc.id), default_network.EVERYWHERE, gateway_id=id_)
