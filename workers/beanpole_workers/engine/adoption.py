"""How what was asked for becomes what the environment is, and how an activity ends."""

from msgspec.structs import replace

from beanpole.model.environment.activity import Done, Outcome
from beanpole.model.health.context import NAMES
from beanpole.model.plan.steps import AdoptSettings, AdoptVersion, Finish, Release
from beanpole_workers.engine.story import Story


def close(story: Story) -> None:
    """From now on it cannot be aborted; a wish to abort it comes too late."""
    story.change(activity=replace(story.activity, closed=True, stop_at=None, stopping=False))


def adopt(step: AdoptVersion | AdoptSettings | Finish | Release, story: Story, at: int) -> None:
    """The environment is what the step says."""
    match step:
        case AdoptVersion():
            _adopt_version(step, story)
        case AdoptSettings():
            _adopt_settings(story, at)
        case Finish():
            _finish(step, story, at)
        case Release():
            _release(story, at)


def _adopt_version(step: AdoptVersion, story: Story) -> None:
    """With the settings of its `.ebextensions`, where the activity brings them and is not being undone."""
    extensions = None if story.activity.undoing else story.activity.changes.extensions
    story.change(
        version_label=step.version_label,
        deployment_id=step.deployment_id,
        deployments=max(story.environment.deployments, step.deployment_id),
        extensions=story.environment.extensions if extensions is None else extensions,
    )


def _adopt_settings(story: Story, at: int) -> None:
    environment, changes = story.environment, story.activity.changes
    story.change(
        settings=environment.settings if changes.settings is None else changes.settings,
        template_name=changes.template_name or environment.template_name,
        solution_stack_name=(
            environment.solution_stack_name if changes.platform_arn is None else changes.solution_stack_name
        ),
        platform_arn=changes.platform_arn or environment.platform_arn,
        failed_settings=None,
        settings_updated=at,
    )


def _finish(step: Finish, story: Story, at: int) -> None:
    """What failed leaves its settings as a draft; what was aborted leaves none."""
    story.plan(())
    story.wake(at)
    settings = story.activity.changes.settings
    if step.outcome == "failed" and settings is not None:
        story.change(failed_settings=settings)
    done = _done(story, at, step.outcome)
    story.change(status="Ready", date_updated=at, done=done, traffic=None, activity=None)


def _done(story: Story, at: int, outcome: Outcome = "done") -> Done | None:
    """Health does not speak of swaps and links, and goes on speaking of what was before them."""
    activity = story.activity
    return Done(activity.kind, activity.started, at, outcome) if activity.kind in NAMES else story.environment.done


def _release(story: Story, at: int) -> None:
    story.release(at)
    story.wake(at)
    story.plan(())
    story.remove(tuple(story.fleet))
    story.change(
        status="Terminated",
        health_status=None,
        basic_health=None,
        endpoint_url=None,
        resources=(),
        terminated_at=at,
        date_updated=at,
        done=_done(story, at),
        symptoms=(),
        has_symptoms=False,
        traffic=None,
        activity=None,
    )
