"""From a call to money over sockets: `twin serve ven` for 20 meters, kills, intruders, and the settlement."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

from openadr_meters import DAY, QUARTER, QUARTERS, START, Site, VenCommand, settings_of
from openadr_vtn import TWIN, VtnProcess, certificates, client_context, wait_until
from twin.links.openadr3.calls import event_of, program_of
from twin.links.openadr3.clients import admit
from twin.links.openadr3.connection import Connection
from twin.links.openadr3.store import Store
from twin.market.event import Call
from twin.market.meter_days import meter_days
from twin.market.products import load_programme
from twin.market.settlement import Contract, settle_events
from twin.market.settlement_tables import participant_table

FAST = next(one for one in load_programme().products() if one.key == "peak_shaving.fast")
COUNT = 20
OUT, SHORT, SILENT, OVER = 3, 5, 9, 12


def fleet() -> list[Site]:
    """Most do what they offered; one offers nothing, one does half, one is silent for a while, one over."""
    sites = [Site(f"ven-{i}", 200.0 + 10.0 * i, -40.0 - i, 40.0 + i) for i in range(COUNT)]
    sites[OUT] = replace(sites[OUT], offer=None, made=0.0)
    sites[SHORT] = replace(sites[SHORT], made=-20.0)
    sites[SILENT] = replace(sites[SILENT], silent=(2,))
    sites[OVER] = replace(sites[OVER], made=-100.0)
    return sites


def quarters_told(db: Path) -> int:
    """Quarter-hours of the call that the VTN's file holds, by the names of the reports."""
    with closing(sqlite3.connect(db)) as file:
        rows = file.execute("SELECT json_extract(body, '$.reportName') FROM object WHERE kind = 'REPORT'")
        names = [str(name) for (name,) in rows if str(name).startswith("telemetry")]
    starts = [pd.Timestamp(name.rpartition(" ")[2]) for name in names]
    return sum(START <= start < START + QUARTERS * QUARTER for start in starts)


def expected(sites: list[Site]) -> pd.DataFrame:
    """The settlement from the meter files themselves."""
    times = pd.date_range(
        DAY - pd.Timedelta(days=14), DAY + pd.Timedelta(days=1), freq=QUARTER, inclusive="left"
    )
    load = np.full((len(sites), len(times)), np.nan)
    for i, site in enumerate(sites):
        table = site.table()
        load[i] = pd.Series(table["kw"].to_numpy(), pd.DatetimeIndex(table["time"])).reindex(times).to_numpy()
    call = Call("peak_shaving", START, START + QUARTERS * QUARTER, 1000.0, "fast")
    contracts = [Contract(site.name, "aggregator", 0.15) for site in sites]
    return participant_table(
        settle_events(
            meter_days(load, times, participants=[site.name for site in sites]),
            [call.event],
            [[site.offer or 0.0 for site in sites]],
            contracts=contracts,
        )
    )


@pytest.mark.long
def test_a_call_becomes_money_through_kills_of_both_sides(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    began = time.monotonic()
    sites, files, db = fleet(), certificates(tmp_path / "tls"), tmp_path / "vtn.db"
    store = Store(db)
    secrets = {site.name: admit(store, site.name, "ven") for site in sites}
    business = admit(store, "bl", "bl")
    store.close()
    vtn = VtnProcess(db, files)
    vens: dict[str, VenCommand] = {}
    strangers: list[VenCommand] = []
    clock = {"start": (START - 3 * QUARTER).isoformat(), "speed": 900.0}
    try:
        bl = Connection(vtn.url, "bl", business, authority=files.authority)
        program = bl.post("programs", program_of(load_programme(), FAST))
        call = Call("peak_shaving", START, START + QUARTERS * QUARTER, 1000.0, "fast")
        event = bl.post("events", event_of(call, program, pay=3.0, vens=[site.name for site in sites]))
        for site in sites:
            path = settings_of(
                tmp_path / site.name, site, vtn.url, secrets[site.name], files.authority, clock=clock
            )
            vens[site.name] = VenCommand(path, from_nothing=site is sites[0])  # who is killed too
        intruder = VenCommand(
            settings_of(tmp_path / "intruder", replace(sites[0], name="x"), vtn.url, "guess", files.authority)
        )
        strangers.append(intruder)

        wait_until("some telemetry", 200, lambda: quarters_told(db) >= 30)
        vtn.kill()
        for name in ("ven-0", "ven-7"):
            vens[name].kill()
        time.sleep(1.0)
        vtn.start()
        before = quarters_told(db)
        for name in ("ven-0", "ven-7"):
            vens[name].start()
        with httpx.Client(verify=client_context(files), trust_env=False) as http:
            form = {
                "grant_type": "client_credentials",
                "client_id": "ven-0",
                "client_secret": secrets["ven-0"],
            }
            token = http.post(f"{vtn.url}/auth/token", data=form).json()["access_token"]
            bearer = {"Authorization": f"Bearer {token}"}
            for body, status in (
                (b'{"programID":', 400),
                (b'{"reportName": "' + b"x" * 1_500_000 + b'"}', 413),
            ):
                assert http.post(f"{vtn.url}/reports", content=body, headers=bearer).status_code == status
        owed = (COUNT - 1) * QUARTERS - 1
        wait_until("all telemetry", 200, lambda: quarters_told(db) == owed)
        ended = {name: ven.end() for name, ven in vens.items()}
        assert {code for code, _, _ in ended.values()} == {0}
        assert all(secrets[name] not in err for name, (_, _, err) in ended.items())
        code, _, complaint = intruder.end()
        assert code == 0
        assert "401" in complaint
        assert "guess" not in complaint
        settled = _settled(db, tmp_path, sites)
        assert vtn.end() == 0
    finally:
        for ven in (*vens.values(), *strangers):
            ven.process.kill()
        vtn.kill()
    table = expected(sites)
    shown = {row["participant"]: row for row in settled["participants"]}
    assert set(shown) == {site.name for site in sites}
    for row in table.to_dict("records"):
        found = shown[row["participant"]]
        for key in ("pay_cny", "aggregator_cny", "participant_cny", "paid_kwh", "outcome"):
            assert found[key] == str(row[key]), (row["participant"], key)
    # by hand: 40 kW for two hours at 3 CNY/kWh, of which the aggregator keeps 15 %
    assert (shown["ven-0"]["pay_cny"], shown["ven-0"]["participant_cny"]) == ("240.00", "204.00")
    assert shown[f"ven-{OVER}"]["paid_kwh"] == "124.800"  # 120 % of 52 kW, for two hours
    outcomes = {i: shown[f"ven-{i}"]["outcome"] for i in (OUT, SHORT, SILENT)}
    assert outcomes == {OUT: "no_commitment", SHORT: "rule_not_met", SILENT: "gap_in_event"}
    (event_row,) = settled["events"]
    total = sum(Decimal(row["pay_cny"]) for row in settled["participants"])
    assert total == Decimal(event_row["pay_cny"])
    assert (
        sum(Decimal(row[k]) for row in settled["participants"] for k in ("aggregator_cny", "participant_cny"))
        == total
    )
    assert (settled["late_reports"], settled["not_settled"], settled["exercises"]) == (0, {}, [event.id])
    figure(
        f"OpenADR 3, from a call to money: {COUNT} `twin serve ven`, {owed} of {owed} quarter-hours there"
        f" ({before} before a kill of the VTN and two VENs), {event_row['paid']} of"
        f" {event_row['participants']} paid"
        f" {event_row['pay_cny']} CNY for {event_row['paid_kwh']} kWh, in {time.monotonic() - began:.0f} s"
    )


def _settled(db: Path, folder: Path, sites: list[Site]) -> Any:
    """What the command says while the VTN runs."""
    contracts = folder / "contracts.csv"
    rows = "".join(f"{site.name},aggregator,0.15\n" for site in sites)
    contracts.write_text(f"participant,aggregator,share\n{rows}")
    done = subprocess.run(
        [TWIN, "serve", "openadr-settle", "--db", db, "--contracts", contracts, "--json"],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)
