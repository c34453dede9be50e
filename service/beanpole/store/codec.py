"""Encodes entities, instances and events for Redis, and decodes them."""

import zlib
from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from beanpole.model.applications.application import Application, ApplicationVersion
from beanpole.model.applications.template import ConfigurationTemplate
from beanpole.model.bundles.bundle import Bundle
from beanpole.model.changes.change import Entity
from beanpole.model.custom_platforms.custom_platform import CustomPlatform
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.environment_info import EnvironmentInfo
from beanpole.model.environment.fleet import by_launch
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.lanes import Sighting
from beanpole.model.environment.managed_action import ManagedActionRecord
from beanpole.model.events.event import Event
from beanpole.model.faults.fault import Fault
from beanpole.model.time.clock import Clock
from beanpole.threads.decoders import JsonDecoder, PackDecoder

KINDS: dict[type[Entity], str] = {
    Application: "application",
    ApplicationVersion: "version",
    ConfigurationTemplate: "template",
    CustomPlatform: "platform",
    Environment: "environment",
    EnvironmentInfo: "info",
    Fault: "fault",
    ManagedActionRecord: "managed-action",
}

_encoder = msgspec.json.Encoder()
_entities: dict[str, JsonDecoder[Entity]] = {kind: JsonDecoder(entity) for entity, kind in KINDS.items()}
_instance = JsonDecoder[Instance](Instance)
_clock = JsonDecoder[Clock](Clock)
_sighting = JsonDecoder[Sighting](Sighting)
_event = JsonDecoder[Event](Event)
_bundle = PackDecoder[Bundle](Bundle)


def encode_entity(entity: Entity) -> bytes:
    """An entity without its generation, which Redis has in a separate hash."""
    return _encoder.encode(replace(entity, generation=0))


def decode_entity(kind: str, blob: bytes, generation: int) -> Entity:
    """An entity of a kind at a generation."""
    return replace(_entities[kind].decode(blob), generation=generation)


def encode_sighting(sighting: Sighting) -> bytes:
    """A sighting of an instance; most instances end without a call, and then nothing is written of one."""
    return _encoder.encode(sighting if sighting.by else (sighting.at, sighting.id, sighting.look))


def decode_sighting(blob: bytes) -> Sighting:
    """A sighting of an instance."""
    return _sighting.decode(blob)


def encode_clock(clock: Clock) -> bytes:
    """A clock, whole."""
    return _encoder.encode(clock)


def decode_clock(blob: bytes) -> Clock:
    """A clock, whole."""
    return _clock.decode(blob)


def encode_instance(instance: Instance) -> bytes:
    """An instance, whole."""
    return _encoder.encode(instance)


def decode_fleet(blobs: Iterable[bytes]) -> dict[str, Instance]:
    """Instances by id, in the order of their launch."""
    return by_launch(map(_instance.decode, blobs))


def encode_event(event: Event) -> bytes:
    """An event without its instant, which is its id in the stream."""
    return _encoder.encode(replace(event, at=0))


def decode_event(blob: bytes, at: int) -> Event:
    """The event at an instant."""
    return replace(_event.decode(blob), at=at)


def encode_bundle(bundle: Bundle) -> bytes:
    """A source bundle, whole; its directory may have a hundred thousand members, so it is packed."""
    return zlib.compress(msgspec.msgpack.encode(bundle), 1)


def decode_bundle(blob: bytes) -> Bundle:
    """A source bundle, whole."""
    return _bundle.decode(zlib.decompress(blob))
