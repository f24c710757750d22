"""The facts of the vendor's OpenAPI document, and what is made of them."""
