"""The test rig of the live classroom: cameras over real HTTP and RTSP, bad networks, a device tree."""
