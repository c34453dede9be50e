"""Validation of a configuration: of each option by itself, then of options against each other.

The second part runs only if the first finds no error. It reads effective values, so a message may be about an option
that is not set.
"""

import json
import re
from collections.abc import Iterable, Iterator

from beanpole.model.options import reasons
from beanpole.model.options.combinations import RULES
from beanpole.model.options.configuration import Configuration
from beanpole.model.options.definitions import OptionCatalog, OptionDefinition, OptionSetting, Traits
from beanpole.model.options.findings import ValidationMessage, about_option, about_value
from beanpole.model.options.namespaces import INSTANCES, LAUNCH_CONFIGURATION, PROPERTIES, SCHEDULED_ACTION, TRIGGER
from beanpole.model.time import schedules
from beanpole.model.time.clock import LATEST
from beanpole.text.patterns import matcher

PROPERTY_LENGTH = 256  # characters of a value by the guide; the service is known to accept longer ones

_PROPERTY_NAME = re.compile(r"[A-Za-z0-9_.:/+\\@-]{1,128}")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_FRACTION = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_MOST_DIGITS = 300  # of an integer that is compared exactly; a longer one is out of every bound
_LIST_TYPES = ("CommaSeparatedList", "List")


def validate(configuration: Configuration) -> tuple[ValidationMessage, ...]:
    """The errors of a configuration; none if it is valid."""
    errors = one_by_one(configuration, configuration.settings)
    return errors or tuple(message for rule in RULES for message in rule(configuration))


def one_by_one(configuration: Configuration, settings: Iterable[OptionSetting]) -> tuple[ValidationMessage, ...]:
    """The errors of settings by themselves, whether or not others override them in the configuration."""
    return tuple(message for setting in settings for message in _check(configuration, setting))


def advice(configuration: Configuration) -> tuple[ValidationMessage, ...]:
    """The warnings about settings that are accepted."""
    return tuple(message for setting in configuration.settings for message in _advise(configuration, setting))


def unnamed(catalog: OptionCatalog, settings: Iterable[OptionSetting]) -> tuple[OptionSetting, ...]:
    """The settings that need a ResourceName and have none."""
    pairs = ((setting, catalog.find(setting.namespace, setting.option_name)) for setting in settings)
    return tuple(s for s, definition in pairs if definition and definition.needs_resource_name and not s.resource_name)


def _check(configuration: Configuration, setting: OptionSetting) -> Iterator[ValidationMessage]:
    namespace, name = setting.namespace, setting.option_name
    definition = configuration.catalog.find(namespace, name, configuration.traits)
    if definition is None:
        yield _unknown(configuration, namespace, name)
    elif namespace == PROPERTIES and not _PROPERTY_NAME.fullmatch(name):
        yield about_option(namespace, name, reasons.PROPERTY_NAME)
    elif setting.value and definition.enforced:
        reason = _reason(definition, setting.value, configuration.traits)
        if reason:
            yield about_value(setting.value, namespace, name, reason)


def _unknown(configuration: Configuration, namespace: str, name: str) -> ValidationMessage:
    """The error about an option that no platform has, or only another platform or generation.

    Sources: captures of Node.js and Docker on Amazon Linux 2 and 2023 (docs/facts.md#options).
    """
    if configuration.catalog.find(namespace, name) is None:
        return about_option(namespace, name, reasons.UNKNOWN)
    return ValidationMessage(namespace, name, "error", reasons.UNKNOWN_PARAMETER.format(name=name))


def _advise(configuration: Configuration, setting: OptionSetting) -> Iterator[ValidationMessage]:
    namespace, name = setting.namespace, setting.option_name
    definition = configuration.catalog.find(namespace, name, configuration.traits)
    if definition is not None and definition.deprecated:
        yield ValidationMessage(namespace, name, "warning", reasons.DEPRECATED)
    if namespace == PROPERTIES and len(setting.value or "") > PROPERTY_LENGTH:
        reason = reasons.LONG_PROPERTY.format(bound=PROPERTY_LENGTH)
        yield ValidationMessage(namespace, name, "warning", reason)


def _reason(definition: OptionDefinition, value: str, traits: Traits) -> str | None:
    """The reason why a definition does not allow a value; None if it does."""
    special = _SPECIAL.get((definition.namespace, definition.name))
    checks = (special,) if special else (_not_allowed, _out_of_bounds, _misspelled)
    return next((reason for check in checks if (reason := check(definition, value, traits))), None)


def _not_allowed(definition: OptionDefinition, value: str, traits: Traits) -> str | None:
    allowed = ("true", "false") if definition.value_type == "Boolean" else definition.values_in(traits)
    spell = str if definition.case_sensitive else str.lower
    parts = [part.strip() for part in value.split(",")] if definition.value_type in _LIST_TYPES else [value]
    if not allowed or {spell(part) for part in parts} <= {spell(part) for part in allowed}:
        return None
    if definition.name == "RootVolumeType":
        return reasons.NOT_A_VOLUME_TYPE.format(value=value)
    if definition.name == "InstanceProtocol":
        return reasons.UNSUPPORTED_INSTANCE_PROTOCOL.format(value=value)
    if definition.name == "Protocol" and traits.balanced and traits.load_balancer == "network":
        return reasons.NOT_TCP
    return reasons.NOT_ALLOWED.format(values=", ".join(allowed))


def _out_of_bounds(definition: OptionDefinition, value: str, traits: Traits) -> str | None:
    low, high = definition.min, definition.max
    if low is None and high is None:
        return None
    fractions = isinstance(low, float) or isinstance(high, float)
    if not (_FRACTION if fractions else _INTEGER).fullmatch(value):
        return reasons.NOT_A_NUMBER if fractions else reasons.NOT_AN_INTEGER
    number = float(value) if fractions or len(value) > _MOST_DIGITS else int(value)  # int refuses very long texts
    if low is not None and number < low:
        return reasons.TOO_SMALL.format(bound=low)
    return reasons.TOO_GREAT.format(bound=high) if high is not None and number > high else None


def _misspelled(definition: OptionDefinition, value: str, traits: Traits) -> str | None:
    if definition.max_length is not None and len(value) > definition.max_length:
        return reasons.TOO_LONG.format(bound=definition.max_length)
    if definition.value_type == "Json" and not _is_json(value):
        return reasons.NOT_JSON
    pattern = definition.pattern
    if pattern is None or matcher(pattern, ignore_case=not definition.case_sensitive)(value):
        return None
    label = definition.label or reasons.NO_MATCH_LABEL.format(pattern=pattern)
    return reasons.NO_MATCH.format(pattern=pattern, label=label)


def _is_json(value: str) -> bool:
    """Tell whether a value is JSON; a document that is nested too deep to read is not."""
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return True


def _instance_types(definition: OptionDefinition, value: str, traits: Traits) -> str | None:
    types = [part.strip() for part in value.split(",")]
    return None if all(types) and len(set(types)) == len(types) <= 40 else reasons.INSTANCE_TYPES


def _period(definition: OptionDefinition, value: str, traits: Traits) -> str | None:
    zero = re.fullmatch(r"0+", value, re.ASCII)
    return reasons.PERIOD_OF_ZERO if zero else _out_of_bounds(definition, value, traits)


def _adjustment(definition: OptionDefinition, value: str, traits: Traits) -> str | None:
    """Auto Scaling takes an integer; the definition of the service has a greatest length, and no bounds."""
    whole = None if _INTEGER.fullmatch(value) else reasons.NOT_AN_INTEGER
    return whole or _misspelled(definition, value, traits)


def _recurrence(definition: OptionDefinition, value: str, traits: Traits) -> str | None:
    return None if schedules.is_schedule(value) else reasons.NOT_CRON


def _instant(definition: OptionDefinition, value: str, traits: Traits) -> str | None:
    try:
        return None if 0 <= schedules.instant(value) <= LATEST else reasons.NOT_AN_INSTANT
    except (ValueError, OverflowError):
        return reasons.NOT_AN_INSTANT


def _ssh_source(definition: OptionDefinition, value: str, traits: Traits) -> str | None:
    """The guide's own example has blanks behind the commas (command-options-general)."""
    return _misspelled(definition, re.sub(r"(?<! ) +(?=,)|(?<=,) +", "", value), traits)


_SPECIAL = {
    (LAUNCH_CONFIGURATION, "SSHSourceRestriction"): _ssh_source,
    (INSTANCES, "InstanceTypes"): _instance_types,
    (TRIGGER, "Period"): _period,
    (TRIGGER, "LowerBreachScaleIncrement"): _adjustment,
    (TRIGGER, "UpperBreachScaleIncrement"): _adjustment,
    (SCHEDULED_ACTION, "Recurrence"): _recurrence,
    (SCHEDULED_ACTION, "StartTime"): _instant,
    (SCHEDULED_ACTION, "EndTime"): _instant,
}
