"""Terms of money for a study (经济评价条件); what is not written comes from the library with its source."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from buildings.description import quantities as q
from buildings.description.base import Described, Key
from buildings.description.cross_checks import refuse

Rate = Annotated[float, Field(ge=-0.2, le=0.5), q.Unit("1")]
CalendarYear = Annotated[int, Field(strict=True, ge=2000, le=2100)]
_RateByYear = Annotated[dict[CalendarYear, Rate], Field(min_length=1, max_length=60), Tag("mapping")]


def _written_as(value: Any) -> str:
    return "mapping" if isinstance(value, dict) else "quantity"


Growth = Annotated[Annotated[Rate, Tag("quantity")] | _RateByYear, Discriminator(_written_as)]
Money = Annotated[float, Field(strict=True, ge=0, le=1e12)]
CarbonPrice = Annotated[float, Field(ge=0, le=1e5), q.Unit("CNY/t")]

GridCourse = Annotated[
    Annotated[Literal["constant", "linear_2060"], Tag("quantity")]
    | Annotated[
        dict[CalendarYear, Annotated[float, Field(strict=True, ge=0, le=2)]],
        Field(min_length=1, max_length=60),
        Tag("mapping"),
    ],
    Discriminator(_written_as),
]

PvReward = Literal["none", "distributed_export", "distributed_generation", "school", "plant", "bipv"]


class UnitCost(Described):
    """What one unit of a line of work costs by the user's own offer (自有单价)."""

    value: Money = Field(description="Likeliest cost [CNY per unit of the line].")
    low: Money | None = Field(default=None, description="Lowest cost [CNY/unit]; default the likeliest.")
    high: Money | None = Field(default=None, description="Highest cost [CNY/unit]; default the likeliest.")
    source: Annotated[str, Field(min_length=1, max_length=400)] = Field(
        description="Where it comes from, such as an offer."
    )

    @model_validator(mode="after")
    def _ordered(self) -> UnitCost:
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        if not low <= self.value <= high:
            raise ValueError(f"low {low:g}, value {self.value:g}, high {high:g} do not ascend; order them")
        return self


class Contract(Described):
    """Energy performance contract (合同能源管理, EMC): an investor pays and is paid from the saving."""

    type: Literal["shared_saving", "guaranteed_saving", "custody"] = Field(
        default="shared_saving",
        description="Shared saving (节能效益分享型), guaranteed (节能量保证型) or custody (能源费用托管型).",
    )
    years: Annotated[int, Field(strict=True, ge=1, le=40)] | None = Field(
        default=None, description="Term of the contract [a] (合同期); default of the library."
    )
    owner_share: Annotated[tuple[q.Fraction, ...], Field(min_length=1, max_length=40)] | None = Field(
        default=None,
        description="Owner's share of the saving [1], a figure per contract year; the last one is kept.",
    )
    investor_return: Annotated[float, Field(ge=0, le=1), q.Unit("1")] | None = Field(
        default=None,
        description="Return that the investor requires, real, a year [1]; default of the library.",
    )
    guaranteed_share: q.Fraction | None = Field(
        default=None,
        description="Guaranteed saving: share of the expected saving that is guaranteed [1].",
    )
    service_fee: q.Fraction | None = Field(
        default=None, description="Guaranteed saving: fee of the service company, share of the saving [1]."
    )
    custody_discount: q.Fraction | None = Field(
        default=None, description="Custody: what the fee lies below the bill before the works [1]."
    )


class OwnSubsidy(Described):
    """Money that the user knows he will get (其他补贴)."""

    amount: Money = Field(description="Paid in the year of construction [CNY].")
    source: Annotated[str, Field(min_length=1, max_length=400)] = Field(description="Who grants it.")


class RenewalDue(Described):
    """When a part of the building as it is would be replaced like for like anyway (到期更新)."""

    year: CalendarYear | None = Field(
        default=None, description="Calendar year in which the owner would replace it (到期年份)."
    )
    installed: Annotated[int, Field(strict=True, ge=1950, le=2100)] | None = Field(
        default=None,
        description="Or calendar year in which it was installed; it is then due at the end of its life.",
    )
    life: Annotated[float, Field(ge=1, le=100)] | None = Field(
        default=None, description="Life of it and of its successors [a]; default of the library."
    )
    amount: Money | None = Field(
        default=None, description="Cost of replacing all of it like for like [CNY]; default of the library."
    )
    low: Money | None = Field(default=None, description="Lowest amount [CNY]; default the likeliest.")
    high: Money | None = Field(default=None, description="Highest amount [CNY]; default the likeliest.")
    source: Annotated[str, Field(min_length=1, max_length=400)] | None = Field(
        default=None, description="Where the amount comes from, such as an offer; needed with an amount."
    )

    @model_validator(mode="after")
    def _one_date(self) -> RenewalDue:
        if (self.year is None) == (self.installed is None):
            raise refuse(
                "a renewal needs one date",
                "Write year, in which it is due, or installed; not both and not neither.",
            )
        return self

    @model_validator(mode="after")
    def _known_amount(self) -> RenewalDue:
        if self.amount is None:
            for name in ("low", "high", "source"):
                if getattr(self, name) is not None:
                    raise refuse(f"a renewal with {name} and no amount", "Write the amount too.", name)
            return self
        if self.source is None:
            raise refuse("an amount of one's own has no source", "Write source, such as an offer.", "source")
        low, high = self.range
        if not low <= self.amount <= high:
            raise refuse(
                f"low {low:g}, amount {self.amount:g}, high {high:g} do not ascend", "Order them.", "amount"
            )
        return self

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest amount [CNY]."""
        amount = self.amount or 0.0
        return amount if self.low is None else self.low, amount if self.high is None else self.high


Renewal = Annotated[
    Annotated[CalendarYear, Tag("quantity")] | Annotated[RenewalDue, Tag("mapping")],
    Discriminator(lambda value: "mapping" if isinstance(value, (dict, RenewalDue)) else "quantity"),
]


class Finance(Described):
    """Terms on which measures are paid for and savings are counted."""

    discount_rate: q.Fraction | None = Field(
        default=None, description="Discount rate, real [1] (折现率); default of the library."
    )
    years: Annotated[int, Field(strict=True, ge=5, le=60)] | None = Field(
        default=None, description="Years that are counted [a] (计算期); default of the library."
    )
    start_year: CalendarYear | None = Field(
        default=None, description="Calendar year of construction (开工年份); savings begin the year after."
    )
    electricity_growth: Growth | None = Field(
        default=None,
        description="Real growth of the electricity price, a year [1]; or by calendar year it holds from.",
    )
    gas_growth: Growth | None = Field(
        default=None,
        description="Real growth of the gas price, a year [1]; or by calendar year it holds from.",
    )
    in_ets: bool = Field(
        default=False,
        description="Whether the building has duties in the carbon market (碳市场); else none is paid.",
    )
    carbon_price: CarbonPrice | None = Field(
        default=None, description="Price of an allowance [CNY/t], such as 70 CNY/t; default of the library."
    )
    carbon_price_growth: Rate | None = Field(
        default=None, description="Real growth of the carbon price, a year [1]; default of the library."
    )
    certificates: bool = Field(
        default=False, description="Whether green certificates (绿证) of the PV yield are sold."
    )
    certificate_price: Annotated[float, Field(strict=True, ge=0, le=1e4)] | None = Field(
        default=None, description="Price of a certificate of 1 MWh [CNY]; default of the library."
    )
    pv_reward: PvReward | None = Field(
        default=None,
        description="Kind of the PV reward (光伏度电奖励); default of the library, 'none' for none.",
    )
    subsidies: tuple[Key, ...] = Field(
        default=(), max_length=20, description="Subsidies of the library that are counted on; default none."
    )
    other_subsidy: OwnSubsidy | None = Field(default=None, description="A subsidy of the user's own.")
    soft_costs: Annotated[float, Field(ge=0, le=1), q.Unit("1")] | None = Field(
        default=None,
        description="Design, supervision, contingency over the works [1] (工程其他费及预备费); default 0.",
    )
    tax_rate: q.Fraction | None = Field(
        default=None, description="Tax on profit that is counted [1] (企业所得税); default none is counted."
    )
    service_life: Annotated[int, Field(strict=True, ge=1, le=200)] | None = Field(
        default=None, description="Service life of a life cycle [a] (设计使用年限); default 50."
    )
    grid_factor: GridCourse | None = Field(
        default=None,
        description="Course of the grid's carbon factor: constant, linear_2060, or kgCO2/kWh by year.",
    )
    unit_costs: dict[Key, UnitCost] = Field(
        default_factory=dict,
        max_length=400,
        description="Own unit costs by key of the measure, or by 'measure: item' where it has several lines.",
    )
    renewal_due: dict[Key, Renewal] = Field(
        default_factory=dict,
        max_length=40,
        description="Parts of the building as it is that would be replaced like for like anyway: plant, "
        "windows, lighting, hot_water, kitchen, fresh_air; the calendar year, or a mapping. A package that "
        "replaces the part avoids that cost. Default none.",
    )
    contract: Contract | None = Field(
        default=None, description="Energy performance contract; without it the owner invests."
    )
