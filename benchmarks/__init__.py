"""
What the library costs, measured beside the alternatives.

Each module is a program: ``python -m benchmarks.fanout`` and so on, from the top of a clone. Its docstring says what it
measures and what it does not. All print a table, or JSON with ``--json``, and connect to nothing but 127.0.0.1.
"""
