"""A small PDF file: one page of text that any reader opens."""

from collections.abc import Iterable

_LINE_HEIGHT = 16
_FIRST_LINE = 740  # points from the lower edge of a page of 612 by 792, which is US letter
_PAGE = b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >>>>"


def make_pdf(lines: Iterable[str]) -> bytes:
    """
    Return a PDF file of one page.

    Args:
        lines: The text of the page, line by line; what Latin-1 does not have becomes a question mark.
    """
    shown = b"".join(b"(%b) Tj T*\n" % _escaped(line) for line in lines)
    text = b"BT\n/F1 11 Tf\n%d TL\n72 %d Td\n%bET" % (_LINE_HEIGHT, _FIRST_LINE, shown)
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        _PAGE,
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    body, offsets = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    return body + _table(offsets) + b"startxref\n%d\n%%%%EOF\n" % len(body)


def _escaped(line: str) -> bytes:
    text = line.encode("latin-1", "replace")
    return text.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _table(offsets: list[int]) -> bytes:
    """Return the cross-reference table, whose entries have 20 bytes each, and the trailer."""
    size = len(offsets) + 1
    entries = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\n" % (size, entries, size)
