// Hears what changed and puts it on the page. Hand-written; no library, no build.

const BEHIND = 3; // Seconds without a word after which the page is blind: the server speaks every second.
const age = document.getElementById("age");
let source = null;
let heard = performance.now();
let waited = false;

// The element becomes like the other, keeping what is the same: focus, open details and scroll stay where they are.
function morph(from, to) {
  for (const { name } of [...from.attributes]) if (!to.hasAttribute(name) && !(name === "open" && from.tagName === "DETAILS")) from.removeAttribute(name);
  for (const { name, value } of [...to.attributes]) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  morphInside(from, to);
}

function morphInside(from, to) {
  let at = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const found = wanted.id ? [...from.childNodes].find((each) => each.id === wanted.id) : null;
    if (found && found !== at) from.insertBefore(found, at);
    const old = found || at;
    if (!old || !alike(old, wanted)) {
      from.insertBefore(wanted, old);
    } else {
      if (wanted.nodeType === Node.ELEMENT_NODE) morph(old, wanted);
      else if (old.nodeValue !== wanted.nodeValue) old.nodeValue = wanted.nodeValue;
      at = old.nextSibling;
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

const alike = (one, other) => one.nodeType === other.nodeType && one.nodeName === other.nodeName && (one.id || "") === (other.id || "");

function show({ parts, title }) {
  for (const [id, html] of Object.entries(parts)) {
    const section = document.getElementById(id);
    const next = section.cloneNode(false);
    next.innerHTML = html;
    morphInside(section, next);
  }
  if (title) document.title = title;
}

function connect() {
  source = new EventSource("events");
  source.onmessage = (event) => {
    const told = JSON.parse(event.data);
    heard = performance.now() - 1000 * told.age;
    waited = told.waiting;
    show(told);
    tick();
  };
  // The browser connects again by itself, but not after a refusal: a login that ended, a server with another token.
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  };
}

function tick() {
  const seconds = Math.max(0, (performance.now() - heard) / 1000);
  const blind = !waited && seconds > BEHIND;
  document.documentElement.classList.toggle("blind", blind);
  const words = waited ? "waiting for the first look" : `seen ${Math.round(seconds)} s ago`;
  age.textContent = blind ? `${words}: what follows may have changed` : words;
}

// A browser opens six connections to one place: a page that nobody sees gives its own back.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) source.close();
  else if (source.readyState === EventSource.CLOSED) connect();
});

connect();
setInterval(tick, 500);
