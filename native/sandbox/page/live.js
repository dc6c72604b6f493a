// Keeps up with the sandbox: the stream says that something changed, the state says what.

const SOON = 120; // bursts within this many ms are one fetch
const LONGEST_WAIT = 15000;

export function follow(onState, onStatus) {
  let wanted = false;
  let busy = false;
  let took = 0;
  let failures = 0;
  let retry = 0;

  function again(task) {
    failures += 1;
    window.clearTimeout(retry);
    retry = window.setTimeout(task, Math.min(LONGEST_WAIT, 500 * 2 ** Math.min(failures, 6)));
  }

  async function load() {
    if (busy) {
      wanted = true;
      return;
    }
    busy = true;
    wanted = false;
    const start = performance.now();
    try {
      const answer = await fetch('/_sandbox/state', { headers: { Accept: 'application/json' }, cache: 'no-store' });
      if (!answer.ok) {
        throw new Error(`HTTP status ${answer.status}`);
      }
      onState(await answer.json());
      failures = 0;
    } catch {
      onStatus('lost');
      again(load);
    }
    took = performance.now() - start;
    busy = false;
    if (wanted) {
      later();
    }
  }

  // A large state takes its time: wait at least as long as the last one took.
  let timer = 0;
  function later() {
    wanted = true;
    if (timer === 0) {
      timer = window.setTimeout(() => {
        timer = 0;
        load();
      }, Math.max(SOON, took));
    }
  }

  function connect() {
    const source = new EventSource('/_sandbox/stream');
    source.addEventListener('open', () => {
      onStatus('live');
      later();
    });
    source.addEventListener('change', later);
    source.addEventListener('error', () => {
      onStatus('lost');
      // The browser tries again by itself, unless the answer was no stream.
      if (source.readyState === EventSource.CLOSED) {
        again(connect);
      }
    });
  }

  load();
  connect();
}
