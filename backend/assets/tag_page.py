"""The page that a label's address opens, for whoever found the thing or sees that it is broken. Nobody signs in.

It tells what sort of thing it is, whose, and whom to call: never who has it, its serial number, or whether there is such
a tag at all. It is one page of plain HTML: it needs no script, no other host, and grows with the reader's letters.
"""

import hashlib
import hmac
import uuid
from collections.abc import Mapping
from datetime import timedelta
from html import escape
from typing import NamedTuple

from flask import Response, request
from sqlalchemy import select

from backend import identity
from backend.assets import sightings
from backend.assets.tables import AssetRow
from backend.core import pages
from backend.core.actor import db
from backend.core.bodies import caller_address
from backend.core.clock import now
from backend.core.house import house
from backend.core.limits import Limit, count_tries
from backend.core.problems import TooMany
from backend.core.words import reader_language, words
from backend.maps import CityTold, city
from shared_models.assets import TAG, AssetKind, TagTold, tag_of
from shared_models.basics import Language
from shared_models.faults import Sight, SightingKind

KEEPER = "information-technology"
"""The department that finders call, if the city's pack has one of this name and knows its telephone."""
SEEN, SENT = 600, 20
"""Pages that one address may open in an hour, and reports that may come from it: tags are not to be tried out."""
FRESH = timedelta(hours=24)
"""How long a page that was opened may be sent."""
MOST_WORDS, MOST_CONTACT = 2000, 200
OTHER = AssetKind.OTHER

STYLE = (
    pages.STYLE
    + """a[href^="tel:"]{white-space:nowrap}
.tag{font-family:ui-monospace,monospace}
.bad{color:var(--bad);font-weight:700}
fieldset{border:1px solid var(--line);border-radius:.5rem;margin:1rem 0;padding:.5rem min(1rem,4vw);background:var(--box)}
.pick{display:flex;align-items:center;gap:min(.75rem,3vw);min-height:3rem}
.pick input{width:min(1.5rem,8vw);height:min(1.5rem,8vw);flex:none;accent-color:var(--act)}
.field{display:block;margin:1rem 0 .25rem;font-weight:600}
small{display:block}
textarea,input[type=text]{font:inherit;width:100%;padding:.6rem;border:1px solid var(--line);border-radius:.5rem;color:inherit;background:var(--box)}
button{font:inherit;font-weight:700;min-height:3rem;padding:.6rem 1.5rem;margin:1rem 0;border:0;border-radius:.5rem;color:var(--on);background:var(--act)}
"""
)
GUARD = pages.policy(STYLE, "form-action 'self'; ")
"""What a browser may do with the page: show it in this style, and send its form back to us."""


class Draft(NamedTuple):
    """What somebody has filled in so far."""

    kind: str = ""
    words: str = ""
    contact: str = ""


def told(code: str) -> TagTold:
    """What a stranger is told of a tag. Of a tag that there is not, the same as of one whose kind says nothing."""
    kind = db().scalar(select(AssetRow.kind).where(AssetRow.tag == tag_of(code)))
    of = finders_city()
    return TagTold(tag=shown_tag(code), kind=kind or OTHER, city=of.name, telephone=of.telephone)


def finders_city() -> CityTold:
    """The city as finders call it: by the number of those who keep its things, or City Hall's where that is unknown."""
    of, row = city(), db().get(identity.DepartmentRow, KEEPER)
    return of._replace(telephone=(row and row.telephone) or of.telephone)


def shown_tag(code: str) -> str:
    """The tag that a scanned address stands for, if it could be one; else nothing: a page repeats no stranger's words."""
    tag = tag_of(code)
    return tag if TAG.regex.fullmatch(tag) else ""


def tell(code: str) -> TagTold:
    """As ``told``, for anybody who asks; each address may ask so often."""
    count_tries(house().database, Limit("tag-address", caller_address(), SEEN, timedelta(hours=1)))
    return told(code)


def opened(code: str) -> Response:
    """The page of a tag, ready to be filled in."""
    try:
        return page(tell(code), Draft())
    except TooMany as problem:
        refuse_program(problem)
        return page(TagTold(tag="", kind=OTHER, city="", telephone=""), Draft(), "too-many", problem)


def sent(code: str) -> Response:
    """Take in what somebody filled in. The same page sent twice is one report; what is wrong is said above the form."""
    draft = Draft(*(request.form.get(name, "").strip() for name in Draft._fields))
    about = told(code)
    id_ = sealed_id(about.tag, request.form)
    wrong = ""
    if id_ is None:
        wrong = "stale"
    elif draft.kind not in {SightingKind.FOUND, SightingKind.BROKEN}:
        wrong = "choose"
    elif len(draft.words) > MOST_WORDS or len(draft.contact) > MOST_CONTACT:
        wrong = "too-long"
    if wrong or id_ is None:
        return page(about, draft, wrong, status=422)
    try:
        count_tries(house().database, Limit("tag-sent-address", caller_address(), SENT, timedelta(hours=1)))
        sight = {"id": str(id_), "kind": draft.kind, "code": tag_of(code)[:300], "words": draft.words}
        sightings.take(Sight.check(sight | {"contact": draft.contact}))
    except TooMany as problem:
        refuse_program(problem)
        return page(about, draft, "too-many", problem)
    return page(about, None)


def refuse_program(problem: TooMany) -> None:
    """Whoever does not ask for a page gets the problem itself, as from any route."""
    if not request.accept_mimetypes.accept_html:
        raise problem


# ── whether a form is ours ───────────────────────────────────────────────────────────────────────────────


def seal(tag: str, id_: uuid.UUID, minute: int) -> str:
    """Proves that we made a form for this tag, with this id, in this minute."""
    said = f"tag-page:{tag}:{id_}:{minute}".encode()
    return hmac.new(house().settings.secret_key, said, hashlib.sha256).hexdigest()


def sealed_id(tag: str, form: Mapping[str, str]) -> uuid.UUID | None:
    """The id of a form that we made not long ago, and that a browser sent from our own page; None for any other."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return None
    minute = form.get("minute", "")
    try:
        id_ = uuid.UUID(form.get("id", ""))
    except ValueError:
        return None
    if not (minute.isascii() and minute.isdecimal() and len(minute) <= 12):  # noqa: PLR2004 - no clock says more
        return None
    age = this_minute() - int(minute)
    ours = hmac.compare_digest(seal(tag, id_, int(minute)).encode(), form.get("seal", "").encode())
    return id_ if ours and 0 <= age * 60 <= FRESH.total_seconds() else None


def this_minute() -> int:
    """Minutes since 1970."""
    return int(now().timestamp()) // 60


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────


def page(
    about: TagTold, draft: Draft | None, wrong: str = "", limit: TooMany | None = None, status: int = 200
) -> Response:
    """The page: with a form to fill in, or thanks where there is no draft. ``wrong`` names what is said above the form."""
    in_ = reader_language()

    def say(name: str, **values: str) -> str:
        return escape(words(in_, f"tag-page.{name}", **values))

    title = words(in_, f"tag-page.{'title' if draft else 'thanks-title'}", city=about.city)
    body = (
        form(about, draft, in_) if draft else f"<p role=status>{say('thanks')}</p>" + link(in_, say("again"))
    )
    what = words(in_, f"kind.{about.kind.value}")
    kind = say("no-kind", city=about.city) if about.kind is OTHER else say("kind", kind=what)
    number = escape(about.telephone, quote=True)
    call = f'<p>{say("call")} <a href="tel:{number}">{number}</a>.</p>' if about.telephone else ""
    html = pages.document(
        in_,
        title,
        f"<h1>{escape(title)}</h1>"
        + (f'<p class="tag">{escape(about.tag)}</p>' if about.tag else "")
        + (f"<p>{kind}</p>" if about.city else "")
        + (f'<p class="bad" id="wrong" role="alert">{say(wrong)}</p>' if wrong else "")
        + f"{body}{call}<p>{say('emergency')}</p>",
        STYLE,
    )
    answer = pages.answer(html, GUARD, in_, limit.status if limit else status)
    if limit:
        answer.headers["Retry-After"] = str(limit.retry_after)
    return answer


def form(about: TagTold, draft: Draft, in_: Language) -> str:
    """What is filled in; with an id and a seal of its own, so that it counts once and from here."""

    def say(name: str) -> str:
        return escape(words(in_, f"tag-page.{name}"), quote=True)

    id_, minute = uuid.uuid4(), this_minute()
    hidden = {"id": str(id_), "minute": str(minute), "seal": seal(about.tag, id_, minute)}
    kinds = (SightingKind.FOUND.value, SightingKind.BROKEN.value)
    picks = "".join(
        f'<label class="pick"><input type="radio" name="kind" value="{kind}" required'
        f"{' checked' if draft.kind == kind else ''}>{say(kind)}</label>"
        for kind in kinds
    )
    return (
        f'<form method="post" action="?lang={in_.value}">'
        + "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in hidden.items())
        + f"<fieldset><legend>{say('ask')}</legend>{picks}</fieldset>"
        f'<label class="field" for="words">{say("words")}</label><small id="words-hint">{say("words-hint")}</small>'
        f'<textarea id="words" name="words" rows="4" maxlength="{MOST_WORDS}" aria-describedby="words-hint">'
        f"{escape(draft.words)}</textarea>"
        f'<label class="field" for="contact">{say("contact")}</label>'
        f'<small id="contact-hint">{say("contact-hint")}</small>'
        f'<input type="text" id="contact" name="contact" maxlength="{MOST_CONTACT}" autocomplete="tel" '
        f'aria-describedby="contact-hint" value="{escape(draft.contact, quote=True)}">'
        f'<button type="submit">{say("send")}</button></form>'
    )


def link(in_: Language, said: str) -> str:
    """A link to the empty form of the same page."""
    return f'<p><a href="?lang={in_.value}">{said}</a></p>'
