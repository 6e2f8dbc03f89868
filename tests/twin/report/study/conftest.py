"""The hand-made study and its documents, built once."""

from __future__ import annotations

from typing import Any

import pytest

import retrofit_study
from twin.report.study.content import document
from twin.report.study.document import Document
from twin.report.style import LANGUAGES


@pytest.fixture
def study() -> dict[str, Any]:
    """A new study for each test."""
    return retrofit_study.study()


@pytest.fixture(scope="session")
def documents() -> dict[str, Document]:
    """The document by language."""
    return {language: document(retrofit_study.study(), language) for language in LANGUAGES}


@pytest.fixture(scope="session", params=LANGUAGES)
def made(request: pytest.FixtureRequest, documents: dict[str, Document]) -> Document:
    """The document of each language in turn."""
    return documents[request.param]
