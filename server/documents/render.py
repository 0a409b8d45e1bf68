"""From a context to PDF/A-2b bytes: the same context and language always give the same bytes."""

import io
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import typst
from PIL import Image

from server import fonts
from server.documents import tree
from server.documents.context import Context, Kind, Picture, Tree
from server.documents.words import Lang
from server.labels import matrix

TEMPLATES = Path(__file__).parent / "templates"
FORMATS = {"JPEG": "jpg", "PNG": "png"}
LARGE_BYTES = 500_000
"""Size of a document from which on the typesetter is made to forget it."""
AGES = 11
"""Compilations after which typst drops what it remembers of an earlier one (10), and one more."""
MAX_SIDE = 4_096
"""Longest side of a photo that is put into a document; derivatives have 1,024 px."""


def render(kind: Kind, context: Context, lang: Lang) -> bytes:
    """The document as PDF/A-2b. Takes a tenth of a second and up, and releases the GIL: run it in a thread.

    Whatever people typed stays text and cannot break the document: it is handed over as data, wraps, and has `□` where no
    font has a glyph. A photo that is missing or cannot be read leaves a labelled frame. Raises `fonts.FontsMissing`.
    """
    data = tree.build(kind, context, lang)
    with tempfile.TemporaryDirectory(prefix="sitebook-") as name:
        folder = Path(name)
        for template in TEMPLATES.iterdir():
            shutil.copyfile(template, folder / template.name)
        (folder / "qr.svg").write_bytes(draw_qr(context.issue.address))
        if context.signed.strokes is not None:
            (folder / "signature.svg").write_bytes(context.signed.strokes)
        lay_out(folder, context.pictures, data["pictures"])
        made = typeset(folder / f"{kind}.typ", data, context.issue.issued_at)
    if len(made) > LARGE_BYTES:
        forget()
    return made


def forget() -> None:
    """Make typst drop its memory of the last document: 200 MB for a round of 500 assets, kept for ten documents else.

    It ages only by compiling; an empty document takes a millisecond.
    """
    for _ in range(AGES):
        typst.compile(b"", font_paths=fonts.typeset(), ignore_system_fonts=True)


def typeset(main: Path, data: Tree, issued_at: int) -> bytes:
    """Run typst on one template with `data` as its only input."""
    moment = datetime.fromtimestamp(issued_at // 1000, UTC)
    made = typst.compile(
        main,
        root=main.parent,
        font_paths=fonts.typeset(),
        ignore_system_fonts=True,
        sys_inputs={"data": msgspec.json.encode(data).decode()},
        pdf_standards="a-2b",
        timestamp=moment,
    )
    assert isinstance(made, bytes)
    return made


def lay_out(folder: Path, pictures: list[Picture], entries: list[Tree]) -> None:
    """Write the photos beside the templates and name them in their entries; `""` where there is none to show."""
    for n, (picture, entry) in enumerate(zip(pictures, entries, strict=True)):
        ending = picture_format(picture.data) if picture.data is not None else ""
        entry["file"] = f"photo-{n:04}.{ending}" if ending else ""
        if ending and picture.data is not None:
            (folder / entry["file"]).write_bytes(picture.data)


def picture_format(data: bytes) -> str:
    """File ending of a photo that can be shown, else `""`: a damaged file must not stop the document."""
    try:
        with Image.open(io.BytesIO(data), formats=list(FORMATS)) as image:
            if max(image.size) > MAX_SIDE:
                return ""
            ending = FORMATS[image.format or ""]
            image.load()
    except (OSError, ValueError, KeyError, SyntaxError, Image.DecompressionBombError):
        return ""
    return ending


def draw_qr(payload: str) -> bytes:
    """The code as an SVG with its quiet zone. Level Q: it outlives a stamp on its edge."""
    code = matrix.draw(payload)
    side = code.size + 2 * matrix.QUIET
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-matrix.QUIET} {-matrix.QUIET} {side} {side}" '
        f'width="{side}" height="{side}" shape-rendering="crispEdges"><path fill="#000000" d="{code.path}"/></svg>'
    ).encode()
