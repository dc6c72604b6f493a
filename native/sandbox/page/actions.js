// What a person can do here: decide about a gate, make the sandbox fail, forget everything.
import { el } from './dom.js';

async function ask(method, path, body) {
  const answer = await fetch(`/_sandbox/${path}`, {
    method, headers: { 'Content-Type': 'application/json' }, body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) {
    throw new Error(`${method} ${path}: ${answer.status}`);
  }
}

// Says in the live region what could not be done; everything else shows by itself.
async function attempt(what, action) {
  try {
    await action();
  } catch {
    document.getElementById('latest').textContent = `${what} did not work: the sandbox did not answer.`;
  }
}

// --- gates

const GATE_WORDS = { awaiting: 'waiting for approval', allowed: 'approved', prevented: 'refused', expired: 'expired', invalid: 'invalid' };

function gateButton(id, text, item, status) {
  const button = el('button', { type: 'button', class: 'plain small', id: `${id}-${status}`, 'aria-label': `${text} ${item.title} to ${item.environment.name}` }, text);
  button.addEventListener('click', () => attempt(`${text} of ${item.title}`, () => ask('POST', 'gates', {
    pipelineId: item.pipelineId, environmentId: item.environment.id, number: Number(item.number), status,
  })));
  return button;
}

// The gate of a deployment, with buttons while it waits. `place` keeps the ids of two places apart.
export function gateCell(item, place) {
  if (item.gate === '') {
    return [];
  }
  const id = `gate-${encodeURIComponent(`${place}|${item.id}`)}`;
  return [el('span', { class: 'gate', id, tabindex: '-1' }, `Gate: ${GATE_WORDS[item.gate] ?? item.gate}`),
    item.gate !== 'awaiting' ? null : el('span', { class: 'gate-buttons' },
      gateButton(id, 'Approve', item, 'allowed'), gateButton(id, 'Refuse', item, 'prevented'))].filter(Boolean);
}

// --- faults

const API = '/jira/';
const TROUBLE = [
  ['', 'Answers as Jira does', null],
  ['503', '503: unavailable', { path: API, status: 503, headers: { 'Retry-After': '5' }, count: 0 }],
  ['slow', 'Slow: 5 seconds later', { path: API, delayMs: 5000, count: 0 }],
  ['429', '429: too many requests', { path: API, status: 429, headers: { 'Retry-After': '10', 'RateLimit-Reason': 'jira-burst-based' }, count: 0 }],
  ['403', '403: no permission', { path: API, status: 403, count: 0 }],
];

function troubleOf(fault) {
  const found = TROUBLE.find(([, , wanted]) => wanted !== null && fault.path === wanted.path && fault.count === 0
    && fault.status === (wanted.status ?? 0) && fault.delayMs === (wanted.delayMs ?? 0));
  return found === undefined ? null : found[0];
}

const select = el('select', { id: 'trouble' }, TROUBLE.map(([value, text]) => el('option', { value }, text)));
const resetButton = el('button', { type: 'button', class: 'plain', id: 'reset' }, 'Reset');
let armed = 0; // the second press within a moment resets

function disarm() {
  window.clearTimeout(armed);
  armed = 0;
  resetButton.textContent = 'Reset';
}

select.addEventListener('change', () => attempt('Changing how the sandbox answers', async () => {
  const wanted = TROUBLE.find(([value]) => value === select.value)[2];
  await ask('DELETE', 'faults');
  if (wanted !== null) {
    await ask('POST', 'faults', wanted);
  }
}));
resetButton.addEventListener('click', () => {
  if (armed === 0) {
    resetButton.textContent = 'Really forget everything?';
    armed = window.setTimeout(disarm, 4000);
    return;
  }
  disarm();
  attempt('Reset', () => ask('POST', 'reset'));
});

export const controls = el('div', { class: 'controls', role: 'group', 'aria-label': 'How the sandbox behaves' },
  el('label', { class: 'field', for: 'trouble' }, el('span', {}, 'The API'), select), resetButton);

// The switch follows what is really set, also by a script.
export function showFaults(faults) {
  const known = faults.map(troubleOf);
  const chosen = known.find((each) => each !== null) ?? '';
  const others = known.filter((each) => each === null).length;
  if (document.activeElement !== select || chosen !== select.value) {
    select.value = chosen;
  }
  const parts = [chosen === '' ? '' : `The API answers: ${TROUBLE.find(([value]) => value === chosen)[1]}.`,
    others === 0 ? '' : `${others} scripted ${others === 1 ? 'fault is' : 'faults are'} waiting.`].filter((part) => part !== '');
  const warning = document.getElementById('trouble-warning');
  warning.textContent = parts.join(' ');
  warning.hidden = parts.length === 0;
}
