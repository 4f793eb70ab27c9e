// The player repeats the evidence, says which second of the recording it shows and obeys the keys; the head
// switches language and theme. Everything listens on the document: pages come and go, this stays.
"use strict";

const USUAL_FPS = 10;
const number = (video, name) => parseFloat(video.dataset[name]);
const shownVideo = () => [...document.querySelectorAll("video[data-in]")].find((video) => video.offsetParent);

function clock(t) {
  const tenths = Math.round(t * 10);
  const seconds = ((tenths / 10) % 60).toFixed(1).padStart(4, "0");
  const minutes = Math.floor(tenths / 600) % 60;
  const hours = Math.floor(tenths / 36000);
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}

function onMedia(type, handler) {
  document.addEventListener(type, (e) => e.target.matches?.("video[data-in]") && handler(e.target), true);
}

onMedia("loadedmetadata", (video) => {
  video.currentTime = number(video, "in");
});

onMedia("timeupdate", (video) => {
  const now = video.currentTime;
  const before = video.lastTime ?? now;
  video.lastTime = now;
  const label = video.parentElement.querySelector(".clip-clock");
  if (label) label.textContent = clock(number(video, "offset") + now);
  // Only playing across the end goes back: whoever seeks behind it wants to see what came after.
  const out = number(video, "out");
  if (!video.paused && before < out && now >= out && now - before < 1) {
    video.currentTime = number(video, "in");
    video.lastTime = number(video, "in");
  }
});

onMedia("ended", (video) => {
  video.currentTime = number(video, "in");
  video.play();
});

// A clip or still that is not there says so instead of standing there broken.
document.addEventListener("error", (e) => e.target.closest?.(".clip, .still")?.classList.add("gone"), true);

function togglePlay(video) {
  if (video.paused) video.play();
  else video.pause();
}

function seek(video, by) {
  video.currentTime = Math.min(Math.max(0, video.currentTime + by), video.duration || 0);
}

// To the middle of the next picture: its very beginning may still show the one before.
function step(video, by) {
  video.pause();
  const fps = number(video, "fps") || USUAL_FPS;
  seek(video, (Math.floor(video.currentTime * fps + 0.01) + by + 0.5) / fps - video.currentTime);
}

function chooseRow(by) {
  const rows = [...document.querySelectorAll("tr[data-item]")];
  const at = rows.findIndex((row) => row.ariaCurrent === "true");
  const row = rows[Math.min(Math.max(0, at + by), rows.length - 1)];
  const button = row?.querySelector("button.cover");
  button?.focus();
  button?.click();
}

// A clip inside a closed part is fetched (and its view noted) only once somebody opens that part.
document.addEventListener(
  "toggle",
  (e) => {
    if (!e.target.open) return;
    for (const video of e.target.querySelectorAll("video[preload=none]")) video.preload = "auto";
  },
  true,
);

// Which key does what is the person's own choice: the page brings it along.
const USUAL_KEYS = { play: "k", back: "j", forward: "l", second_back: "arrowleft", second_forward: "arrowright", frame_back: ",", frame_forward: ".", next: "n", previous: "p" };
let keyMap = { of: null, on: true, actions: {} };

function keys() {
  const given = document.querySelector("[data-key-map]");
  if (keyMap.of !== given) {
    const told = given ? JSON.parse(given.dataset.keyMap) : { on: true, keys: USUAL_KEYS };
    keyMap = { of: given, on: told.on, actions: Object.fromEntries(Object.entries(told.keys).map(([action, key]) => [key, action])) };
  }
  return keyMap;
}

const actionOf = (e) => (keys().on ? keys().actions[e.key.toLowerCase()] : undefined);

const VIDEO_ACTIONS = {
  play: togglePlay,
  back: (video) => seek(video, -5),
  forward: (video) => seek(video, 5),
  second_back: (video, e) => seek(video, e.shiftKey ? -5 : -1),
  second_forward: (video, e) => seek(video, e.shiftKey ? 5 : 1),
  frame_back: (video) => step(video, -1),
  frame_forward: (video) => step(video, 1),
};
const ROW_ACTIONS = { next: 1, previous: -1 };

document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.altKey || e.metaKey || document.querySelector("dialog[open]")) return;
  if (e.target.closest("input:not([type=checkbox]), textarea, select, [role=tab]")) return;
  const action = actionOf(e);
  const video = shownVideo();
  if (e.key === " " && video && !e.target.closest("button:not(.cover), a, summary, input")) togglePlay(video);
  else if (action in ROW_ACTIONS && document.querySelector("tr[data-item]")) chooseRow(ROW_ACTIONS[action]);
  else if (action in VIDEO_ACTIONS && video && e.target !== video) VIDEO_ACTIONS[action](video, e);
  else return;
  e.preventDefault();
});

document.addEventListener("click", (e) => {
  const button = e.target.closest("[data-language], [data-theme]");
  if (!button) return;
  const address = new URL(location.href);
  if ("language" in button.dataset) address.searchParams.set("lang", button.dataset.language);
  else address.searchParams.set("theme", document.body.classList.contains("body--dark") ? "light" : "dark");
  location.assign(address);
});

// The page to print opens beside the sheet and asks the printer at once; its own policy lets no script run in it.
document.addEventListener("click", (e) => {
  const link = e.target.closest("[data-print]");
  const page = link && !e.ctrlKey && !e.metaKey && window.open(link.href, "_blank");
  if (!page) return;
  e.preventDefault();
  page.addEventListener("load", () => page.print());
});

// Short messages, read aloud by screen readers; `undo` names the button whose press takes the last step back.
function toast(text, kind = "done", undo = "") {
  let place = document.querySelector(".toasts");
  if (!place) {
    place = document.createElement("div");
    place.className = "toasts";
    place.setAttribute("aria-live", "polite");
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  const shown = document.createElement("div");
  shown.className = `toast ${kind}`;
  const words = document.createElement("span");
  words.textContent = text;
  shown.append(words);
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = undo;
    button.onclick = () => document.querySelector("[data-undo]")?.click();
    shown.append(button);
  }
  place.replaceChildren(shown);
  setTimeout(() => shown.remove(), undo ? 8000 : 5000);
}

// The forms of the doors: send, then go where the answer says, or show what is wrong.
document.addEventListener("submit", async (e) => {
  const form = e.target.closest("form[data-door]");
  if (!form) return;
  e.preventDefault();
  const problem = form.querySelector(".door-problem");
  const send = form.querySelector("[type=submit]");
  send.disabled = true;
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body });
    const told = await answer.json();
    if (told.go) return location.assign(told.go);
    const detail = document.documentElement.lang.startsWith("zh") ? told.zh : told.en;
    problem.textContent = detail ?? told.detail ?? String(answer.status);
  } catch (fault) {
    problem.textContent = String(fault.message);
  } finally {
    send.disabled = false;
  }
});

document.addEventListener("click", async (e) => {
  if (!e.target.closest("[data-leave]")) return;
  const answer = await fetch("/sign-out", { method: "POST" });
  location.assign((await answer.json()).go);
});

// The uploader that comes with NiceGUI has a button without a name; it is there a moment after the page.
function labelUploader(label) {
  const button = document.querySelector(".q-uploader .q-btn");
  if (!button) return void setTimeout(() => labelUploader(label), 100);
  button.setAttribute("aria-label", label);
  button.querySelector("input")?.setAttribute("aria-label", label);
}
