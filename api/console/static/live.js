// Pictures of the wall, a few a second while they are looked at; the sound and the words of an alarm.
const PICTURE_MS = 400;
const told = new Set();

function nextPicture(image) {
  if (document.hidden || image.dataset.waiting) return;
  image.dataset.waiting = "yes";
  const next = new Image();
  next.onload = () => { if (next.width) image.src = next.src; delete image.dataset.waiting; };
  next.onerror = () => { delete image.dataset.waiting; };
  next.src = `${image.dataset.live}?at=${Date.now()}`;
}

function beep() {
  try {
    const sound = new AudioContext(), tone = sound.createOscillator(), loud = sound.createGain();
    tone.frequency.value = 880;
    loud.gain.value = 0.2;
    tone.connect(loud).connect(sound.destination);
    tone.start();
    tone.stop(sound.currentTime + 0.4);
    tone.onended = () => sound.close();
  } catch { /* no sound device: the words and the colour remain */ }
}

function speak(words) {
  if (!window.speechSynthesis) return;
  const sentence = new SpeechSynthesisUtterance(words);
  sentence.lang = document.documentElement.lang || "zh-CN";
  speechSynthesis.speak(sentence);
}

function alarms() {
  for (const one of document.querySelectorAll("[data-alarm]")) {
    if (told.has(one.dataset.alarm)) continue;
    told.add(one.dataset.alarm);
    beep();
    speak(one.dataset.say);
    document.body.dataset.alarms = told.size;
  }
}

setInterval(() => document.querySelectorAll("[data-live]").forEach(nextPicture), PICTURE_MS);
setInterval(alarms, 100);
