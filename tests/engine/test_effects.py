"""Every step of the vocabulary has its effect, and the words of what it waits for."""

import inspect
from typing import get_args, get_origin, get_type_hints

import pytest

from beanpole.model.plan.fault_targets import STEPS_HIT
from beanpole.model.plan.steps import Deploy, Deprovision, Finish, Provision, Step, Wait
from beanpole.model.plan.waiting import NOTHING, WAITS, waits_for
from beanpole_workers.engine.effects import EFFECTS, unharmed

STEPS = get_args(Step)


def test_every_step_has_an_effect() -> None:
    assert EFFECTS.keys() == set(STEPS)


def test_every_step_has_words_for_what_it_waits_for() -> None:
    assert WAITS.keys() == set(STEPS)


def test_faults_hit_the_steps_at_which_they_can_be_armed() -> None:
    assert {step for step, effect in EFFECTS.items() if effect.hits is not unharmed} == {
        step for steps in STEPS_HIT.values() for step in steps
    }


@pytest.mark.parametrize("step", STEPS)
def test_the_functions_of_an_effect_take_the_step_of_its_row(step: type[Step]) -> None:
    for function in EFFECTS[step]:
        parameter = next(iter(inspect.signature(function).parameters))
        accepted = get_type_hints(function)[parameter]
        assert step in (get_args(accepted) if get_origin(accepted) else (accepted,))


def test_a_step_names_what_it_waits_for() -> None:
    assert waits_for(Provision("auto-scaling-group")) == "the auto scaling group to be created"
    assert waits_for(Deprovision("listener")) == "the listener to be deleted"
    assert waits_for(Wait("connections to drain")) == "connections to drain"
    assert waits_for(Deploy(("i-1", "i-2", "i-3"), "v1", 1)) == "the command on i-1 and 2 more"
    assert waits_for(Deploy(("i-1",), "v1", 1)) == "the command on i-1"
    assert waits_for(Deploy((), "v1", 1)) == "the command on no instance"
    assert waits_for(Finish()) == NOTHING
