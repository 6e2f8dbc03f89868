"""A thousand calls drawn from the OpenAPI document: none makes the server fail or tell where it lies."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, seed, settings

from dashboards.app import create_app
from twin.store import Run, RunStore

pytestmark = pytest.mark.long

BASE = "http://127.0.0.1"
CALLS = 1000
OF_SLOW = 3
"""Of those that read a project, which begin a process each time."""


def test_random_calls_never_make_the_server_fail(
    tmp_path: Path, plain_run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    RunStore(tmp_path / "runs").save(plain_run, "plain")
    made = TestClient(create_app(tmp_path), base_url=BASE, raise_server_exceptions=False)
    with made as client, capsys.disabled():
        _call_at_random(client, tmp_path)


def _call_at_random(client: TestClient, tmp_path: Path) -> None:
    document = client.get("/api/v1/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) >= 15
    answers: Counter[tuple[str, int]] = Counter()

    def call(case: Any) -> None:
        kwargs = case.as_transport_kwargs(base_url=f"{BASE}/api/v1")
        kwargs["headers"] = {**kwargs.get("headers", {}), "Origin": BASE}
        kwargs.pop("timeout", None)
        kwargs["content"] = kwargs.pop("data", None)
        try:
            answer = client.request(**kwargs)
        except (UnicodeEncodeError, ValueError, TypeError):
            answers["not sent", 0] += 1  # nothing that HTTP can carry
            return
        answers[f"{case.method} {case.operation.path}", answer.status_code] += 1
        assert answer.status_code < 500, (kwargs, answer.text)
        assert str(tmp_path) not in answer.text
        assert "Traceback" not in answer.text
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == answer.status_code

    slow = [
        found for found in operations if "application/yaml" in str(found.definition.raw.get("requestBody"))
    ]
    assert len(slow) == 2
    each = -(-CALLS // (len(operations) - len(slow))) + 10
    for operation in operations:
        drawn = given(case=operation.as_strategy())(call)
        checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
        limits = settings(
            max_examples=OF_SLOW if operation in slow else each,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=checks,
        )
        seed(8)(limits(drawn))()
    told = sum(count for (name, _), count in answers.items() if name != "not sent")
    sys.stdout.write(f"\n    REST: {told} random calls, by status: {_by_status(answers)}\n")
    assert told >= CALLS
    assert {status for _, status in answers} >= {200, 404, 422}


def _by_status(answers: Counter[tuple[str, int]]) -> dict[int, int]:
    found: Counter[int] = Counter()
    for (_, status), count in answers.items():
        found[status] += count
    return dict(sorted(found.items()))
