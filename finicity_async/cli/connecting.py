"""The command ``connect``: a link to Connect for one customer."""

import json

from rich.console import Console

from finicity_async.cli.listing import print_line
from finicity_async.models.connect import ConnectUrl


def print_link(console: Console, url: ConnectUrl, *, as_json: bool) -> None:
    """Print a link on stdout, which gets nothing else, and on the console how long it lives."""
    expires_at = url.expires_at
    text = url.link
    if as_json:
        text = json.dumps({"link": url.link, "expiresAt": expires_at and expires_at.isoformat()})
    print_line(text.encode())
    if expires_at is not None:
        console.print(f"The link lives until {expires_at:%Y-%m-%d %H:%M} UTC, and is a secret.", highlight=False)
