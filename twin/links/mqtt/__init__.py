"""Telemetry by MQTT 3.1.1 to anybody's broker: a stored year as if it were live.

Topics, below a prefix of the user's (default `pedf`); `METER` is the name of a building or meter:

`PREFIX/METER/meter`
    What a meter says of one interval, once it is over, QoS 1, the last one retained.
`PREFIX/METER/state`
    All else that is known of the building: means of the interval and states at its end. QoS 1, retained.
`PREFIX/status`
    `{"status": "online" | "offline", ...}`, retained; `offline` is also the last will.
`PREFIX/METER/set`
    Where set-points and limits would go. A stored year has happened: nothing in it can follow, so that each
    message there is refused, which is said on `PREFIX/METER/set/answer` (not retained).

Payloads are JSON: `start` and `end` of the interval with their offset from UTC, and `values`, each with its
unit: `{"start": "2025-07-22T13:00:00+08:00", "end": "2025-07-22T13:15:00+08:00",
"values": {"net_import_kw": {"value": 160.0, "unit": "kW"}}}`.

What is to be published lies in a file until the broker has acknowledged it. So nothing is lost when the
broker or this process is killed; a message may come twice (QoS 1), which its topic and `start` tell.

The other way round a building's telemetry is heard by `twin live`: the same payloads, one or more below
`PREFIX/METER/`, kept in a file before they are acknowledged.

`settings`
    One YAML file.
`connection`
    A client of a broker.
`states`
    Series of a Run, a district or a meter file, with units.
`queue`
    What the broker does not have yet.
`publisher`
    Hands the queue over.
`telemetry`
    From the clock to the queue.
`heard`, `listener`
    What is said of a building, and who hears it.
"""
