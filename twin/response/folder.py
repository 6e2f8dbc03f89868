"""A response on disk: whole or absent."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from twin.market.settlement_tables import participant_table, worded
from twin.response.figures import draws_table, figures, minutes_table, seconds_table
from twin.response.study import Response
from weather.errors import TwinError

SCHEMA = 1


def refuse_folder(out: str | Path) -> None:
    """Refuse a folder that is there, before any work is done for it."""
    if Path(out).exists():
        raise TwinError("The folder is there already.", "Remove it, or give another.", file=Path(out))


def write_response(response: Response, out: str | Path) -> Path:
    """Write a response as a folder.

    Parameters
    ----------
    response : Response
    out : path-like
        Not there yet. `summary.json`, `draws.parquet`, `minutes.parquet` (the fleet around the call),
        `seconds.parquet` (buses as it begins), `settlement.csv` and `settlement_zh.csv` (first draw, by
        participant), `baselines.csv`, `manifest.json`.

    Raises
    ------
    TwinError
        The folder is there, or nothing can be written.
    """
    table = participant_table([response.draws[0].settlement])
    contents = {
        "summary.json": json_bytes(figures(response)),
        "draws.parquet": _parquet(draws_table(response)),
        "minutes.parquet": _parquet(minutes_table(response).reset_index()),
        "seconds.parquet": _parquet(seconds_table(response)),
        "settlement.csv": csv_bytes(worded(table, "en")),
        "settlement_zh.csv": csv_bytes(worded(table, "zh")),
        "baselines.csv": csv_bytes(response.errors),
    }
    facts = {
        "invitation": response.invitation.model_dump(mode="json", by_alias=True),
        "wall_s": response.wall_s,
        "assumptions": [one.as_dict() for one in response.assumptions],
    }
    return write_folder(out, contents, facts)


def write_folder(out: str | Path, contents: Mapping[str, bytes], facts: Mapping[str, Any]) -> Path:
    """Write files into a new folder, whole or not at all.

    Parameters
    ----------
    out : path-like
        Not there yet.
    contents : mapping of str to bytes
        Files by name.
    facts : mapping
        For `manifest.json`, beside the schema and the digests of the files.

    Raises
    ------
    TwinError
        The folder is there, or nothing can be written.
    """
    final = Path(out)
    refuse_folder(final)
    draft = final.with_name(f".{final.name}.draft")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        for name, content in contents.items():
            (draft / name).write_bytes(content)
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
        (draft / "manifest.json").write_bytes(json_bytes({"schema": SCHEMA, **facts, "files": digests}))
        draft.replace(final)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise TwinError(
            f"The folder could not be written: {error.strerror or error}.",
            "Free some room, or give another folder.",
            file=final,
        ) from error
    return final


def read_response(folder: str | Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Figures and manifest of a response that was written.

    Parameters
    ----------
    folder : path-like

    Returns
    -------
    tuple of dict
        Of `summary.json` and `manifest.json`.

    Raises
    ------
    TwinError
        There is none, or it is not as it was written.
    """
    at = Path(folder)
    try:
        manifest: dict[str, Any] = json.loads((at / "manifest.json").read_text("utf-8"))
        content = (at / "summary.json").read_bytes()
        as_written = manifest["files"]["summary.json"] == hashlib.sha256(content).hexdigest()
        if as_written and manifest["schema"] == SCHEMA and {"invitation", "assumptions"} <= manifest.keys():
            figures_there: dict[str, Any] = json.loads(content)
            return figures_there, manifest
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise TwinError("The response there was changed or damaged.", "Compute it again.", file=at)


def json_bytes(plain: Any) -> bytes:
    """Plain data as a JSON file."""
    return (json.dumps(plain, ensure_ascii=False, indent=1, default=str) + "\n").encode()


def _parquet(table: pd.DataFrame) -> bytes:
    target = io.BytesIO()
    table.to_parquet(target, index=False)
    return target.getvalue()


def csv_bytes(table: pd.DataFrame) -> bytes:
    """A table as a CSV file."""
    # a spreadsheet takes Chinese only behind a byte-order mark
    return table.to_csv(index=False).encode("utf-8-sig")
