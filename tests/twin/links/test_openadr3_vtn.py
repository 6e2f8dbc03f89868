"""The VTN on loopback: who sees and writes what, searches, names, tokens, refusals in words."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openadr_parties import Party, Place, call, said_of, target, token
from twin.links.openadr3 import BASE_PATH
from twin.links.openadr3.clients import admit
from twin.links.openadr3.messages import Problem
from twin.links.openadr3.parsing import read
from twin.links.openadr3.store import Store
from weather.errors import TwinError

GRANT = {"grant_type": "client_credentials"}


# --- tokens and scopes ------------------------------------------------------------------------------------


def test_tokens_are_opaque_and_only_hashes_are_kept(clients: Callable[[], Place]) -> None:
    here = clients()
    secret = admit(here.store, "another", "ven")
    answer = token(here.http, "another", secret)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["scope"] == "read_all write_reports write_subscriptions write_vens"
    here.store.close()
    kept = b"".join(file.read_bytes() for file in here.path.parent.iterdir())
    assert b"another" in kept
    assert secret.encode() not in kept
    assert answer.json()["access_token"].encode() not in kept
    assert here.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "password", "client_id": "bl", "client_secret": "x"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "client_id": "bl"}, 400, "invalid_request"),
        ({**GRANT, "client_id": "bl", "client_secret": "x"}, 401, "invalid_client"),
        ({**GRANT, "client_id": "who", "client_secret": "x"}, 401, "invalid_client"),
        ({"grant_type": ["client_credentials"] * 2, "client_id": "bl"}, 400, "invalid_request"),
    ],
)  # fmt: skip
def test_a_token_is_refused_as_rfc_6749_says(place: Place, form: Any, status: int, error: str) -> None:
    answer = place.http.post(f"{BASE_PATH}/auth/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert ("www-authenticate" in answer.headers) == (status == 401)


def test_a_token_may_have_fewer_scopes_but_never_more(place: Place) -> None:
    secret = admit(place.store, "reader", "bl")
    assert token(place.http, "reader", secret, scope="write_reports").json()["error"] == "invalid_scope"
    narrow = token(place.http, "reader", secret, scope="read_all").json()
    assert narrow["scope"] == "read_all"
    reader = Party(place.http, narrow["access_token"])
    assert reader.ask("GET", "/programs").status_code == 200
    assert "write_programs" in reader.refused(403, "POST", "/programs", json={"programName": "no"})
    basic = place.http.post(
        f"{BASE_PATH}/auth/token", data={"grant_type": "client_credentials"}, auth=("reader", secret)
    )
    assert basic.status_code == 200


def test_without_a_token_with_an_unknown_or_an_expired_one_nobody_comes_in(
    clients: Callable[[], Place],
) -> None:
    here = clients()
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"}):
        answer = here.http.get(f"{BASE_PATH}/programs", headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert here.v1.ask("GET", "/programs").status_code == 200
    with sqlite3.connect(here.path) as other:
        other.execute("UPDATE token SET expires = 0 WHERE client = 'v1'")
    other.close()
    assert "expired" in here.v1.refused(401, "GET", "/programs")
    assert here.store.remove_client("v2")
    here.v2.refused(401, "GET", "/programs")
    assert here.v3.ask("GET", "/programs").status_code == 200


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("v1", "/programs"),
        ("v1", "/events"),
        ("bl", "/reports"),
    ],
)
def test_roles_write_what_the_contract_lets_them(place: Place, who: str, path: str) -> None:
    party: Party = getattr(place, who)
    assert "scope" in party.refused(403, "POST", path, json={})
    assert "scope" in party.refused(403, "PUT", f"{path}/x", json={})
    assert "scope" in party.refused(403, "DELETE", f"{path}/x")


# --- objects ----------------------------------------------------------------------------------------------


def test_an_object_has_what_the_vtn_writes_on_it_and_changes_by_put(place: Place) -> None:
    made = place.bl.made("/programs", programName="stamps", id="mine", createdDateTime="2020-01-01T00:00:00Z")
    assert made["id"] != "mine"
    assert made["createdDateTime"] == made["modificationDateTime"] > "2026"
    assert made["objectType"] == "PROGRAM"
    changed = place.bl.ask("PUT", f"/programs/{made['id']}", json={"programName": "stamps 2"}).json()
    assert changed["createdDateTime"] == made["createdDateTime"]
    assert changed["modificationDateTime"] > made["modificationDateTime"]
    assert place.bl.ask("GET", f"/programs/{made['id']}").json() == changed
    gone = place.bl.ask("DELETE", f"/programs/{made['id']}")
    assert (gone.status_code, gone.json()) == (200, changed)
    for method in ("GET", "DELETE"):
        place.bl.refused(404, method, f"/programs/{made['id']}")
    place.bl.refused(404, "PUT", f"/programs/{made['id']}", json={"programName": "stamps 3"})
    place.bl.made("/programs", programName="stamps 2")  # its name is free again


def test_names_that_must_be_unique_are(place: Place) -> None:
    program = place.bl.made("/programs", programName="once")
    other = place.bl.made("/programs", programName="twice")
    place.bl.refused(409, "POST", "/programs", json={"programName": "once"})
    place.bl.refused(409, "PUT", f"/programs/{other['id']}", json={"programName": "once"})
    event = place.bl.made("/events", **call(program, eventName="same"))
    place.bl.made("/events", **call(program, eventName="same"))  # names of events are for people
    place.v1.made("/reports", **said_of(event, "v1", reportName="r"))
    place.v1.refused(409, "POST", "/reports", json=said_of(event, "v1", reportName="r"))
    place.v2.made("/reports", **said_of(event, "v2", reportName="r"))
    place.v1.made("/reports", **said_of(event, "v1"))
    place.v1.made("/reports", **said_of(event, "v1"))
    ven = place.v1.made("/vens", venName="v1", resources=[{"resourceName": "battery"}])
    assert [one["resourceName"] for one in ven["resources"]] == ["battery"]
    place.v1.refused(409, "POST", "/vens", json={"venName": "v1"})
    place.v1.refused(409, "POST", f"/vens/{ven['id']}/resources", json={"resourceName": "battery"})
    assert place.v1.ask("PUT", f"/vens/{ven['id']}", json=ven).status_code == 200


def test_a_reference_to_nothing_is_refused(place: Place) -> None:
    program = place.bl.made("/programs", programName="referred")
    event = place.bl.made("/events", **call(program))
    assert "no program" in place.bl.refused(400, "POST", "/events", json=call({"id": "nothing"}))
    wrong = said_of(event, "v1") | {"eventID": "nothing"}
    assert "no event" in place.v1.refused(400, "POST", "/reports", json=wrong)
    wrong = said_of(event, "v1") | {"eventID": program["id"]}
    assert "no event" in place.v1.refused(400, "POST", "/reports", json=wrong)
    wrong = said_of(event, "v1") | {"programID": "another"}
    assert "not of the program" in place.v1.refused(400, "POST", "/reports", json=wrong)
    place.v1.refused(404, "POST", "/vens/nothing/resources", json={"resourceName": "r"})


def test_a_program_takes_its_events_along_and_their_reports_stay(place: Place) -> None:
    program = place.bl.made("/programs", programName="cascade")
    event = place.bl.made("/events", **call(program))
    report = place.v1.made("/reports", **said_of(event, "v1", reportName="before"))
    assert place.bl.ask("DELETE", f"/programs/{program['id']}").status_code == 200
    place.bl.refused(404, "GET", f"/events/{event['id']}")
    assert place.bl.ask("GET", f"/reports/{report['id']}").status_code == 200
    # What was done before the call was taken back arrives all the same.
    place.v1.made("/reports", **said_of(event, "v1", reportName="after"))
    place.bl.refused(400, "POST", "/events", json=call(program))


# --- who sees what ----------------------------------------------------------------------------------------


def test_a_ven_sees_what_is_for_it_or_for_all(clients: Callable[[], Place]) -> None:
    here = clients()
    ven = here.bl.made("/vens", venName="v1", targets=[target("GROUP", "lingang")])
    here.bl.made(f"/vens/{ven['id']}/resources", resourceName="chiller", targets=[target("FEEDER", "7")])
    here.v2.made("/vens", venName="v2", resources=[{"resourceName": "chiller"}])
    hidden = here.bl.made("/programs", programName="hidden", targets=[target("VEN_NAME", "v3")])
    program = here.bl.made("/programs", programName="open")
    of_hidden = here.bl.made("/events", **call(hidden))
    events = {
        name: here.bl.made("/events", **call(program, targets=targets))
        for name, targets in {
            "all": None,
            "none listed": [],
            "v1": [target("VEN_NAME", "v1")],
            "v1 and v3": [target("VEN_NAME", "v3", "v1")],
            "group": [target("GROUP", "elsewhere", "lingang")],
            "feeder": [target("FEEDER", "7")],
            "number": [{"type": "FEEDER", "values": [7]}],
            "resource": [target("RESOURCE_NAME", "chiller")],
            "other type": [target("RESOURCE_NAME", "lingang")],
        }.items()
    }
    for_all = {"all", "none listed"}
    seen = {
        "v1": for_all | {"v1", "v1 and v3", "group", "feeder", "number", "resource"},
        "v2": for_all,  # it named a resource chiller itself, which lets it into nothing
        "v3": for_all | {"v1 and v3", "hidden"},
    }
    for name, expected in seen.items():
        party: Party = getattr(here, name)
        ids = {event["id"] for event in party.ask("GET", "/events").json()}
        assert ids == {(events | {"hidden": of_hidden})[one]["id"] for one in expected}
        for what, event in (events | {"hidden": of_hidden}).items():
            status = 200 if what in expected else 404
            assert party.ask("GET", f"/events/{event['id']}").status_code == status
            status = 201 if what in expected else 400
            assert party.ask("POST", "/reports", json=said_of(event, name)).status_code == status
    assert [p["programName"] for p in here.v2.ask("GET", "/programs").json()] == ["open"]
    shown = here.v1.ask("GET", f"/events/{events['v1 and v3']['id']}").json()
    assert shown["targets"] == [target("VEN_NAME", "v1")]  # who else is called is not told
    assert len(here.bl.ask("GET", "/events").json()) == 10


def test_targets_that_would_address_everybody_by_accident_are_refused(place: Place) -> None:
    program = place.bl.made("/programs", programName="accident")
    for targets in ([{"type": "GROUP", "values": []}], [{"type": "GROUP", "values": [{"x": 1.0, "y": 1.0}]}]):
        told = place.bl.refused(400, "POST", "/events", json=call(program, targets=targets))
        assert "everybody" in told


def test_a_ven_speaks_for_itself_alone(clients: Callable[[], Place]) -> None:
    here = clients()
    program = here.bl.made("/programs", programName="p")
    event = here.bl.made("/events", **call(program))
    mine = here.v1.made("/reports", **said_of(event, "v1"))
    v1 = here.v1.made("/vens", venName="v1", resources=[{"resourceName": "r"}])
    resource = f"/vens/{v1['id']}/resources/{v1['resources'][0]['id']}"
    callback = {"objects": ["EVENT"], "operations": ["CREATE"], "callbackUrl": "http://127.0.0.1:9/"}
    wish = {"clientName": "v1", "programID": program["id"], "objectOperations": [callback]}
    subscription = here.v1.made("/subscriptions", **wish)
    here.v2.refused(403, "POST", "/reports", json=said_of(event, "v1"))
    here.v2.refused(403, "POST", "/vens", json={"venName": "v1"})
    here.v2.refused(403, "POST", "/subscriptions", json=wish)
    here.v1.refused(403, "PUT", f"/vens/{v1['id']}", json={"venName": "v2"})
    for path, content in {
        f"/reports/{mine['id']}": said_of(event, "v2"),
        f"/vens/{v1['id']}": {"venName": "v2"},
        resource: {"resourceName": "mine"},
        f"/subscriptions/{subscription['id']}": wish | {"clientName": "v2"},
    }.items():
        here.v2.refused(404, "GET", path)
        here.v2.refused(404, "PUT", path, json=content)
        here.v2.refused(404, "DELETE", path)
        assert here.v1.ask("GET", path).status_code == 200
        assert here.bl.ask("GET", path).status_code == 200
    here.v2.refused(404, "POST", f"/vens/{v1['id']}/resources", json={"resourceName": "x"})
    here.v2.refused(404, "GET", f"/vens/{v1['id']}/resources")
    for path in ("/reports", "/vens", "/subscriptions"):
        assert here.v2.ask("GET", path).json() == []
    here.bl.refused(403, "DELETE", f"/subscriptions/{subscription['id']}")
    # The same paths under a VEN that is not theirs lead nowhere.
    v2 = here.v2.made("/vens", venName="v2")
    here.v1.refused(404, "GET", f"/vens/{v2['id']}/resources/{v1['resources'][0]['id']}")
    here.bl.refused(404, "GET", f"/vens/{v2['id']}/resources/{v1['resources'][0]['id']}")


def test_a_ven_lets_itself_into_no_group(clients: Callable[[], Place]) -> None:
    here = clients()
    groups = [target("GROUP", "lingang")]
    assert "business logic" in here.v1.refused(
        403, "POST", "/vens", json={"venName": "v1", "targets": groups}
    )
    ven = here.v1.made("/vens", venName="v1")
    here.v1.refused(403, "PUT", f"/vens/{ven['id']}", json={"venName": "v1", "targets": groups})
    rooms = f"/vens/{ven['id']}/resources"
    here.v1.refused(403, "POST", rooms, json={"resourceName": "r", "targets": groups})
    given_to = here.bl.ask("PUT", f"/vens/{ven['id']}", json={"venName": "v1", "targets": groups})
    assert given_to.status_code == 200
    # What business logic gave stays when the VEN writes its object without it, or as it is.
    for content in ({"venName": "v1"}, {"venName": "v1", "targets": groups}):
        kept = here.v1.ask("PUT", f"/vens/{ven['id']}", json=content | {"attributes": [target("A", "b")]})
        assert kept.json()["targets"] == groups
    event = here.bl.made("/events", **call(here.bl.made("/programs", programName="p"), targets=groups))
    assert [e["id"] for e in here.v1.ask("GET", "/events").json()] == [event["id"]]
    assert here.v2.ask("GET", "/events").json() == []


def test_the_token_of_a_callback_is_for_its_owner_alone(place: Place) -> None:
    program = place.bl.made("/programs", programName="secret callback")
    callback = {"objects": ["EVENT"], "operations": ["CREATE"], "callbackUrl": "http://127.0.0.1:9/"}
    wish = {"clientName": "v1", "programID": program["id"]}
    made = place.v1.made("/subscriptions", **wish, objectOperations=[callback | {"bearerToken": "sesame"}])
    assert made["objectOperations"][0]["bearerToken"] == "sesame"
    seen = place.bl.ask("GET", "/subscriptions", params={"programID": program["id"]})
    assert len(seen.json()) == 1
    assert "sesame" not in seen.text


# --- searches ---------------------------------------------------------------------------------------------


def test_searches_are_narrowed_and_paged(clients: Callable[[], Place]) -> None:
    here = clients()
    a, b = (here.bl.made("/programs", programName=name) for name in "ab")
    events = [here.bl.made("/events", **call(a, targets=[target("GROUP", f"g{i % 3}")])) for i in range(60)]
    other = here.bl.made("/events", **call(b))
    ids = [event["id"] for event in events]

    def found(path: str, party: Party = here.bl, **where: Any) -> list[str]:
        return [one["id"] for one in party.ask("GET", path, params=where).json()]

    assert found("/events") == ids[:50]
    assert found("/events", skip=50) == [*ids[50:], other["id"]]
    assert found("/events", skip=3, limit=2) == ids[3:5]
    assert found("/events", limit=0) == []
    assert found("/events", programID=b["id"]) == [other["id"]]
    assert found("/events", targetType="GROUP", targetValues=["g1", "none"]) == ids[1::3]
    assert found("/events", targetType="FEEDER") == []
    assert found("/events", targetType="GROUP", skip=50) == ids[50:]
    reports = [here.v1.made("/reports", **said_of(other, "v1", reportName=str(i))) for i in range(3)]
    theirs = here.v2.made("/reports", **said_of(other, "v2"))
    assert found("/reports", clientName="v2") == [theirs["id"]]
    assert found("/reports", eventID=other["id"], programID=b["id"]) == [
        *(one["id"] for one in reports), theirs["id"],
    ]  # fmt: skip
    assert found("/reports", eventID=ids[0]) == []
    assert found("/reports", here.v2, clientName="v1") == []
    v1 = here.v1.made("/vens", venName="v1", resources=[{"resourceName": "r"}, {"resourceName": "s"}])
    here.v2.made("/vens", venName="v2")
    assert found("/vens", venName="v1") == [v1["id"]]
    assert found("/vens", here.v2, venName="v1") == []
    assert found(f"/vens/{v1['id']}/resources", resourceName="s") == [v1["resources"][1]["id"]]
    callback = {"objects": ["REPORT"], "operations": ["CREATE"], "callbackUrl": "http://127.0.0.1:9/"}
    wish = here.bl.made("/subscriptions", clientName="me", programID=a["id"], objectOperations=[callback])
    assert found("/subscriptions", objects=["EVENT", "REPORT"], clientName="me") == [wish["id"]]
    assert found("/subscriptions", objects=["EVENT"]) == []
    for where in ({"limit": 51}, {"limit": -1}, {"skip": -1}, {"skip": 2**40}, {"limit": "x"}):
        here.bl.refused(400, "GET", "/events", params=where)
    here.bl.refused(400, "GET", "/subscriptions", params={"objects": "THING"})


# --- what is not of the contract --------------------------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    body=st.binary(max_size=300), path=st.sampled_from(["/programs", "/events", "/vens", "/subscriptions"])
)
def test_any_bytes_are_answered_with_a_problem(place: Place, body: bytes, path: str) -> None:
    answer = place.bl.ask("POST", path, content=body)
    assert answer.status_code in (201, 400)
    if answer.status_code == 400:
        assert read(Problem, answer.content).detail


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["programID", "intervals", "targets", "type", "values", "id", "payloads"]), inner
        )
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(
    content=_JSON, key=st.sampled_from(["targets", "intervals", "intervalPeriod", "priority", "objectType"])
)
def test_an_event_with_anything_in_it_is_taken_or_answered_with_a_problem(
    place: Place, content: Any, key: str
) -> None:
    programs = place.bl.ask("GET", "/programs").json() or [place.bl.made("/programs", programName="any")]
    event = call(programs[0]) | {key: content}
    answer = place.bl.ask("POST", "/events", content=json.dumps(event).encode())
    assert answer.status_code in (201, 400), answer.text
    if answer.status_code == 201:
        assert place.bl.ask("GET", f"/events/{answer.json()['id']}").json() == answer.json()
        assert place.bl.ask("DELETE", f"/events/{answer.json()['id']}").status_code == 200


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    where=st.dictionaries(
        st.sampled_from(["skip", "limit", "targetType", "targetValues", "programID"]), st.text()
    )
)
def test_any_search_is_answered(place: Place, where: dict[str, str]) -> None:
    assert place.v1.ask("GET", "/events", params=where).status_code in (200, 400)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(form=st.binary(max_size=200), header=st.text("abcXYZ=+/: \t~", max_size=30))
def test_any_form_for_a_token_is_refused(place: Place, form: bytes, header: str) -> None:
    headers = {"Authorization": header.strip()}
    answer = place.http.post(f"{BASE_PATH}/auth/token", content=form, headers=headers)
    assert answer.status_code in (400, 401)
    assert "error" in answer.json()


def test_too_large_too_deep_too_many_and_paths_that_are_none(place: Place) -> None:
    assert "bytes" in place.bl.refused(413, "POST", "/programs", content=b" " * 20_001)
    assert "bytes" in place.bl.refused(413, "POST", "/programs", content=iter([b" " * 9000] * 3))
    assert "deeper" in place.bl.refused(400, "POST", "/programs", content=b"[" * 19_000)
    assert "members" in place.bl.refused(400, "POST", "/programs", content=b"[" + b"1," * 3000 + b"1]")
    place.bl.refused(404, "GET", "/nothing")
    place.bl.refused(405, "PATCH", "/programs")
    place.bl.refused(404, "GET", "/programs/%00%ff%2e%2e")
    assert place.http.get("/docs").status_code == 404
    assert place.http.get("/openapi.json").status_code == 404


def test_a_fault_inside_is_told_to_the_log_alone(clients: Callable[[], Place]) -> None:
    here = clients()
    with sqlite3.connect(here.path) as other:
        other.execute("DROP TABLE target")
    other.close()
    told = here.bl.refused(500, "POST", "/programs", json={"programName": "p"})
    assert "target" not in told
    # What was not answered with success is not there either.
    with sqlite3.connect(here.path) as other:
        assert other.execute("SELECT count(*) FROM object").fetchone() == (0,)
    other.close()


# --- the file ---------------------------------------------------------------------------------------------


def test_a_file_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE mine (a)")
    other.close()
    for bad in (path, tmp_path / "no" / "folder.db", tmp_path):
        with pytest.raises(TwinError, match="database"):
            Store(bad)
    (tmp_path / "text.db").write_text("not a database at all" * 99)
    with pytest.raises(TwinError, match="database"):
        Store(tmp_path / "text.db")


@pytest.mark.parametrize(
    ("client", "role", "ven", "about"),
    [
        ("c", "vtn", None, "no role"),
        ("c", "bl", "v", "no VEN name"),
        ("", "ven", None, "no name"),
        ("a\nb", "ven", None, "no name"),
        ("c", "ven", "x" * 129, "no name"),
        ("v1", "ven", None, "already"),
        ("c", "ven", "v1", "already"),
    ],
)
def test_who_cannot_be_admitted(place: Place, client: str, role: str, ven: str | None, about: str) -> None:
    with pytest.raises(TwinError, match=about):
        admit(place.store, client, role, ven)
