"""Forms of plain pages, as a browser reads them."""

from __future__ import annotations

import re
from html import unescape


def form_of(page: str) -> dict[str, str]:
    """Hidden fields of a page's first form."""
    first = page.partition("<form")[2].partition("</form>")[0]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', first)
    return {name: unescape(value) for name, value in found}
