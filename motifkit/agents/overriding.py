"""Which of two methods that belong together a class defined last."""

from __future__ import annotations


def is_up_to_date(kind: type, fast: str, *slow: str) -> bool:
    """Whether a class has a method `fast` that no newer `slow` of a subclass has left behind.

    Examples
    --------
    >>> class Both:
    ...     def unroll(self): ...
    ...     def retrieve(self): ...
    >>> class Newer(Both):
    ...     def retrieve(self): ...
    >>> is_up_to_date(Both, "unroll", "retrieve"), is_up_to_date(Newer, "unroll", "retrieve")
    (True, False)
    """
    line = [vars(one) for one in kind.__mro__]
    age = {name: next((i for i, one in enumerate(line) if name in one), len(line)) for name in (fast, *slow)}
    return age[fast] < len(line) and age[fast] <= min(age[name] for name in slow)
