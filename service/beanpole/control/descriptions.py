"""A clock, an event, an environment and a call as more than one control route shows them."""

from typing import Any

import msgspec

from beanpole.control.instants import format_instant
from beanpole.machine.clock import real_now
from beanpole.model.environment.environment import Environment
from beanpole.model.events.event import Event
from beanpole.model.time.clock import Clock
from beanpole.store.journal import Call
from beanpole.store.summaries import Summary


def of_clock(clock: Clock, has_seed: bool = True) -> dict[str, object]:
    """A clock, and the instant that it shows now; `has_seed` is false where each account draws its own later."""
    seed = {"seed": clock.seed} if has_seed else {}
    return {"mode": clock.mode, "speed": clock.speed, "now": format_instant(clock.now(real_now())), **seed}


def of_event(event: Event) -> dict[str, Any]:
    """An event; members that it does not have are left out."""
    document: dict[str, Any] = msgspec.to_builtins(event)
    at = document.pop("at")
    return {"event_date": format_instant(at), "severity": event.severity, **document}


def of_environment(environment: Environment) -> dict[str, Any]:
    """An environment in brief; `activity` is the kind of what it is busy with."""
    return {
        "environment_id": environment.environment_id,
        "environment_name": environment.environment_name,
        "application_name": environment.application_name,
        "status": environment.status,
        "health": environment.health,
        "health_status": environment.health_status,
        "version_label": environment.version_label,
        "cname": environment.cname,
        "activity": None if environment.activity is None else environment.activity.kind,
        "date_updated": format_instant(environment.date_updated),
        "generation": environment.generation,
    }


def of_summary(summary: Summary) -> dict[str, Any]:
    """An environment in brief, with what a table of environments shows beside."""
    return of_environment(summary.environment) | {
        "tier": summary.environment.tier.name,
        "platform": summary.environment.solution_stack_name or summary.environment.platform_arn,
        **fleet_of(summary),
    }


def fleet_of(summary: Summary) -> dict[str, object]:
    """The number of instances of an environment, of those in service, and the instant of its latest event."""
    return {
        "instances": len(summary.fleet),
        "in_service": sum(instance.in_service for instance in summary.fleet),
        "last_event": format_instant(summary.last_event),
    }


def of_call(call: Call) -> dict[str, Any]:
    """A call of the journal."""
    return {
        "number": call.number,
        "at": format_instant(call.at),
        "now": format_instant(call.now),
        "region": call.region,
        "service": call.service,
        "operation": call.operation,
        "parameters": call.parameters,
        "status": call.status,
        "error": call.error,
        "message": call.message,
        "milliseconds": call.milliseconds,
        "client": call.client,
        "request_id": call.request_id,
        "changed": call.changed,
    }
