"""The box at a bench: pictures kept in a ring, events kept in a spool until the server has them."""
