"""A draft as PDF: its content handed to the writer of the study's documents."""

from __future__ import annotations

from itertools import chain

from twin.pilot.draft import Block, Bullets, Draft, Heading, Paragraph
from twin.report.study import document as printed
from twin.report.study.pdf import pdf as set_pdf
from twin.report.study.words import say
from twin.report.style import pick

_FRAME_WORDS = ("run_word", "table_word", "figure_word", "contents", "colon", "page_of")


def pdf(draft: Draft) -> bytes:
    """The draft as PDF.

    Parameters
    ----------
    draft : Draft

    Returns
    -------
    bytes
    """
    return set_pdf(document(draft))


def document(draft: Draft) -> printed.Document:
    """The draft as a document of `twin.report.study`."""
    language = draft.language
    return printed.Document(
        language,
        draft.title,
        pick(language, "草案，供申报单位修改", "Draft, for the applicant to edit"),
        (),
        tuple(chain.from_iterable(_blocks(one, "") for one in draft.notices)),
        tuple(
            printed.Section(
                one.key,
                one.title,
                tuple(chain.from_iterable(_blocks(block, one.title) for block in one.blocks)),
            )
            for one in draft.sections
        ),
        pick(language, "由 twin pilot 起草", "Drafted by twin pilot"),
        {key: say(key, language) for key in _FRAME_WORDS},
    )


def _blocks(block: Block, title: str) -> tuple[printed.Block, ...]:
    """A block, its tables named by their section."""
    if isinstance(block, Paragraph):
        return (printed.Paragraph(block.text, "lead" if block.strong else "body"),)
    if isinstance(block, Heading):
        return (printed.Paragraph(block.text, "heading"),)
    if isinstance(block, Bullets):
        return tuple(printed.Paragraph(f"• {item}") for item in block.items)
    columns = len(block.head)
    rows = tuple(tuple(printed.Cell(cell) for cell in row) for row in block.rows)
    return (printed.Table(title, block.head, rows, "l" * columns, (1.0,) * columns),)
