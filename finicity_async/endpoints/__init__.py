"""The vendor's operations: one file for each tag of the OpenAPI document, a row and a function for each operation."""
