"""A template of the HTML reports, filled. jinja2 and plotly are imported on use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from motifkit.io.atomic import atomic_write
from motifkit.report.html_backtest import OutOfSample, statistic_rows
from motifkit.report.html_data import as_script


def rendered(template: str, data: Mapping[str, Any], backtest: OutOfSample | None, **values: Any) -> str:
    """Page with its data inside it and, where there are figures, plotly.js; names are escaped.

    Parameters
    ----------
    template : str
        Name of a file in `templates`.
    data : mapping
        JSON values for the script; `figures` among them.
    backtest : OutOfSample, optional
    **values
        For the template.

    Examples
    --------
    >>> rendered("macros.html.jinja", {"figures": {}}, None).strip()
    ''
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("motifkit.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page: str = environment.get_template(template).render(
        backtest=backtest,
        statistics=([], []) if backtest is None else statistic_rows(backtest),
        figures=data["figures"],
        data=Markup(as_script(data)),
        plotly_js=Markup(_plotly_js() if data["figures"] else ""),
        **values,
    )
    return page


def write_page(path: str | Path, page: str, *, overwrite: bool = False) -> None:
    """Write a page to a file, whole or not at all.

    Parameters
    ----------
    path : str or Path
    page : str
    overwrite : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    FileAccessError
        When the file is there already, or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "report.html"
    >>> write_page(target, "<!DOCTYPE html>")
    >>> target.read_text()
    '<!DOCTYPE html>'
    """
    with atomic_write(path, overwrite=overwrite) as temporary:
        temporary.write_text(page, encoding="utf-8")


def _plotly_js() -> str:
    from plotly.offline import get_plotlyjs

    script: str = get_plotlyjs()
    return script.replace("</script", "<\\/script")
