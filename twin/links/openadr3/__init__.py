"""OpenADR 3 over real sockets: a VTN (the caller's server) and a VEN (the called building's client).

The rooms follow the published OpenAPI contract of **OpenADR 3.0.1** [1]_, the version that installed
implementations answer to. Version 3.1.0 is not compatible with it: there `targets` are plain strings,
`resources` became a collection of their own (`/resources`), a report no longer names its program,
notifications say CREATE, UPDATE, DELETE instead of HTTP verbs and may travel by MQTT, `/auth/server` tells
where tokens are had, and only business logic may write targets [2]_. That last rule is kept here already,
since under 3.0.1 a VEN could otherwise let itself into any group.

`messages`
    The contract's objects.
`durations`, `intervals`
    ISO 8601 durations; when the intervals of an event lie.
`parsing`
    Bytes into messages, within limits.
`store`, `clients`, `rules`, `notifications`, `vtn`, `server`
    The VTN: its file, who is admitted, who may do what, its webhooks, its pages, its process.
`connection`, `journal`, `callbacks`, `ven`
    The VEN: HTTP with tokens, its outbox, what wakes it, its work.
`reports`
    Telemetry, opting in and out.
`calls`
    Calls and programmes of `twin.market` as events and programs. This room and those below import pandas.
`client_settings`
    Where a VTN is, who we are there, whom we trust.
`ven_settings`, `metered_ven`
    A VEN that speaks for stored meters.
`settlement`
    From the reports in the VTN's file to money.

References
----------
.. [1] OpenADR Alliance, *OpenADR 3 API*, version 3.0.1 (OpenAPI), Apache-2.0.
.. [2] OpenADR Alliance, *OpenADR 3.1.0 Definition* and its change log.
"""

VERSION = "3.0.1"
BASE_PATH = f"/openadr3/{VERSION}"
"""Path under which the contract's own server stands."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts that are spoken to without TLS."""
