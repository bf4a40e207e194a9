"""A template of the HTML reports, filled. jinja2 and plotly are imported on use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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


def _plotly_js() -> str:
    from plotly.offline import get_plotlyjs

    script: str = get_plotlyjs()
    return script.replace("</script", "<\\/script")
