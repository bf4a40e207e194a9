"""Equations as MathML, which browsers show by themselves: no script, nothing fetched."""

import re

from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

_DOTS = re.compile(r"\\dots\b")  # the one command of docs/theory.md that docutils does not know


def to_mathml(latex: str, *, block: bool = False) -> str:
    """MathML of an equation.

    Parameters
    ----------
    latex : str
        The equation, without dollar signs.
    block : bool
        Whether it stands on a line of its own.

    Returns
    -------
    str
        A `<math>` element.

    Raises
    ------
    docutils.utils.math.MathError
        When a command is not known.
    """
    return str(latex2mathml.tex2mathml(_DOTS.sub(r"\\ldots", latex.strip()), as_block=block))


def _inline(writer: HTML5Translator, node: nodes.math) -> None:
    writer.body.append(to_mathml(node.astext()))
    raise nodes.SkipNode


def _block(writer: HTML5Translator, node: nodes.math_block) -> None:
    writer.body.append(f'<div class="math">{to_mathml(node.astext(), block=True)}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> ExtensionMetadata:
    """Offer the renderer to Sphinx."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
