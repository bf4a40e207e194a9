"""Trainings two at a time, each in a process and on a thread of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from time import perf_counter
from typing import Any, TypeVar

import torch

Answer = TypeVar("Answer")

N_PROCESSES = 2


def side_by_side(job: Callable[..., Answer], arguments: Sequence[tuple[Any, ...]]) -> list[Answer]:
    """Answers of `job` to each of the arguments, in their order; says on stderr how far it is."""
    began = perf_counter()
    spawn = get_context("spawn")  # torch's threads do not survive a fork
    with ProcessPoolExecutor(N_PROCESSES, spawn, torch.set_num_threads, (1,)) as pool:
        pending = [pool.submit(job, *given) for given in arguments]
        for n_done, _ in enumerate(as_completed(pending), 1):
            sys.stderr.write(f"{n_done} of {len(pending)} trainings, {perf_counter() - began:.0f} s\n")
        return [one.result() for one in pending]
