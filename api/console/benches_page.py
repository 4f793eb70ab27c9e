"""Benches and devices: which benches were used, and the keys of the machines that report from them."""

from asyncio import to_thread
from uuid import UUID

from starlette.requests import Request

from api.console.elements import Words, box, user_text
from api.console.fields import VALUE, button, field, reload_page, toast
from api.console.frame import page_frame
from api.console.preferences import preferences_of
from api.console.rule_files import show_rule_files
from api.console.texts import Language, say
from assessor.errors import RefusedError
from assessor.own_rules import Kind
from assessor.people.caller import Caller
from assessor.people.devices import Device, add_device, list_devices, revoke_device
from assessor.people.scope import seen_by
from assessor.shown import moment
from assessor.store import BenchVersion, Store

COLUMNS = ("bench", "name", "created", "seen")


async def show_benches(store: Store, request: Request, caller: Caller) -> None:
    """Build the page."""
    language = preferences_of(request).language
    devices = await to_thread(list_devices, store, caller)
    benches = await to_thread(store.seen_as(seen_by(caller)).benches)
    with page_frame(request, say("benches.title", language), "benches"):
        BenchesPage(store, caller, language).build(devices, benches)
        with box("div", "page-title"):
            Words("h2", say("rules.kind.bench", language))
        await show_rule_files(Kind.BENCHES, language, may_begin=True)


class BenchesPage:
    """The page of one visitor."""

    def __init__(self, store: Store, caller: Caller, language: Language) -> None:
        self._store, self._caller, self._language = store, caller, language
        self._typed = {"bench": "", "name": ""}

    def build(self, devices: tuple[Device, ...], benches: tuple[BenchVersion, ...]) -> None:
        """The form, the devices, the benches."""
        language = self._language
        with box("div", "page-title"):
            Words("h1", say("benches.title", language))
        with box("section", "card"):
            with box("div", "form-row"):
                for name in self._typed:
                    made = field(say(f"benches.{name}", language), data_field=name)
                    made.on(
                        "input",
                        lambda e, name=name: self._typed.update({name: str(e.args)}),
                        js_handler=VALUE,
                    )
                button(say("benches.add", language), self._add, "main-button", "add").props["data-add"] = ""
            self._told = box("div", "form-row", aria_live="polite")
            self._told.set_visibility(False)
        self._devices(devices)
        with box("section", "card form-row", aria_label=say("benches.known", language)):
            Words("h2", say("benches.known", language), "small-title")
            for name in sorted({bench.name for bench in benches}):
                user_text(name, 60)

    def _devices(self, devices: tuple[Device, ...]) -> None:
        language = self._language
        with box("section", "card scroll", aria_label=say("benches.devices", language)):
            if not devices:
                Words("p", say("benches.none", language), "quiet form-row")
                return
            with box("table", "plain-table"):
                with box("thead"), box("tr"):
                    for column in COLUMNS:
                        Words("th", say(f"benches.{column}", language), "", scope="col")
                    box("th")
                with box("tbody"):
                    for device in devices:
                        self._row(device)

    def _row(self, device: Device) -> None:
        with box("tr", "", data_device=device.name):
            for text in (device.bench or "–", device.name):
                with box("td"):
                    user_text(text, 60)
            Words("td", moment(device.created_utc), "quiet")
            Words("td", moment(device.seen_utc) if device.seen_utc else "–", "quiet")
            with box("td"):
                if device.revoked_utc is not None:
                    Words("span", say("benches.revoked", self._language), "quiet")
                else:
                    button(say("benches.revoke", self._language), lambda: self._revoke(device.id))

    async def _add(self) -> None:
        bench, name = self._typed["bench"].strip(), self._typed["name"].strip()
        try:
            _, key = await to_thread(add_device, self._store, self._caller, bench or None, name)
        except RefusedError as error:
            toast(getattr(error.text, self._language), "wrong")
            return
        self._told.clear()
        self._told.set_visibility(True)
        with self._told:
            Words("span", say("benches.key", self._language))
            Words("code", key, "once", data_key_shown="")

    async def _revoke(self, device_id: UUID) -> None:
        try:
            await to_thread(revoke_device, self._store, self._caller, device_id)
        except RefusedError as error:
            toast(getattr(error.text, self._language), "wrong")
            return
        toast(say("benches.revoked", self._language))
        reload_page()
