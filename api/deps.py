"""What routes ask for: the store of this app."""

from typing import Annotated, cast

from fastapi import Depends, Request

from assessor.store import Store


def store_of(request: Request) -> Store:
    """The store the app was made with."""
    return cast(Store, request.app.state.store)


StoreDep = Annotated[Store, Depends(store_of)]
