"""The route by which documents of a preview are fetched."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import FileResponse, PlainTextResponse, Response

from dashboards.previews import Previews
from dashboards.workspace import Workspace

PATH = "/documents/{preview}/{package}/{file}"
_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def preview_routes(workspace: Workspace) -> APIRouter:
    """Routes of the documents.

    What is asked for is looked up among what is there; no part of an address ever becomes a path.
    """
    router = APIRouter()

    @router.get(PATH)
    def document(preview: str, package: str, file: str) -> Response:
        """A document of a preview that who asks may see."""
        found = Previews(workspace).document(preview, package, file)
        if found is None:
            return PlainTextResponse("there is no such document.", status_code=404)
        return FileResponse(found, media_type=_TYPES[found.suffix[1:]], filename=f"{preview}_{found.name}")

    return router
