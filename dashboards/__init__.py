"""The pages of PEDF Twin: `dashboards.app.create_app` makes the app, `dashboards.command` starts it."""

from twin.sentences import also_from

also_from("dashboards")
