"""The Dash app: an address becomes a page, and what happens on it becomes an answer.

Everything comes from this process: no address outside is asked, so that the pages work offline.
"""

from __future__ import annotations

from dash import Dash, Input, Output
from dash.development.base_component import Component
from flask.logging import default_handler

from dashboards import shell
from dashboards.access.callbacks import Callbacks, refuse_politely
from dashboards.access.rules import EVERYBODY
from dashboards.access.user import RefusedError
from dashboards.components.messages import empty, missing, trouble
from dashboards.pages import PAGES, page_of
from dashboards.visit import visit_of
from dashboards.workspace import Workspace
from weather.errors import TwinError


def create_pages(workspace: Workspace) -> Dash:
    """Make the pages.

    Parameters
    ----------
    workspace : Workspace

    Returns
    -------
    Dash
        Its `server` is a WSGI application.
    """
    app = Dash(
        "dashboards",
        title="PEDF Twin",
        update_title=None,
        serve_locally=True,
        suppress_callback_exceptions=True,
        compress=False,
    )
    app.enable_dev_tools(debug=False, dev_tools_disable_version_check=True)  # it would ask an address outside
    app.layout = shell.frame()
    # Flask's handler writes to the stream of WSGI, which is stdout here: there stands one JSON object.
    app.server.logger.removeHandler(default_handler)
    refuse_politely(app)
    everybody = Callbacks(app, EVERYBODY)
    shell.callbacks(everybody.as_dash)

    @everybody.callback(Output("shell", "children"), Input("address", "pathname"), Input("address", "search"))
    def show(path: str | None, search: str | None) -> Component:
        visit = visit_of(workspace, path, search)
        page = page_of(visit.path)
        if page is None or not page.open_to(visit.user):
            return shell.shell(visit, missing(visit))
        try:
            return shell.shell(visit, page.layout(visit))
        except TwinError as error:
            return shell.shell(visit, trouble(error, visit))
        except RefusedError:
            raise
        except Exception:  # the frame stands even where what is to be shown in it is damaged
            app.server.logger.exception("page %s", visit.path)
            return shell.shell(visit, empty(visit.say("shell.failed")))

    for page in PAGES:
        page.callbacks(Callbacks(app, page.roles or EVERYBODY).as_dash, workspace)
    # Dash sets its routes up on the first request; a first page asked by a browser would race with it.
    app.server.test_client().get("/")
    return app
