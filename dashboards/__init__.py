"""The pages of PEDF Twin: `dashboards.app.create_app` makes the app, `dashboards.command` starts it."""
