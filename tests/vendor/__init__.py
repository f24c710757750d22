"""Facts extracted from the vendor's OpenAPI document, and the tests and tools that use them."""
