"""The directive `public`: what motifkit exports from the parts that are named, by its docstrings.

Names come from `motifkit.__all__` and nowhere else, so that a new one is documented as soon as it is exported.
A name of which no page says where it belongs is a warning, and warnings end the build.
"""

import inspect

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

import motifkit

_log = logging.getLogger(__name__)


def part_of(name: str) -> str:
    """Part of the package that a public name comes from: `mining` for `mine`."""
    return str(motifkit._HOME[name]).split(".")[1]


class Public(SphinxDirective):
    """`{public} mining` documents what `motifkit.mining` exports; several parts may be named.

    Lines of the body, if any, are names that come first, in that order.
    """

    required_arguments = 1
    optional_arguments = 20
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Markdown that asks autodoc for each name."""
        first = [line.strip() for line in self.content if line.strip()]
        found = [name for name in motifkit.__all__ if part_of(name) in self.arguments]
        strays = sorted(set(first) - set(found))
        if strays:
            raise self.error(f"not exported from {', '.join(self.arguments)}: {', '.join(strays)}")
        names = [*first, *(name for name in found if name not in first)]
        self.env.note_reread()  # names may come without this page changing
        self.env.domaindata.setdefault("public", {}).setdefault(self.env.docname, set()).update(names)
        lines: list[str] = []
        for name in names:
            is_class = inspect.isclass(getattr(motifkit, name))
            lines += [f".. auto{'class' if is_class else 'function'}:: motifkit.{name}"]
            lines += ["   :members:", "   :show-inheritance:"] if is_class else []
            lines += [""]
        text = "\n".join(["```{eval-rst}", *lines, "```"])
        return self.parse_text_to_nodes(text)


def _tell_missing(_app: Sphinx, environment: BuildEnvironment) -> None:
    documented = {name for names in environment.domaindata.get("public", {}).values() for name in names}
    for name in sorted(set(motifkit.__all__) - documented):
        _log.warning("motifkit.%s is on no page: name its part, %s, in docs/api", name, part_of(name))


def _forget_page(_app: Sphinx, environment: BuildEnvironment, page: str) -> None:
    environment.domaindata.get("public", {}).pop(page, None)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive and the check."""
    app.add_directive("public", Public)
    app.connect("env-purge-doc", _forget_page)
    app.connect("env-check-consistency", _tell_missing)
    return {"version": "1", "env_version": 1, "parallel_read_safe": False, "parallel_write_safe": True}
