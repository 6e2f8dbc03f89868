"""The commands under `twin serve`: what talks to others' systems over their protocols (协议服务)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twin.terminal import AsJson, tell

serve = typer.Typer(help="Talk to others' systems over their protocols.", no_args_is_help=True)
Database = Annotated[Path, typer.Option(help="File of the VTN (SQLite).")]


@serve.command()
def openadr(
    db: Database = Path("vtn.db"),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 8443,
    certificate: Annotated[
        Path | None, typer.Option(help="Server's certificate with its chain (PEM); needed beyond loopback.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Its key (PEM, without a password).")] = None,
    client_ca: Annotated[
        Path | None, typer.Option(help="Clients must show a certificate that this authority signed (PEM).")
    ] = None,
    callback_host: Annotated[
        list[str] | None,
        typer.Option(help="Host that webhooks may call beside loopback; may be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """A VTN of OpenADR 3.0.1: programs, events, reports, subscriptions, VENs (需求响应服务端)."""
    from twin.commands.openadr import serve_openadr

    serve_openadr(
        db,
        host=host,
        port=port,
        certificate=certificate,
        key=key,
        client_ca=client_ca,
        callback_hosts=callback_host or (),
        as_json=as_json,
    )


@serve.command("ven")
def serve_ven(
    settings: Annotated[
        Path,
        typer.Argument(
            help="YAML file: VTN, name, credentials, source, resources, offer.", metavar="SETTINGS"
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """A VEN of OpenADR 3 at anybody's VTN, for the meters of a Run, a district or a file (需求响应终端)."""
    from twin.commands.ven import serve_ven

    serve_ven(settings, as_json=as_json)


@serve.command("openadr2")
def serve_openadr2(
    settings: Annotated[
        Path, typer.Argument(help="YAML file: db, certificate, key, authority, vens.", metavar="SETTINGS")
    ],
    as_json: AsJson = False,
) -> None:
    """A VTN of OpenADR 2.0b in front of the same file, for the installed base (needs the extra openadr2)."""
    from twin.commands.openadr2 import serve_vtn2

    serve_vtn2(settings, as_json=as_json)


Vtn = Annotated[
    Path, typer.Option("--to", help="YAML file: vtn, credentials, authority; the client is business logic.")
]


@serve.command("openadr-call")
def call_openadr(
    event: Annotated[
        Path, typer.Argument(help="Invitation, as `twin respond --event` reads it.", metavar="EVENT")
    ],
    to: Vtn = Path("openadr.yaml"),
    ven: Annotated[
        list[str] | None, typer.Option(help="Who is called; may be repeated. Default all of the program.")
    ] = None,
    pay: Annotated[
        float | None, typer.Option(help="Paid for a kWh of response [CNY]; default the product's price.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send a call to a VTN of OpenADR 3 as an event, with its program (下发邀约)."""
    from twin.commands.openadr_call import send_call

    tell(send_call(event, to, vens=ven or (), pay=pay), as_json)


@serve.command("openadr-cancel")
def cancel_openadr(
    event: Annotated[str, typer.Argument(help="Id of the event at the VTN.", metavar="EVENT_ID")],
    to: Vtn = Path("openadr.yaml"),
    as_json: AsJson = False,
) -> None:
    """Take a call back (撤回邀约)."""
    from twin.commands.openadr_call import cancel_call

    tell(cancel_call(event, to), as_json)


@serve.command("openadr-settle")
def settle_openadr(
    db: Database = Path("vtn.db"),
    event: Annotated[
        list[str] | None, typer.Option(help="Id of an event; may be repeated. Default all calls.")
    ] = None,
    contracts: Annotated[
        Path | None, typer.Option(help="CSV of contracts: participant (VEN), aggregator, share.")
    ] = None,
    closed: Annotated[
        str | None, typer.Option(help="Reports after this time do not count, such as 2026-07-22T12:00+08:00.")
    ] = None,
    rule: Annotated[str, typer.Option(help="Rule of validity: rule_one or rule_two.")] = "rule_two",
    as_json: AsJson = False,
) -> None:
    """Settle the calls in a VTN's file from the reports in it, to the fen (响应结算)."""
    from twin.commands.openadr_settle import settle_openadr

    tell(settle_openadr(db, events=event, contracts=contracts, closed=closed, rule=rule), as_json)


@serve.command("mqtt")
def serve_mqtt(
    settings: Annotated[
        Path, typer.Argument(help="YAML file: broker, credentials, source, clock.", metavar="SETTINGS")
    ],
    as_json: AsJson = False,
) -> None:
    """Telemetry of a Run, a district or a meter file to an MQTT broker, as if it were live (遥测发布)."""
    from twin.commands.mqtt import serve_mqtt

    serve_mqtt(settings, as_json=as_json)


openadr_clients = typer.Typer(help="Who may speak to a VTN (客户端登记).", no_args_is_help=True)
serve.add_typer(openadr_clients, name="openadr-clients")
ClientId = Annotated[str, typer.Argument(help="The client's id at the token endpoint.", metavar="CLIENT")]


@openadr_clients.command("add")
def add_openadr_client(
    client: ClientId,
    role: Annotated[str, typer.Option(help="bl (business logic, who calls) or ven (who is called).")],
    db: Database = Path("vtn.db"),
    ven_name: Annotated[
        str | None, typer.Option(help="Name of the VEN that it speaks for; default its client id.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Admit a client and print its secret, this once."""
    from twin.commands.openadr_clients import add_client

    tell(add_client(db, client, role=role, ven_name=ven_name), as_json)


@openadr_clients.command("remove")
def remove_openadr_client(client: ClientId, db: Database = Path("vtn.db"), as_json: AsJson = False) -> None:
    """Take a client's admission and its tokens away."""
    from twin.commands.openadr_clients import remove_client

    tell(remove_client(db, client), as_json)


@openadr_clients.command("list")
def list_openadr_clients(db: Database = Path("vtn.db"), as_json: AsJson = False) -> None:
    """Who is admitted, and as what."""
    from twin.commands.openadr_clients import list_clients

    tell(list_clients(db), as_json)
