// The review page: keys press the buttons that stand there, the reference follows the clip, the overlay shows
// what the machine saw. Decisions themselves are made by the server.
"use strict";

let seenOver = {}; // by evidence: frames a second, and what was seen in each picture of its clip
let overlayOn = true;

const place = (css) => document.querySelector(css);
const typing = (target) => target.closest?.("input:not([type=checkbox]), textarea, select, .cm-editor");

function typedIn() {
  const found = {};
  for (const input of document.querySelectorAll("[data-reasons] [data-typed]")) found[input.dataset.typed] = input.value;
  return found;
}

function openReasons() {
  const reasons = place("[data-reasons]");
  if (!reasons) return;
  reasons.hidden = false;
  const first = reasons.querySelector("[data-key=enter]") && reasons.querySelector("[data-typed=points]");
  if (first) first.select();
  reasons.scrollIntoView({ block: "nearest" });
}

// What is out of order needs a note: without one the field opens first.
function abnormal() {
  const note = place("[data-reasons] [data-typed=note]");
  if (note?.value.trim()) return true;
  openReasons();
  note?.focus();
  note?.setAttribute("placeholder", note.dataset.needed ?? "");
  return false;
}

function closeAll() {
  document.activeElement?.blur?.();
  const reasons = place("[data-reasons]");
  if (reasons) reasons.hidden = true;
  for (const box of document.querySelectorAll(".queue-row input:checked")) box.checked = false;
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
}

// ---- keys ---------------------------------------------------------------------------------

const SPEEDS = [0.25, 0.5, 1, 2, 4];

function changeSpeed(by) {
  const video = shownVideo();
  if (!video) return;
  const at = SPEEDS.indexOf(video.playbackRate);
  video.playbackRate = SPEEDS[Math.min(Math.max(0, (at < 0 ? 2 : at) + by), SPEEDS.length - 1)];
  toast(`${video.playbackRate}×`);
}

function setEnd(name) {
  const video = shownVideo();
  if (!video) return;
  video.dataset[name] = video.currentTime.toFixed(3);
  toast(`${name === "in" ? "[" : "]"} ${clock(number(video, "offset") + video.currentTime)}`);
}

function goToTime() {
  const video = shownVideo();
  const asked = video && prompt("0:00.0", clock(number(video, "offset") + video.currentTime));
  if (!asked) return;
  const t = asked.split(":").reduce((sum, part) => sum * 60 + parseFloat(part), 0);
  if (Number.isFinite(t)) seek(video, t - number(video, "offset") - video.currentTime);
}

const REVIEW_ACTIONS = {
  overturn: openReasons,
  overlay: () => setOverlay(!overlayOn),
  reference: () => place(".item-place")?.classList.toggle("no-reference"),
  go_to: goToTime,
  full: () => (document.fullscreenElement ? document.exitFullscreen() : place(".item-place .clip")?.requestFullscreen()),
  slower: () => changeSpeed(-1),
  faster: () => changeSpeed(1),
  in: () => setEnd("in"),
  out: () => setEnd("out"),
  help: () => place("[data-help]").showModal(),
};
const BUTTONS = { accept: "a", doubt: "s", abnormal: "x", undo: "u", next: "n", previous: "p" };

function pressDigit(key) {
  const reasons = place("[data-reasons]");
  if (reasons?.hidden && reasons.querySelector("[data-key=enter]")) reasons.hidden = false;
  if (reasons && !reasons.hidden) reasons.querySelector(`[data-digit="${key}"]`)?.click();
}

document.addEventListener("keydown", (e) => {
  const key = e.key.toLowerCase();
  if (key === "escape") return closeAll();
  if (document.querySelector("dialog[open]")) return;
  if (typing(e.target)) {
    if (key === "enter" && e.target.closest("[data-reasons]")) {
      const send = place("[data-reasons] [data-key=enter]");
      if (send) send.click();
      else e.target.blur();
      e.preventDefault();
    }
    return;
  }
  const control = e.ctrlKey || e.metaKey;
  const action = actionOf(e);
  if (control && key === "a") selectAll();
  else if (control && key === "z") place("[data-key=u]")?.click();
  else if (control || e.altKey || !keys().on) return;
  else if (e.shiftKey && key === "a") askBulk();
  else if (/^[0-9]$/.test(key)) pressDigit(key);
  else if (action in REVIEW_ACTIONS) REVIEW_ACTIONS[action]();
  else if (action in BUTTONS) place(`[data-key="${BUTTONS[action]}"]`)?.click();
  else return;
  e.preventDefault();
});

// ---- the calendar: the first day pressed is chosen alone, a later one ends the stretch ----------

function showDays() {
  const [since, until] = ["since", "until"].map((name) => place(`[data-filter] [name=${name}]`).value);
  for (const day of document.querySelectorAll("[data-day]")) {
    const chosen = since && day.dataset.day >= since && day.dataset.day <= (until || since);
    day.setAttribute("aria-pressed", String(Boolean(chosen)));
  }
}

document.addEventListener("click", (e) => {
  const day = e.target.closest("[data-day]")?.dataset.day;
  if (!day) return;
  const [since, until] = ["since", "until"].map((name) => place(`[data-filter] [name=${name}]`));
  const goesOn = since.value && since.value === until.value && day > since.value;
  if (!goesOn) since.value = day;
  until.value = day;
  showDays();
});

// ---- several at once ----------------------------------------------------------------------

function selectAll() {
  for (const box of document.querySelectorAll(".queue-row input[type=checkbox]")) box.checked = true;
}

function selectedItems() {
  place("[data-bulk]").close();
  return [...document.querySelectorAll(".queue-row")].filter((row) => row.querySelector("input:checked")).map((row) => row.dataset.keyOf);
}

function askBulk() {
  const title = place("[data-bulk-title]");
  const count = document.querySelectorAll(".queue-row input:checked").length;
  title.textContent = title.dataset.text.replace("#", count);
  place("[data-bulk]").showModal();
  place("[data-bulk-yes]").focus();
}

document.addEventListener("click", (e) => {
  if (e.target.closest("[data-open]")) openReasons();
  if (e.target.closest("[data-close]")) e.target.closest("dialog").close();
  if (e.target.closest("[data-filter-open]")) {
    place("[data-filter-dialog]").showModal();
    showDays();
  }
  if (e.target.closest('[data-key="?"]')) place("[data-help]").showModal();
});

// ---- which key does what: the dialog of the help ---------------------------------------------

const KEPT = ["tab", "enter", "escape", "shift", "control", "alt", "meta", " ", "capslock", "dead", "process"];
const remaps = () => [...document.querySelectorAll("[data-remap]")];

function shownKey(key) {
  return { arrowleft: "←", arrowright: "→", arrowup: "↑", arrowdown: "↓", pageup: "PgUp", pagedown: "PgDn" }[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

function showConflicts() {
  const counts = {};
  for (const field of remaps()) counts[field.dataset.is] = (counts[field.dataset.is] ?? 0) + 1;
  const twice = remaps().filter((field) => counts[field.dataset.is] > 1);
  for (const field of remaps()) field.toggleAttribute("data-conflict", twice.includes(field));
  const warning = place("[data-key-warning]");
  warning.textContent = twice.length ? warning.dataset.text.replace("#", shownKey(twice[0].dataset.is)) : "";
  place("[data-keep-keys]").disabled = twice.length > 0;
}

function setKey(field, key) {
  field.dataset.is = key;
  field.value = shownKey(key);
}

document.addEventListener("keydown", (e) => {
  const field = e.target.closest?.("[data-remap]");
  const key = e.key.toLowerCase();
  if (!field || KEPT.includes(key) || /^[0-9]$/.test(key) || e.ctrlKey || e.metaKey || e.altKey) return;
  setKey(field, key);
  showConflicts();
  e.preventDefault();
});

document.addEventListener("change", (e) => {
  if (!e.target.matches("[data-preset]")) return;
  const preset = JSON.parse(e.target.dataset.presets)[e.target.value];
  for (const field of remaps()) setKey(field, preset[field.dataset.remap]);
  showConflicts();
});

function wantedKeys() {
  const chosen = Object.fromEntries(remaps().map((field) => [field.dataset.remap, field.dataset.is]));
  return { preset: place("[data-preset]").value, on: place("[data-keys-on]").checked, keys: chosen };
}

// ---- the clip, its overlay, the reference beside it ----------------------------------------

function overlayOf(seen) {
  seenOver = seen;
}

function itemShown() {
  document.documentElement.dataset.shown = String(Date.now());
  place(".queue-row[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
}

function showAt(at) {
  const address = new URL(location.href);
  address.searchParams.set("at", at.slice(3));
  history.replaceState(history.state, "", address);
}

function setOverlay(on) {
  overlayOn = on;
  if (!on) place(".overlay")?.remove();
}

const FINGERS = [[0, 1, 2, 3, 4], [0, 5, 6, 7, 8], [5, 9, 10, 11, 12], [9, 13, 14, 15, 16], [13, 17, 18, 19, 20], [0, 17]];
const shownAt = new WeakMap(); // video -> the media time of the picture that stands there

// The clock of a player runs on between two pictures; only this says which of them is shown.
function watchPictures(video) {
  if (shownAt.has(video)) return;
  shownAt.set(video, null);
  const note = (_, { mediaTime }) => {
    shownAt.set(video, mediaTime);
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback?.(note);
}

function pictureOf(video, fps) {
  const moment = shownAt.get(video);
  return moment === null ? Math.floor(video.currentTime * fps + 0.01) : Math.round(moment * fps);
}

function drawOverlay() {
  requestAnimationFrame(drawOverlay);
  const video = shownVideo();
  const seen = video && seenOver[video.dataset.evidence];
  if (!overlayOn || !seen || !video.videoWidth) return;
  watchPictures(video);
  video.dataset.fps = seen.fps;
  const { clientWidth: width, clientHeight: height } = video;
  const index = pictureOf(video, seen.fps);
  const drawn = `${index} ${width} ${height}`;
  let canvas = video.parentElement.querySelector(".overlay");
  if (!canvas) {
    canvas = document.createElement("canvas");
    canvas.className = "overlay";
    video.after(canvas);
  }
  if (canvas.dataset.drawn === drawn) return;
  canvas.dataset.drawn = drawn;
  canvas.width = width;
  canvas.height = height;
  const scale = Math.min(width / video.videoWidth, height / video.videoHeight);
  const [w, h] = [video.videoWidth * scale, video.videoHeight * scale];
  const at = ([x, y]) => [(width - w) / 2 + x * w, (height - h) / 2 + y * h];
  if (seen.pictures[index]) paint(canvas.getContext("2d"), seen.pictures[index], at);
}

function paint(pen, [tools, hands], at) {
  pen.font = "600 12px sans-serif";
  const named = [];
  for (const [name, corner, other] of tools) {
    const [left, top] = at(corner);
    const [right, bottom] = at(other);
    pen.lineWidth = name ? 2 : 1;
    pen.strokeStyle = name ? "#ffd54a" : "rgb(255 213 74 / 45%)";
    pen.strokeRect(left, top, right - left, bottom - top);
    if (name) named.push([name, left, top, bottom]);
  }
  pen.lineWidth = 2;
  pen.strokeStyle = "#4ae0ff";
  for (const hand of hands) {
    for (const finger of FINGERS) {
      pen.beginPath();
      for (const joint of finger) if (hand[joint]) pen.lineTo(...at(hand[joint]));
      pen.stroke();
    }
  }
  nameTools(pen, named);
}

// Each name on a plate of its own: over its box, else under it, else further up, where none stands yet.
function nameTools(pen, named) {
  const HIGH = 17;
  const plates = [];
  for (const [name, left, top, bottom] of named) {
    const wide = pen.measureText(name).width + 8;
    const x = Math.min(Math.max(0, left), pen.canvas.width - wide);
    const places = [top - HIGH, bottom, top - 2 * HIGH, bottom + HIGH, top - 3 * HIGH];
    const free = (y) => y >= 0 && y + HIGH <= pen.canvas.height && plates.every(([px, py, pw]) => x + wide <= px || px + pw <= x || y + HIGH <= py || py + HIGH <= y);
    const y = places.find(free) ?? Math.max(0, top - HIGH);
    plates.push([x, y, wide]);
    pen.fillStyle = "rgb(20 20 20 / 78%)";
    pen.fillRect(x, y, wide, HIGH - 1);
    pen.fillStyle = "#ffd54a";
    pen.fillText(name, x + 4, y + 12);
  }
}

requestAnimationFrame(drawOverlay);

const follower = () => place("video[data-follows]");
onMedia("play", () => follower()?.play());
onMedia("pause", () => follower()?.pause());
onMedia("ratechange", (video) => {
  if (follower()) follower().playbackRate = video.playbackRate;
});

// Both begin with their step: the reference stands where the clip stands, counted from there.
onMedia("seeked", (video) => {
  const other = follower();
  if (other) other.currentTime = Math.max(0, parseFloat(other.dataset.begin) + video.currentTime - number(video, "in"));
});
