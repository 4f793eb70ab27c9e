"""An app on a real socket and a client of it, for the tests of the interface."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from fastapi import FastAPI

from api.app import config_of


@contextmanager
def serving_app(app: FastAPI, host: str = "127.0.0.1") -> Iterator[httpx.Client]:
    """As `assessor serve` would serve it."""
    config = config_of(app)
    config.lifespan, config.log_level = "off", "critical"
    server = uvicorn.Server(config)
    with socket.create_server((host, 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            port = listening.getsockname()[1]
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()
