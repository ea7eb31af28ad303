// @ts-check
// Looks again every two seconds for what has come to the pretend phone.

const EVERY_MS = 2000;

const feed = document.querySelector("#feed[data-feed]");

/** @param {HTMLElement} place */
async function look(place) {
  const address = place.dataset.feed;
  if (!address || document.hidden) return;
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const text = await answer.text();
  const fresh = new DOMParser().parseFromString(text, "text/html").body;
  // What someone is reading stays as it is while nothing new has come.
  if (fresh.textContent?.trim() !== place.textContent?.trim()) {
    place.replaceChildren(...fresh.childNodes);
  }
}

if (feed instanceof HTMLElement) {
  setInterval(() => {
    // The server may be restarting; the next look will tell.
    look(feed).catch(() => {});
  }, EVERY_MS);
}
