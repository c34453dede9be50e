"""The effects of the steps that give an environment its requested state, and of those that end an activity."""

from msgspec.structs import replace

from beanpole.model.environment.activity import Done, Outcome
from beanpole.model.environment.requests import Tag, Terminate
from beanpole.model.environment.scheduled_actions import keeps_bounds
from beanpole.model.health.context import INITIALIZING, NAMES
from beanpole.model.plan.steps import AdoptSettings, AdoptTags, AdoptVersion, Close, Finish, Linked, Release
from beanpole_workers.engine.story import Story


def close(step: Close, story: Story, at: int) -> None:
    """Let no abort stop the activity from now on, not even one that is already requested."""
    story.change(activity=replace(story.activity, closed=True, stop_at=None, stopping=False))


def resume(step: Linked, story: Story, at: int) -> None:
    """Give the environment the status of its own request, now that its links exist."""
    story.change(status="Launching" if story.activity.kind == "launch" else "Updating")


def adopt_version(step: AdoptVersion, story: Story, at: int) -> None:
    """Set the expected version, with the settings of its `.ebextensions` unless the activity is being undone."""
    extensions = None if story.activity.undoing else story.activity.changes.extensions
    story.change(
        version_label=step.version_label,
        deployment_id=step.deployment_id,
        bundle=step.bundle,
        done=_initialized(story, at),
        deployments=max(story.environment.deployments, step.deployment_id),
        extensions=story.environment.extensions if extensions is None else extensions,
    )


def adopt_settings(step: AdoptSettings, story: Story, at: int) -> None:
    """Set the settings, the saved configuration and the platform, if the request changes them."""
    environment, changes = story.environment, story.activity.changes
    settings = environment.settings if changes.settings is None else changes.settings
    story.change(
        settings=settings,
        bounds=environment.bounds if keeps_bounds(environment.settings, settings) else None,
        template_name=changes.template_name or environment.template_name,
        solution_stack_name=(
            environment.solution_stack_name if changes.platform_arn is None else changes.solution_stack_name
        ),
        platform_arn=changes.platform_arn or environment.platform_arn,
        failed_settings=None,
        settings_updated=at,
    )


def adopt_tags(step: AdoptTags, story: Story, at: int) -> None:
    """Set the tags of the request."""
    request = story.activity.request
    story.change(tags=request.tags if isinstance(request, Tag) else story.environment.tags)


def finish(step: Finish, story: Story, at: int) -> None:
    """End the activity; the settings of a failed update stay as a draft, those of an aborted update do not."""
    story.plan(())
    story.wake(at)
    if story.environment.bundle is not None:
        story.forget_files()
    settings = story.activity.changes.settings
    if step.outcome == "failed" and settings is not None:
        story.change(failed_settings=settings)
    request = story.activity.request
    if isinstance(request, Terminate) and request.wakes_application:
        story.wake_application(at)
    done = _done_after(story, at, step.outcome)
    scales = story.activity.kind == "scale"  # this is no update of the environment
    updated = story.environment.date_updated if scales else at
    story.change(status="Ready", date_updated=updated, done=done, traffic=None, activity=None)


def release(step: Release, story: Story, at: int) -> None:
    """Terminate the environment and free its names."""
    story.release(at)
    story.wake(at)
    story.plan(())
    story.remove(tuple(story.fleet))
    story.forget_files()
    story.change(
        status="Terminated",
        health_status=None,
        basic_health=None,
        endpoint_url=None,
        resources=(),
        custom=None,
        terminated_at=at,
        date_updated=at,
        done=_done_after(story, at),
        symptoms=(),
        has_symptoms=False,
        desired=None,
        losses=(),
        ingress=(),
        traffic=None,
        activity=None,
    )


def _done_after(story: Story, at: int, outcome: Outcome = "done") -> Done | None:
    """The last activity for the causes of health, which never name a swap or a link."""
    activity, before = story.activity, story.environment.done
    if activity.kind in INITIALIZING and before is not None and before.started == activity.started:
        return replace(before, outcome=outcome)
    return Done(activity.kind, activity.started, at, outcome) if activity.kind in NAMES else before


def _initialized(story: Story, at: int) -> Done | None:
    """The last activity for health: a launch counts as ended when its version runs (docs/facts.md#health)."""
    launches = story.activity.kind in INITIALIZING
    return Done(story.activity.kind, story.activity.started, at) if launches else story.environment.done
