"""What people decide about the machine's sheets: queue, review, release, appeal (store -> api, console)."""
