"""Real executions, recorded and annotated by others, as procedures and events for the judge."""
