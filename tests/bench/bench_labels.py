"""1,000 labels to PDF, QR codes included, beside the plain script one would write with reportlab and qrcode."""

import io
import time

import qrcode
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from server import fonts
from server.labels import layouts, sheets, tokens
from server.labels.faces import Brand, Label

COUNT = 1_000
BRAND = Brand(company="安信信息系统运维服务有限公司", hotline="400-820-8820")
NAMES = (
    ("台式计算机", "联想 ThinkCentre M920t"),
    ("核心交换机", "华为 S12700E-8"),
    ("机架式服务器", "Dell PowerEdge R740"),
)


def labels() -> list[Label]:
    """Fresh tokens each time, so that nothing is remembered from an earlier run."""
    found: list[Label] = []
    for number in range(COUNT):
        token = tokens.draw()
        name, spec = NAMES[number % len(NAMES)]
        address = tokens.url("https://sitebook.example.cn", token)
        found.append(Label(address=address, token=token, code=f"D010210-{number + 1:03}", name=name, spec=spec))
    return found


def plain(labels: list[Label]) -> bytes:
    """The same content and places with qrcode's and reportlab's own ways, the mask chosen by qrcode."""
    layout = layouts.choose("a4-50x30")
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for index, label in enumerate(labels):
        page, left, top = layout.place(index)
        if index and page != layout.place(index - 1)[0]:
            canvas.showPage()
        x, y = left * mm, (297 - top - 30) * mm
        code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_Q, border=4)
        code.add_data(label.address)
        code.make(fit=True)
        canvas.drawImage(ImageReader(code.make_image().get_image()), x, y + 7 * mm, 22 * mm, 22 * mm)
        for offset, size, text in ((26, 6.5, BRAND.company), (22, 8, label.name), (18, 6.5, label.spec)):
            canvas.setFont("Noto", size)
            canvas.drawString(x + 23 * mm, y + offset * mm, text)
        canvas.drawString(x + 23 * mm, y + 9 * mm, f"服务热线 {BRAND.hotline}")
        canvas.setFont("Courier-Bold", 14)
        canvas.drawString(x + 2 * mm, y + 3 * mm, label.code)
    canvas.save()
    return out.getvalue()


def run() -> dict[str, dict[str, object]]:
    """`labels_1000`: the median of three, each beside a run of the plain script."""
    pdfmetrics.registerFont(TTFont("Noto", str(fonts.file())))
    sheets.pdf(labels()[:1], BRAND, layouts.choose("a4-50x30"))
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(3):
        some = labels()
        start = time.perf_counter()
        sheets.pdf(some, BRAND, layouts.choose("a4-50x30"))
        ours.append(time.perf_counter() - start)
        start = time.perf_counter()
        plain(some)
        theirs.append(time.perf_counter() - start)
    value, other = sorted(ours)[1], sorted(theirs)[1]
    return {
        "labels_1000": {
            "value": round(value, 3),
            "unit": "s",
            "ratio_to": "reportlab + qrcode",
            "ratio": round(other / value, 2),
            "other": round(other, 3),
        }
    }
