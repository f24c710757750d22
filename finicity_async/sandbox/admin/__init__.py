"""The admin interface: what Python has on ``Sandbox``, for a client in any language, beside the vendor's paths."""

PREFIX = "/__sandbox__"
"""What its paths begin with; the vendor has none like it."""
