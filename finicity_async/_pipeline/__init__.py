"""One call on its way to the vendor and back: each layer sends through the next."""
