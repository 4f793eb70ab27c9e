"""An RTSP server (GStreamer's, from Debian's packages), run by the system's Python; it says its port.

/moving: a picture that changes; /frozen: the same picture again and again, each time encoded anew. With an
argument `user:password` it asks for them.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

SIZE = "video/x-raw,width=640,height=360,framerate=15/1"
ENCODED = "x264enc tune=zerolatency speed-preset=ultrafast bitrate=1500 key-int-max=30"
SENT = "rtph264pay name=pay0 pt=96"
PATTERNS = {"/moving": "smpte", "/frozen": "smpte75"}  # the first has a corner of noise


def main() -> None:
    """Serve until the process is ended."""
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    for path, pattern in PATTERNS.items():
        source = f"videotestsrc is-live=true pattern={pattern} ! {SIZE}"
        server.get_mount_points().add_factory(path, factory(f"( {source} ! {ENCODED} ! {SENT} )"))
    if len(sys.argv) > 1:
        server.set_auth(login(*sys.argv[1].split(":")))
    server.attach(None)
    sys.stdout.write(f"{server.get_bound_port()}\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


def factory(launch: str) -> "GstRtspServer.RTSPMediaFactory":
    """What gives the pictures; a viewer may see them."""
    made = GstRtspServer.RTSPMediaFactory()
    made.set_launch(launch)
    made.set_shared(True)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    made.set_permissions(permissions)
    return made


def login(user: str, password: str) -> "GstRtspServer.RTSPAuth":
    """Only who signs in is a viewer."""
    auth, viewer = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
    viewer.set_string("media.factory.role", "viewer")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), viewer)
    return auth


main()
