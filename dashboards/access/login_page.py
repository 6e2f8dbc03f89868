"""What stands on the pages of the log-in and of the account."""

from __future__ import annotations

from functools import partial
from html import escape
from urllib.parse import quote

from dashboards.access.page import Framed, framed
from dashboards.access.passwords import LEAST
from dashboards.access.user import ROLES, User
from dashboards.access.users import NAME_CHARACTERS
from dashboards.words import word
from twin.report.style import LANGUAGES, Language


def login_page(
    language: Language, *, token: str, goes_on: str, name: str, trouble: str | None, wait: int = 0
) -> Framed:
    """The log-in.

    Parameters
    ----------
    language : {"zh", "en"}
    token : str
        Of the form.
    goes_on : str
        Path that is shown afterwards; may be empty.
    name : str
        As it was typed before.
    trouble : str, optional
        Words of the catalogue: what went wrong.
    wait : int
        Seconds until the next try.
    """
    say = partial(_said, language)
    here = "autofocus " if not name else ""
    there = "autofocus " if name else ""
    body = f"""<h1>{say("log_in_title")}</h1>
{_trouble(language, trouble, wait)}<form method="post" action="/{language}/login">
<input type="hidden" name="token" value="{escape(token)}">
<input type="hidden" name="next" value="{escape(goes_on)}">
<label for="name">{say("name")}</label>
<input id="name" name="name" value="{escape(name[:NAME_CHARACTERS])}" autocomplete="username" required
 maxlength="{NAME_CHARACTERS}" autocapitalize="none" autocorrect="off" spellcheck="false" {here}dir="auto">
<label for="password">{say("password")}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required {there}>
<button type="submit">{say("log_in_button")}</button>
</form>
<p class="hint">{say("no_account")}</p>"""
    there_path = f"/{_other(language)}/login" + (f"?next={quote(goes_on, safe='')}" if goes_on else "")
    return framed(
        word("access.log_in_title", language), body, language, (there_path, word("shell.other", language))
    )


def account_page(
    language: Language, user: User, *, token: str, trouble: str | None, wait: int = 0, changed: bool = False
) -> Framed:
    """Who is logged in, another password, and the way out.

    Parameters
    ----------
    language : {"zh", "en"}
    user : User
    token : str
        Of both forms.
    trouble : str, optional
        Words of the catalogue: what went wrong.
    wait : int
        Seconds until the next try.
    changed : bool
        The password has just been changed.
    """
    say = partial(_said, language)
    comma = "、" if language == "zh" else ", "
    roles = comma.join(say(role) for role in ROLES if role in user.roles)
    projects = "" if user.sees_all else (
        f"<dt>{say('projects')}</dt>"
        f"<dd>{escape(comma.join(sorted(user.projects))) or say('no_projects')}</dd>"
    )  # fmt: skip
    good = f'<p class="good" role="status">{say("changed")}</p>' if changed else ""
    hidden = f'<input type="hidden" name="token" value="{escape(token)}">'
    body = f"""<h1>{say("account_title")}</h1>
<dl><dt>{say("name")}</dt><dd>{escape(user.name)}</dd><dt>{say("roles")}</dt><dd>{roles}</dd>{projects}</dl>
<h2>{say("change_title")}</h2>
{good}{_trouble(language, trouble, wait)}<form method="post" action="/{language}/account">
{hidden}
<input name="username" value="{escape(user.name)}" autocomplete="username" readonly hidden>
<label for="password">{say("old_password")}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<label for="new">{say("new_password")}</label>
<input id="new" name="new" type="password" autocomplete="new-password" minlength="{LEAST}" required
 aria-describedby="policy">
<p class="hint" id="policy">{say("policy", least=LEAST)}</p>
<button type="submit">{say("change_button")}</button>
</form>
<form method="post" action="/logout">
{hidden}
<input type="hidden" name="language" value="{language}">
<button type="submit" class="second">{say("log_out")}</button>
</form>
<p class="hint"><a href="/{language}">{say("home")}</a></p>"""
    there = (f"/{_other(language)}/account", word("shell.other", language))
    return framed(word("access.account_title", language), body, language, there)


def _said(language: Language, key: str, **values: object) -> str:
    """Words of this room, ready to stand in HTML."""
    return escape(word(f"access.{key}", language, **values))


def _trouble(language: Language, trouble: str | None, wait: int) -> str:
    if trouble is None:
        return ""
    said = _said(language, trouble, seconds=wait, least=LEAST)
    return f'<p class="bad" role="alert">{said}</p>\n'


def _other(language: Language) -> Language:
    return LANGUAGES[1 - LANGUAGES.index(language)]
