"""A report as a page: its picture and its table, for whoever has the address. It needs no script."""

from html import escape
from uuid import UUID

from flask import Response

from backend.core import pages
from backend.core.actor import asking
from backend.core.problems import NotFound, ProblemError
from backend.core.words import reader_language, title_and_body
from backend.maps import analysis, reports

STYLE = (
    pages.STYLE
    + """main{max-width:60rem}
img{display:block;width:100%;height:auto;margin:1rem 0;border-radius:.5rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;background:var(--box)}
th,td{text-align:start;padding:.5rem .75rem;border-bottom:1px solid var(--line)}
tbody th{font-weight:400}
.number,thead th+th{text-align:end;font-variant-numeric:tabular-nums}
.file{display:inline-block;min-height:3rem;padding:.6rem 1rem .6rem 0}
"""
)
GUARD = pages.policy(STYLE, "img-src 'self'; ")
SAID = {
    "not-found": ("unseen", 404),
    "invalid": ("unseen", 404),
    "too-large": ("too-large", 413),
    "slow-down": ("slow-down", 429),
}
"""What is said of a problem, and with which status. What is not there and what is not for its reader are told alike."""


def opened(words: str) -> Response:
    """The page of the report with this id; where it can't be shown, one that says why in words.

    404: there is no such report, it is somebody's own, or it is about layers that are not for its reader, or no more there.
    """
    try:
        return page(read_id(words))
    except ProblemError as problem:
        if problem.type not in SAID:
            raise
        return refused(problem)


def read_id(words: str) -> UUID:
    """The id in an address that somebody may have copied in part. Raises NotFound."""
    try:
        return UUID(words)
    except ValueError:
        raise NotFound from None


def refused(problem: ProblemError) -> Response:
    """The page that says that there is none."""
    in_, (name, status) = reader_language(), SAID[problem.type]
    title, body = title_and_body(in_, f"report.{name}")
    html = pages.document(in_, title, f"<h1>{escape(title)}</h1><p>{escape(body)}</p>", STYLE)
    answer = pages.answer(html, GUARD, in_, status)
    if problem.retry_after:
        answer.headers["Retry-After"] = str(problem.retry_after)
    return answer


def page(id_: UUID) -> Response:
    """The page of a report that can be shown."""
    row, asked = reports.opened(id_)
    told = analysis.answered(asking(), asked)
    in_ = reader_language()
    place = f"/v1/maps/reports/{row.id}"
    heads, *lines = reports.lines_of(
        told, in_, escape, lambda value: f"<td class=number>{reports.shown(value)}"
    )
    head = "".join(f"<th scope=col>{said}" for said in heads[1:])
    rows = "".join(f"<tr><th scope=row>{title}{''.join(numbers)}" for _, title, *numbers in lines)
    files = "".join(
        f'<a class="file" href="{place}/{kind}?lang={in_.value}">{escape(reports.said(in_, kind))}</a> '
        for kind in ("csv", "pdf")
    )
    notes = "".join(f"<p>{escape(line)}</p>" for line in reports.notes(told, in_))
    picture = escape(reports.said(in_, "picture"), quote=True)
    body = (
        f'<h1>{escape(row.title)}</h1>{notes}<picture><source media="(prefers-color-scheme:dark)" srcset="{place}/picture?night=1">'
        f'<img src="{place}/picture" alt="{picture}" width="540" height="360"></picture>'
        f'<p>{files}</p><div class="scroll" tabindex="0" role="region" aria-label="{escape(row.title, quote=True)}">'
        f"<table><thead><tr>{head}<tbody>{rows}</table></div>"
    )
    answer = pages.answer(pages.document(in_, row.title, body, STYLE), GUARD, in_)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer
