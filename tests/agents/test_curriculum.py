"""Stages in turn, their progress in a checkpoint, and the attribute that they set."""

import dataclasses
import json
import math

import gymnasium
import numpy as np
import pytest

from motifkit.agents.curriculum import Curriculum
from motifkit.errors import CorruptFileError, UsageError


class Delayed(gymnasium.Env):
    observation_space = action_space = gymnasium.spaces.Discrete(2)

    def __init__(self):
        self.delay = 1


def test_moves_on_when_mastered():
    curriculum = Curriculum(stages=(2, 4, 8), threshold=0.9, window=2)
    seen = []
    for mean_return in (1.0, 0.7, 1.0, 0.8, 1.0, 1.0, 1.0, 1.0, 0.0):
        moved = curriculum.update(mean_return)
        seen.append((moved, curriculum.value, curriculum.finished))
    assert seen == [
        (False, 2, False),
        (False, 2, False),  # mean 0.85
        (False, 2, False),
        (True, 4, False),  # mean 0.9, exactly the threshold
        (False, 4, False),  # the window starts anew
        (True, 8, False),
        (False, 8, False),
        (False, 8, True),
        (False, 8, True),  # and stays finished
    ]


def test_nan_masters_nothing():
    curriculum = Curriculum(stages=(2, 4), window=1)
    assert not curriculum.update(math.nan) and curriculum.value == 2
    assert curriculum.update(1.0)


def test_defaults_are_the_notebooks():
    curriculum = Curriculum()
    assert curriculum.stages == (2, 4, 8, 16, 32, 64, 128, 256)
    assert (curriculum.attribute, curriculum.stage, curriculum.value) == ("delay", 0, 2)


def test_settings_are_fixed_and_progress_is_each_ones_own():
    one, other = Curriculum(window=1), Curriculum(window=1)
    one.update(1.0)
    assert one.stage == 1 and other.stage == 0 and one == other
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.window = 3


def test_round_trips():
    first = Curriculum(stages=np.array([3, 5]), threshold=np.float32(0.5), window=np.int64(3))
    for mean_return in (0.1, 1 / 3):
        first.update(mean_return)
    second = Curriculum(**json.loads(json.dumps(first.config())))
    second.load_state(json.loads(json.dumps(first.state())))
    assert first == second and first.state() == second.state()
    assert [first.update(2.0), first.value] == [second.update(2.0), second.value] == [True, 5]


@pytest.mark.parametrize(
    "changes",
    [
        {"stage": 2},
        {"stage": -1},
        {"stage": True},
        {"stage": None},
        {"finished": 1},
        {"recent": "x"},
        {"recent": ["1"]},
    ],
)
def test_damaged_progress(changes):
    curriculum = Curriculum(stages=(1, 2))
    with pytest.raises(CorruptFileError, match="2 stages"):
        curriculum.load_state(curriculum.state() | changes)
    with pytest.raises(CorruptFileError):
        curriculum.load_state({})


def test_apply():
    curriculum = Curriculum(stages=(7,))
    env = gymnasium.wrappers.TimeLimit(Delayed(), 5)
    curriculum.apply(env)
    assert env.unwrapped.delay == 7
    many = gymnasium.vector.SyncVectorEnv([lambda: gymnasium.wrappers.TimeLimit(Delayed(), 5)] * 2)
    curriculum.apply(many)
    assert [one.unwrapped.delay for one in many.envs] == [7, 7]
    for lacking in (env, many):
        with pytest.raises(UsageError, match="Delayed has no attribute 'level'"):
            Curriculum(stages=(7,), attribute="level").apply(lacking)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"stages": ()}, "empty"),
        ({"stages": (2, 0)}, "holds 0"),
        ({"stages": (2, -4)}, "holds -4"),
        ({"stages": (math.nan,)}, "holds nan"),
        ({"stages": ("2",)}, "holds '2'"),
        ({"stages": (True,)}, "holds True"),
        ({"stages": "24"}, "sequence"),
        ({"stages": 4}, "sequence"),
        ({"attribute": ""}, "attribute"),
        ({"attribute": "a b"}, "attribute"),
        ({"threshold": math.inf}, "threshold"),
        ({"threshold": None}, "threshold"),
        ({"window": 0}, "window"),
        ({"window": 1.5}, "window"),
    ],
)
def test_arguments(given, message):
    with pytest.raises(UsageError, match=message) as caught:
        Curriculum(**given)
    assert "\n" not in str(caught.value)
