// Keeps up with the sandbox: the stream says that something changed, the state says what.

const SOON = 120; // bursts within this many ms are one fetch
const LONGEST_WAIT = 15000;

// `onRequest` gets the number of the latest request to the API.
export function follow(onState, onStatus, onRequest) {
  let source = null;
  let loading = false;
  let again = false; // something changed while loading
  let soon = 0; // timers
  let retry = 0;
  let took = 0;
  let failures = 0;

  function showStatus() {
    onStatus(failures === 0 && source.readyState === EventSource.OPEN ? 'live' : 'lost');
  }

  function retryLater() {
    failures += 1;
    showStatus();
    window.clearTimeout(retry);
    retry = window.setTimeout(() => {
      // The browser connects again by itself, unless the answer was no stream.
      if (source.readyState === EventSource.CLOSED) {
        connect();
      }
      load();
    }, Math.min(LONGEST_WAIT, 500 * 2 ** Math.min(failures, 6)));
  }

  async function load() {
    if (loading) {
      again = true;
      return;
    }
    loading = true;
    again = false;
    const start = performance.now();
    let state = null;
    try {
      const answer = await fetch('/_sandbox/state', { headers: { Accept: 'application/json' }, cache: 'no-store' });
      state = answer.ok ? await answer.json() : null;
    } catch {
      state = null;
    }
    loading = false;
    if (state === null) {
      retryLater();
      return;
    }
    failures = 0;
    if (source.readyState === EventSource.OPEN) {
      showStatus();
    }
    if (again) {
      loadSoon();
    }
    onState(state);
    took = performance.now() - start;
  }

  // A large state takes its time: wait at least as long as the last one took.
  function loadSoon() {
    if (soon === 0) {
      soon = window.setTimeout(() => {
        soon = 0;
        load();
      }, Math.max(SOON, took));
    }
  }

  function connect() {
    source?.close();
    source = new EventSource('/_sandbox/stream?requests=1');
    source.addEventListener('open', loadSoon);
    source.addEventListener('change', loadSoon);
    source.addEventListener('request', (event) => onRequest(JSON.parse(event.data).n));
    source.addEventListener('error', retryLater);
  }

  // A page that the browser keeps for "back" would go on using one of its few connections.
  window.addEventListener('pagehide', () => {
    window.clearTimeout(retry);
    source.close();
  });
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) {
      connect();
    }
  });
  connect();
  load();
}
