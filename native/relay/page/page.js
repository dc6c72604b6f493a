// Keeps what the page shows up to date: the same page is asked for again, and the parts that changed are put
// in. Without this script the page works by its links and forms.
const EVERY_MS = 3000;
const SLOWER_MS = 30000;
let failures = 0;

function tell(state, words) {
  const place = document.getElementById('live');
  const text = document.getElementById('live-text');
  place.hidden = false;
  place.dataset.state = state;
  if (text.textContent !== words) {
    text.textContent = words;
  }
}

// What a person has opened stays open, and what has the focus keeps it.
function keepState(part, fresh) {
  for (const open of part.querySelectorAll('details[open][id]')) {
    fresh.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute('open', '');
  }
}

function replace(part, fresh) {
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const summary = focused?.matches('summary') ? focused.parentElement.id : '';
  const id = focused?.id ?? '';
  part.replaceWith(fresh);
  if (focused !== null) {
    const again = summary !== '' ? fresh.querySelector(`#${CSS.escape(summary)} > summary`)
      : id !== '' ? fresh.querySelector(`#${CSS.escape(id)}`) : null;
    (again ?? document.getElementById('main')).focus({ preventScroll: true });
  }
}

function update(text) {
  const page = new DOMParser().parseFromString(text, 'text/html');
  if (page.querySelector('.tabs') === null) {
    window.location.reload(); // the session is over
    return;
  }
  for (const part of document.querySelectorAll('[data-live]')) {
    const fresh = page.getElementById(part.id);
    if (fresh === null) {
      continue;
    }
    keepState(part, fresh);
    if (fresh.outerHTML !== part.outerHTML) {
      replace(part, document.adoptNode(fresh));
    }
  }
}

async function look() {
  try {
    const answer = await fetch(window.location.href, { cache: 'no-store', credentials: 'same-origin' });
    if (!answer.ok) {
      throw new Error(String(answer.status));
    }
    update(await answer.text());
    failures = 0;
    tell('live', 'Live');
  } catch {
    failures += 1;
    tell('lost', 'No connection');
  }
}

async function go() {
  if (document.visibilityState === 'visible') {
    await look();
  }
  window.setTimeout(go, Math.min(SLOWER_MS, EVERY_MS * 2 ** Math.min(failures, 5)));
}

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') {
    look();
  }
});
go();
