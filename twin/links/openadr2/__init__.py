"""OpenADR 2.0b for the installed base, by the library openleadr: the same calls, the same books.

The VTN speaks 2.0b over HTTP (pull) in front of the file of the OpenADR 3 VTN: a call that business logic
posted there reaches VENs of both protocols, answers and telemetry of both lie in that file, and
`twin.links.openadr3.settlement` settles them alike.

- **Event**: a signal `LOAD_DISPATCH` of type `delta` in kW, a quarter-hour for each interval, negative for a
  decrease; its market context names the product. From foreign VTNs `SIMPLE` levels are understood as well.
- **Who**: VENs are listed by name and by the fingerprint of their certificate (the last ten bytes of its
  SHA-256, as the Alliance has it). Over TLS the client's certificate must have it, and the signature of each
  message (but for VENs of the standard security level, which do not sign: `signed: false`). Without TLS only
  loopback is served.
- **Opting** is the answer to the event (`oadrCreatedEvent`), and a VEN that thinks again answers a changed
  event. What 2.0b has beside that is missing here, since openleadr's `EiOpt` is a fragment which its server
  does not even route: opt schedules (`oadrCreateOpt` with a vavailability), opting of single resources,
  taking an opt back (`oadrCancelOpt`). Such messages get HTTP 404. Missing in the library too: push (VTN to
  VEN) and XMPP, history reports, reports from VTN to VEN.
- **Capacity**: an answer in 2.0b says yes or no; who says yes has confirmed what was called for, shared
  equally among the VENs that the event names.

`calls`
    Calls as events of 2.0b and back.
`guard`
    What is refused before any parser of the library sees it.
`bridge`
    The file of the VTN: who is called, what was answered and metered.
`vtn`, `ven`
    The two processes.
"""
