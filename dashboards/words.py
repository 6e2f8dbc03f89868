"""Words of the pages in Chinese and English."""

from __future__ import annotations

from twin.report.style import Language

WORDS: dict[str, tuple[str, str]] = {
    "title": ("运行结果", "Runs"),
    "intro": (
        "选择一个或多个运行结果进行对比；第一个被选中的为对比基准。",
        "Choose one Run or several; the first one chosen is what the others are compared with.",
    ),
    "choose": ("选择运行结果…", "Choose Runs…"),
    "refresh": ("刷新列表", "Refresh the list"),
    "other": ("English", "中文"),
    "stored_in": ("存放位置", "Stored in"),
    "comparison": ("对比", "Comparison"),
    "empty": ("此处还没有运行结果。", "There are no Runs here yet."),
    "make_one": (
        "用下面的命令生成一个，然后点“刷新列表”：",
        "Make one with this command, then refresh the list:",
    ),
    "choose_first": ("请在上方选择运行结果。", "Choose a Run above."),
    "report": (
        "打开完整报告：含判定、假定与数据来源（单个离线文件）",
        "Open the full report with verdicts, assumptions and sources (one offline file)",
    ),
    "cannot": ("无法显示", "Cannot show this"),
}


def word(key: str, language: Language) -> str:
    """A word of the pages in the language."""
    zh, en = WORDS[key]
    return zh if language == "zh" else en
