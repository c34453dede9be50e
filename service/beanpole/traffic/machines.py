"""The instances of environments as machines: the disk of each, and what its environment serves from it."""

from beanpole.catalog import Catalog
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.store.world import World
from beanpole.traffic.instances import Machine
from beanpole.traffic.static_files import Site, site

REMEMBERED = 4_096  # environments whose sites are remembered, until they change


class Machines:
    """The machines of all worlds, with the platforms of a catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._sites: dict[str, tuple[int, Site]] = {}

    def machine(self, world: World, environment: Environment, instance: Instance) -> Machine:
        """The machine of an instance."""
        return Machine(environment, instance, self._site(environment))

    def _site(self, environment: Environment) -> Site:
        known = self._sites.get(environment.id)
        if known is not None and known[0] == environment.generation:
            return known[1]
        if len(self._sites) >= REMEMBERED:
            self._sites.clear()
        stack = self._catalog.platforms.of(environment.solution_stack_name, environment.platform_arn)
        made = site(environment.option_settings, stack.traits if stack else ())
        self._sites[environment.id] = (environment.generation, made)
        return made
