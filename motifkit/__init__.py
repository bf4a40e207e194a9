"""motifkit: recurring patterns in time series, found and given to an agent that learns.

The public names load on first use (PEP 562), so that `import motifkit` costs next to nothing.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
