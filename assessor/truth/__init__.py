"""What really happened in a recording whose truth is known: read by `evaluate`, never by the judge."""
