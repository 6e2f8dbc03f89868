"""`twin ac-twin`: a building with its DC bus beside the same building on an AC board."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from twin.ac_cables import read_attached_network
from twin.ac_twin import CLASSES, DC_CLASSES, PUBLISHED, Cause, PairedBuilding, ac_twin
from twin.ac_twin_words import CAUSE_WORDS, CLASS_WORDS, PART_WORDS, explained, published_saving
from twin.commands.console import table_console
from twin.project import load, naming


@dataclass(frozen=True)
class Paired:
    """Pairs of the buildings of a project."""

    pairs: tuple[PairedBuilding, ...]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "published_range_percent": list(PUBLISHED),
            "buildings": [_as_dict(pair) for pair in self.pairs],
        }

    def show(self) -> None:
        """Tables, then what they mean in both languages."""
        console = table_console()
        for pair in self.pairs:
            _show_causes(console, pair)
            _show_classes(console, pair)
            for found in pair.findings:
                console.print(
                    f"Mind: {found.element}: {found.kind} {found.worst:.4g} beyond {found.limit:.4g} "
                    f"in {found.steps} steps.",
                    markup=False,
                )
            words = explained(pair)
            for language in ("en", "zh"):
                for line in words[language]:
                    console.print(line, markup=False, highlight=False)
                console.print()


def _as_dict(pair: PairedBuilding) -> dict[str, Any]:
    content = asdict(pair)
    content["by_combination"] = [
        {"interface": i, "ac_converters": a, "dcdc": d, "saving_percent": value}
        for (i, a, d), value in pair.grid.items()
    ]
    del content["grid"]
    content["class_range_percent"] = list(pair.class_range)
    content["labels"] = {
        c.name: dict(zip(("en", "zh"), CAUSE_WORDS[c.name], strict=True)) for c in pair.causes
    }
    content["explanation"] = explained(pair)
    return content


def _show_causes(console: Console, pair: PairedBuilding) -> None:
    table = Table(
        title=f"{pair.name}: DC bus against AC board, saving of DC in % of useful energy "
        f"(直流母线相对交流配电的节能率，占有效用能)",
        title_justify="left",
    )
    table.add_column("cause 原因")
    table.add_column("saving 节能 %", justify="right")
    table.add_column("± order 次序", justify="right")
    table.add_column("kWh/a", justify="right")
    for name in CLASSES:
        table.add_column(f"all {name} {CLASS_WORDS[name]}", justify="right")
    table.add_column("basis 依据")
    for cause in pair.causes:
        table.add_row(
            " ".join(CAUSE_WORDS[cause.name]),
            f"{cause.percent:+.2f}",
            f"{cause.by_order:.2f}",
            f"{cause.kwh:+,.0f}",
            *(f"{pair.class_causes[name][cause.name]:+.2f}" for name in CLASSES),
            _basis(cause),
        )
    table.add_section()
    table.add_row(
        "[bold]sum 合计[/bold]",
        f"[bold]{pair.saving_percent:+.2f}[/bold]",
        "",
        f"{pair.ac.net - pair.dc.net:+,.0f}",
        *(f"{pair.by_class[name]:+.2f}" for name in CLASSES),
    )
    console.print(table)
    useful = Table(title="Useful energy 有效用能, MWh/a", title_justify="left")
    for name in (*pair.useful_parts, "sum"):
        useful.add_column(" ".join(PART_WORDS[name]), justify="right")
    useful.add_row(
        *(f"{1e-3 * kwh:,.1f}" for kwh in pair.useful_parts.values()), f"{1e-3 * pair.useful_kwh:,.1f}"
    )
    console.print(useful)


def _basis(cause: Cause) -> str:
    if cause.assumed:
        return "assumed 假定"
    return "computed 计算" if cause.name == "cables" else "fitted to tests 实测拟合"


def _show_classes(console: Console, pair: PairedBuilding) -> None:
    """Every combination, and beside it what the earlier synthetic office had."""
    table = Table(
        title="Saving by class of converters (变换器等级), %: interface, AC converters, DC/DC stages",
        title_justify="left",
    )
    table.add_column("interface 并网变换器")
    for a in CLASSES:
        for d in DC_CLASSES:
            table.add_column(f"AC {a} {CLASS_WORDS[a]}\nDC/DC {d} {CLASS_WORDS[d]}", justify="right")
    table.add_column("earlier office\n此前算例", justify="right")
    for i in CLASSES:
        table.add_row(
            f"{i} {CLASS_WORDS[i]}",
            *(f"{pair.grid[i, a, d]:+.2f}" for a in CLASSES for d in DC_CLASSES),
            f"{published_saving(i, pair):+.2f}",
        )
    console.print(table)


def pair_project(
    path: Path,
    *,
    weather: str | None,
    seed: int | None,
    control: str | None,
    network: Path | None,
    progress: Callable[[float], None],
) -> Paired:
    """Pair the buildings of one project.

    Raises
    ------
    TwinError
        See `twin.ac_twin.ac_twin` and `twin.ac_cables.read_attached_network`.
    """
    loaded = load(path, weather=weather, seed=seed)
    attached = read_attached_network(network) if network is not None else None
    with naming(path):
        pairs = ac_twin(loaded.project, loaded.climate, control=control, network=attached, progress=progress)
    return Paired(tuple(pairs))
