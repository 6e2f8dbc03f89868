"""An invitation to respond (响应邀约): the file that `twin respond --event` reads.

schema: 1
kind: peak_shaving          # or valley_filling
date: hottest_workday       # or 2025-08-14
start: "13:00"
duration: 2 h
notice: day_ahead           # intraday, fast, real_time
capacity: 3 MW              # what is asked for; without it the fleet's own bid is called
probability: 0.9
behaviour: {silent: 20 %, late: 10 %, overstate: 5 %}
seeds: 200
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from buildings.description import quantities as q
from buildings.description.base import Described, Key, Name
from buildings.description.cross_checks import refuse
from buildings.description.schema import CallDay
from buildings.description.validation_errors import as_twin_error
from buildings.description.yaml_text import Node, parse_yaml, read_yaml
from twin.clock import NOTICE_HOUR
from twin.market.assumption import Assumption

_FILE = Path(__file__).parent / "data" / "participants.yaml"


@cache
def _facts() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
    return found


def figure(group: str, name: str) -> float:
    """A figure of `data/participants.yaml`."""
    return float(_facts()[group][name]["value"])


SCENARIOS: dict[str, dict[str, float]] = {
    name: dict(shares) for name, shares in _facts()["scenarios"].items()
}
"""Named behaviours, as shares of `Behaviour`."""


class Behaviour(Described):
    """How participants behave (参与者表现); shares of all who could take part."""

    refuse: q.Fraction = Field(
        default=figure("behaviour", "refuse"), description="Opt out on the day before (拒绝) [1]."
    )
    silent: q.Fraction = Field(
        default=figure("behaviour", "silent"), description="Opted in, but not reached on the day (失联) [1]."
    )
    late: q.Fraction = Field(
        default=figure("behaviour", "late"), description="Carry out orders late (迟到) [1]."
    )
    late_by: q.Minutes = Field(
        default=figure("behaviour", "late_by_minutes"), description="Mean delay of those who are late [min]."
    )
    overstate: q.Fraction = Field(
        default=figure("behaviour", "overstate"),
        description="Tell more capability than they have (虚报) [1].",
    )
    overstate_by: q.Fraction = Field(
        default=figure("behaviour", "overstate_by"), description="What those tell beyond it [1]."
    )

    @model_validator(mode="after")
    def _shares(self) -> Behaviour:
        if self.refuse + self.silent + self.late + self.overstate > 1.0 + 1e-9:
            raise refuse(
                "more participants misbehave than there are",
                "Let refuse, silent, late and overstate sum to 1 at most.",
            )
        return self


class Invitation(Described):
    """An invitation to a fleet."""

    schema_version: Literal[1] = Field(alias="schema", description="Version of this format; 1.")
    name: Name = Field(default="call", description="What to call it.")
    kind: Literal["peak_shaving", "valley_filling"] = Field(
        default="peak_shaving", description="Less import (削峰) or more (填谷)."
    )
    date: CallDay = Field(
        default="hottest_workday", description="Day as YYYY-MM-DD, or the workday with the hottest afternoon."
    )
    start: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):(00|15|30|45)$")] = Field(
        default="13:00", description="Start, local time on a quarter-hour as HH:MM."
    )
    duration: Annotated[float, Field(ge=0.25, le=12.0), q.Unit("h")] = Field(
        default=2.0, description="Duration, whole quarter-hours [h]."
    )
    notice: Literal["day_ahead", "intraday", "fast", "real_time"] = Field(
        default="day_ahead", description="How long before it is known: 日前, 日内, 快速, 实时."
    )
    capacity: q.ElectricPower | None = Field(
        default=None, description="Capacity that is asked for [kW]; default what the fleet bids."
    )
    probability: Annotated[float, Field(gt=0.0, lt=1.0), q.Unit("1")] = Field(
        default=0.9, description="Probability with which the bid is to be reached [1]."
    )
    behaviour: Behaviour = Field(default=Behaviour(), description="How participants behave.")
    baseline: Key = Field(default="similar_days", description="Key of the baseline that settles.")
    rule: Literal["rule_one", "rule_two"] = Field(
        default="rule_two", description="Rule by which a response counts (有效性判定)."
    )
    aggregator: Name = Field(default="aggregator", description="Name of the aggregator (负荷聚合商).")
    aggregator_share: q.Fraction = Field(
        default=0.2, description="What it keeps of the pay [1]; by contract, the default is assumed."
    )
    step: Literal[1, 5, 15] = Field(default=1, description="Step at which the call is marched [min].")
    seeds: Annotated[int, Field(strict=True, ge=1, le=10_000)] = Field(
        default=20, description="Draws of the participants' behaviour, each marched in full."
    )
    seed: Annotated[int, Field(strict=True, ge=0, le=2**32 - 1)] = Field(
        default=0, description="Seed of the first draw."
    )

    @model_validator(mode="after")
    def _quarters(self) -> Invitation:
        quarters = 4.0 * self.duration
        if abs(quarters - round(quarters)) > 1e-9:
            raise refuse(
                f"a duration of {self.duration:g} h is not of whole quarter-hours", "Write for example 1.5 h."
            )
        hour, minute = (int(part) for part in self.start.split(":"))
        if hour + minute / 60.0 + self.duration > 24.0:
            raise refuse("the call passes midnight", "Let it end on its own day.")
        return self

    @property
    def sign(self) -> float:
        """1 where less import is asked for, -1 where more."""
        return 1.0 if self.kind == "peak_shaving" else -1.0


def read_invitation(path: str | Path) -> Invitation:
    """Read an invitation from its YAML file.

    Raises
    ------
    TwinError
        The first thing that is wrong, with file, line, key, value and remedy.
    """
    return _validated(read_yaml(Path(path)))


def parse_invitation(text: str, file: str = "invitation text") -> Invitation:
    """An invitation from YAML text; see `read_invitation`."""
    return _validated(parse_yaml(text, file))


def _validated(node: Node) -> Invitation:
    try:
        return Invitation.model_validate(node.plain())
    except ValidationError as error:
        raise as_twin_error(error, node, Invitation) from None


def asks_cny_kwh(wear_cny_kwh: float) -> dict[str, float]:
    """What each source of a building asks for [CNY/kWh]; its battery by its own wear."""
    rows = _facts()["asks"]
    return {name: wear_cny_kwh if row["value"] is None else float(row["value"]) for name, row in rows.items()}


def shared_aside() -> Assumption:
    """That what a district shares takes no part."""
    return Assumption(
        key="response.shared",
        zh="街区共享资产（储能、充电站、车棚光伏、能源站）不参与响应。",
        en="What the district shares (storage, hubs, canopies, energy station) takes no part.",
        value=None,
        unit="",
        source="not modelled in a call",
        confidence="assumed",
        source_zh="响应推进未包含",
    )


def invitation_assumptions(invitation: Invitation, *, shared: bool = False) -> tuple[Assumption, ...]:
    """What a result rests on and nobody measured; `shared` says that the district shares assets."""
    shares = invitation.behaviour
    told = {"refuse": shares.refuse, "silent": shares.silent, "late": shares.late}
    told["overstate"] = shares.overstate
    zh = {"refuse": "拒绝", "silent": "失联", "late": "迟到", "overstate": "虚报"}
    minutes = {name: figure("behaviour", name) for name in ("answer_minutes", "order_seconds")}
    lost, lead = 100.0 * figure("behaviour", "message_lost"), figure("dispatch", "lead_minutes")
    messages = Assumption(
        key="response.messages",
        zh=f"邀约约 {minutes['answer_minutes']:g} min 内答复，指令约 {minutes['order_seconds']:g} s 送达、"
        f"{lost:g} % 丢失，提前 {lead:g} min 下发；日前通知为前一日 {NOTICE_HOUR:g}:00；监测参数自定。",
        en=f"Invitations are answered in {minutes['answer_minutes']:g} min, orders take "
        f"{minutes['order_seconds']:g} s and {lost:g} % are lost, the first leave {lead:g} min before the "
        f"start; a day-ahead call is known at {NOTICE_HOUR:g}:00; how the aggregator watches is our choice.",
        value=None,
        unit="",
        source="our choice",
        confidence="assumed",
        source_zh="自定",
    )
    foresight = Assumption(
        key="response.foresight",
        zh="楼宇自身的能量管理按无误差的当日预测执行指令；聚合商只知历史。",
        en="A building's own energy management foresees the hours of the call without error; the aggregator "
        "knows the past alone.",
        value=None,
        unit="",
        source="our choice",
        confidence="assumed",
        source_zh="自定",
    )
    return (
        *((shared_aside(),) if shared else ()),
        messages,
        foresight,
        Assumption(
            key="response.behaviour",
            zh="参与者表现为情景假设："
            + "、".join(f"{zh[k]} {100.0 * v:g} %" for k, v in told.items())
            + "。",
            en="Behaviour of participants is a scenario: "
            + ", ".join(f"{k} {100.0 * v:g} %" for k, v in told.items())
            + ".",
            value=None,
            unit="1",
            source="scenario of the invitation",
            confidence="assumed",
            source_zh="邀约文件所设情景",
        ),
        Assumption(
            key="response.asks",
            zh="各类资源的调用报价为假设，仅决定调用次序。",
            en="What sources ask for being called is assumed; it decides the order of calls only.",
            value=None,
            unit="CNY/kWh",
            source="our choice",
            confidence="assumed",
            source_zh="自定",
        ),
        Assumption(
            key="response.aggregator_share",
            zh=f"聚合商分成 {100.0 * invitation.aggregator_share:g} %，以合同为准。",
            en=f"The aggregator keeps {100.0 * invitation.aggregator_share:g} %; a contract would say.",
            value=invitation.aggregator_share,
            unit="1",
            source="our choice",
            confidence="assumed",
            source_zh="自定",
        ),
    )
