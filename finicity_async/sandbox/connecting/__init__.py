"""Connect as the sandbox plays it: links, sessions, the events that they send, and the pages in a browser."""
