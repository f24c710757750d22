"""Let ``python -m finicity_async`` be the command ``finicity-async``."""

from finicity_async.cli import main

main()
