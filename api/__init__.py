"""The web side: REST under /v1 and the console, both on what the store holds (after `store`)."""
