"use strict";

const PERIOD = 1000; // milliseconds: a journal that a person follows
const live = document.getElementById("live");

function say(text) {
  if (live.textContent !== text) live.textContent = text;
}

function replace(old, fresh) {
  if (old.innerHTML === fresh.innerHTML) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  old.replaceChildren(...fresh.childNodes);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

async function refresh() {
  try {
    const answer = await fetch(location.pathname + location.search, { cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(old.id);
      if (fresh) replace(old, fresh);
    }
    say("Live");
  } catch {
    say("The sandbox does not answer");
  }
  setTimeout(refresh, PERIOD);
}

setTimeout(refresh, PERIOD);
