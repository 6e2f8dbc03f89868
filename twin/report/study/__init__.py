"""Documents of a retrofit study: one content, set as HTML, Word and PDF, in Chinese and English."""

from twin.report.study.writing import write_study

__all__ = ["write_study"]
