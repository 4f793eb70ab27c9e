"""The console: pages for teachers and referees on the same app as the API."""
