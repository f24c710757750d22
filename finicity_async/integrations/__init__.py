"""Extras that the plain install never imports."""
