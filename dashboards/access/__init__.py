"""Who may do what on the pages (访问控制).

    request ─▶ `guard`: host, origin, rule, session, body ─▶ the application, which asks `user.asking`

`guard` is the one door: what no line of `rules` allows is refused. `accounts` is the file behind it, with
`users`, `sessions` and `login_rate` in it; `login` has the pages on which people log in; `exposure` says
where a server may listen at all; `command` is `twin user`.
"""
