"""The build and the processing of a version (docs/facts.md#applications-and-versions).

A build makes a source bundle, which is processed; if a fault hits the build, there is none, and the version is FAILED
at once. Processing fails if the source bundle has a problem.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from beanpole.model.applications import contents
from beanpole.model.applications.application import ApplicationVersion
from beanpole.model.changes.change import Change
from beanpole.model.events import failures, messages
from beanpole.model.events.event import Event, application_event
from beanpole.model.events.messages import Message
from beanpole.model.faults.fault import Fault, StepContext, first_to_fire, fits_step
from beanpole.model.plan.rules import Rules

# The durations of each status: a table of the timings and its row.
LASTS = {"BUILDING": ("build-version", "built"), "PROCESSING": ("process-version", "processed")}


def advance(version: ApplicationVersion, rules: Rules, horizon: int) -> Change | None:
    """The change of all that is due by the horizon; None if nothing is."""
    events: list[Event] = []
    hit: Fault | None = None
    before = version
    while version.due is not None and version.due <= horizon:
        at = version.due
        if not version.under_way:
            version = replace(version, under_way=True, due=at + _lasting(version, rules))
            continue
        fault = _fault(version, rules, at)
        if fault is not None:
            hit = fault
            reason = (failures.BUILD_FAILED(version=version.version_label),) if version.status == "BUILDING" else ()
            version = _fail_build(version, at)
            events += _events(version, at, *reason)
            continue
        version = _end_build(version, at) if version.status == "BUILDING" else _end_processing(version, at)
        events += [] if version.is_busy else _events(version, at)
    if version is before:
        return None
    limited = (hit.with_hit(),) if hit is not None and hit.is_limited else ()
    unlimited = (hit.id,) if hit is not None and not hit.is_limited else ()
    return Change(puts=(version, *limited), events=tuple(events), hits=unlimited)


def _lasting(version: ApplicationVersion, rules: Rules) -> int:
    table, row = LASTS[version.status]
    seconds = rules.timings.activities[table].draw(row, rules.clock.seed, version.application_version_arn, row)
    return rules.clock.lasting(seconds)


def _fault(version: ApplicationVersion, rules: Rules, at: int) -> Fault | None:
    """The fault with which the build fails, or the processing of a version without a build."""
    context = StepContext(frozenset(), "CreateApplicationVersion", "build", version.version_label)
    fitting = (fault for fault in rules.faults if fault.what == "build-fails" and fits_step(fault.where, context))
    return first_to_fire(fitting, at, rules.clock.seed, version.application_version_arn, version.date_created)


def _fail_build(version: ApplicationVersion, at: int) -> ApplicationVersion:
    return replace(
        version, status="FAILED", built_bundle=None, built_image=None, date_updated=at, due=None, under_way=False
    )


def _end_build(version: ApplicationVersion, at: int) -> ApplicationVersion:
    return replace(
        version,
        status="PROCESSING",
        source_bundle=version.built_bundle or version.source_bundle,
        built_bundle=None,
        image_source=version.built_image or version.image_source,
        built_image=None,
        date_updated=at,
        due=at,
        under_way=False,
    )


def _end_processing(version: ApplicationVersion, at: int) -> ApplicationVersion:
    failed = contents.processing_failures(version.contents, version.version_label)
    return replace(version, status="FAILED" if failed else "PROCESSED", date_updated=at, due=None, under_way=False)


def _events(version: ApplicationVersion, at: int, *first: Message) -> Iterator[Event]:
    """The events at the end: the reasons of a failure [inferred], and the result."""
    name, label = version.application_name, version.version_label
    ending = messages.VERSION_FAILED if version.status == "FAILED" else messages.VERSION_PROCESSED
    sentences: tuple[Message, ...] = (
        *(first or (*contents.warnings(version.contents), *contents.processing_failures(version.contents, label))),
        ending(version=label, application=name),
    )
    for message in sentences:
        yield application_event(message, at, version.request_id, application_name=name, version_label=label)
