"""What `learn` accepts as a callback, when it stops, and when it saves."""

from types import SimpleNamespace

import numpy as np
import pytest

from motifkit.agents import callbacks
from motifkit.agents.callbacks import Checkpoint, LinearLearningRate, StopAtReturn, as_callback
from motifkit.errors import UsageError


class Counts:
    def __init__(self, answer=None):
        self.answer, self.n_calls = answer, 0

    def on_update(self, agent):
        self.n_calls += 1
        return self.answer


def agent_with(*returns):
    return SimpleNamespace(history=[{"return_mean": one} for one in returns])


@pytest.mark.parametrize(
    ("answer", "goes_on"),
    [(None, True), (True, True), (False, False), (np.False_, False), (np.True_, True), (0, True), ("", True)],
)
def test_only_false_stops(answer, goes_on):
    assert as_callback(lambda agent: answer)("agent") is goes_on
    assert as_callback(Counts(answer))("agent") is goes_on
    assert as_callback([Counts(), Counts(answer)])("agent") is goes_on


def test_the_agent_is_passed():
    seen = []
    as_callback([seen.append, [seen.append]])("agent")
    assert seen == ["agent", "agent"]


def test_all_of_several_are_called():
    every = [Counts(False), Counts(), Counts(True)]
    assert as_callback(tuple(every))("agent") is False
    assert [one.n_calls for one in every] == [1, 1, 1]
    assert as_callback(None)("agent") and as_callback([])("agent")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (3, "type int cannot be called"),
        ("stop", "type str cannot be called"),
        ([lambda agent: None, 3], "type int"),
        (StopAtReturn, "class StopAtReturn: give an instance"),
        (SimpleNamespace(on_update=3), "type SimpleNamespace cannot be called"),
        (SimpleNamespace(on_step=print), "on_update"),
    ],
)
def test_what_is_no_callback(given, message):
    with pytest.raises(UsageError, match=message) as caught:
        as_callback(given)
    assert "\n" not in str(caught.value)


def test_stop_at_return():
    stop = as_callback(StopAtReturn(0.9, window=2))
    returns = [0.95, 0.8, 0.99, 0.81, 1.0, 1.0]
    goes_on = [stop(agent_with(*returns[: i + 1])) for i in range(len(returns))]
    # Means: -, .875, .895, .9; then the window starts anew.
    assert goes_on == [True, True, True, False, True, False]


def test_stop_at_return_without_a_finished_episode():
    stop = StopAtReturn(0.0, window=1)
    assert stop.on_update(agent_with(float("nan"))) and not stop.on_update(agent_with(0.0))


def test_checkpoint(monkeypatch):
    now, saved = [100.0], []

    def save(path):
        saved.append((now[0], str(path)))
        now[0] += 5  # saving takes a while

    monkeypatch.setattr(callbacks.time, "monotonic", lambda: now[0])
    checkpoint = as_callback(Checkpoint("runs/one", every_seconds=30))
    agent = SimpleNamespace(save=save)
    for moment in (100, 120, 134, 135, 150, 170):
        now[0] = moment
        assert checkpoint(agent)
    assert saved == [(100, "runs/one"), (135, "runs/one"), (170, "runs/one")]


def test_checkpoint_after_every_update():
    saved = []
    checkpoint = Checkpoint("x", every_seconds=0)
    for _ in range(3):
        checkpoint.on_update(SimpleNamespace(save=saved.append))
    assert len(saved) == 3


@pytest.mark.parametrize(
    "make",
    [
        lambda: StopAtReturn(float("nan")),
        lambda: StopAtReturn("1"),
        lambda: StopAtReturn(1, window=0),
        lambda: Checkpoint("x", every_seconds=-1),
        lambda: Checkpoint("x", every_seconds=float("nan")),
        lambda: Checkpoint("x", every_seconds="30"),
    ],
)
def test_arguments(make):
    with pytest.raises(UsageError) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_the_learning_rate_falls_in_a_line_and_stays_at_its_last_share():
    groups = [{"lr": 9.0}, {"lr": 9.0}]
    agent = SimpleNamespace(
        config=SimpleNamespace(learning_rate=0.2), optimiser=SimpleNamespace(param_groups=groups)
    )
    fall = LinearLearningRate(100, last_share=0.25)
    rates = []
    for agent.num_timesteps in (0, 50, 80, 500):
        assert as_callback(fall)(agent)
        rates.append([group["lr"] for group in groups])
    assert rates == [[pytest.approx(rate)] * 2 for rate in (0.2, 0.1, 0.05, 0.05)]
    for wrong in ({"total_timesteps": 0}, {"total_timesteps": 10, "last_share": 2}):
        with pytest.raises(UsageError, match="LinearLearningRate"):
            LinearLearningRate(**wrong)
