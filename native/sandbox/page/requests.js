// The view "Requests": what came to the API, what was answered, and why something was refused.
import { absolute, plural } from './format.js';
import { el, hidden, reconcile, time } from './dom.js';
import { noMatch } from './cells.js';
import { controls } from './actions.js';

const PAGE = 50;

let entries = []; // newest first
let complete = false; // whether there is nothing older
let loading = false;
let again = false;
const rows = new Map(); // number -> node

async function fetchLog(query) {
  const answer = await fetch(`/_sandbox/log?${query}`, { headers: { Accept: 'application/json' }, cache: 'no-store' });
  return answer.ok ? answer.json() : [];
}

// Fetches what came since; after a reset the numbers begin anew, and so does the list.
export async function loadRequests(last, changed) {
  if (loading) {
    again = true;
    return;
  }
  loading = true;
  try {
    do {
      again = false;
      const newest = entries.length === 0 ? 0 : entries[0].n;
      if (last !== undefined && last < newest) {
        forgetRequests();
      }
      const found = await fetchLog(entries.length === 0 ? `limit=${PAGE}` : `after=${entries[0].n}`);
      complete = entries.length === 0 ? found.length < PAGE : complete;
      entries = [...found.reverse(), ...entries];
    } while (again);
  } catch {
    // The connection is lost; the head says so, and the next change tries again.
  }
  loading = false;
  changed();
}

export function forgetRequests() {
  entries = [];
  rows.clear();
  complete = false;
}

async function loadOlder(changed) {
  const found = await fetchLog(`before=${entries[entries.length - 1].n}&limit=${PAGE}`);
  complete = found.length < PAGE;
  entries = [...entries, ...found.reverse()];
  changed();
}

// Each sentence of the answer, wherever it stands in it.
function messages(value, found) {
  if (Array.isArray(value)) {
    value.forEach((each) => messages(each, found));
  } else if (value !== null && typeof value === 'object') {
    for (const [name, member] of Object.entries(value)) {
      if ((name === 'message' || name === 'error_description') && typeof member === 'string') {
        found.add(member);
      } else {
        messages(member, found);
      }
    }
  }
  return found;
}

function reasons(entry) {
  const found = [...messages(entry.answer, new Set())];
  const unknown = Array.isArray(entry.answer?.unknownIssueKeys) ? entry.answer.unknownIssueKeys : [];
  return [...found.slice(0, 4), found.length > 4 ? `and ${found.length - 4} more` : '',
    unknown.length === 0 ? '' : `Unknown here: ${unknown.slice(0, 8).join(', ')}${unknown.length > 8 ? ` and ${unknown.length - 8} more` : ''}`].filter((part) => part !== '');
}

// The path without the cloud id, which says nothing to a person.
function shortPath(entry) {
  const path = entry.path.replace(/^\/jira\/([^/]+)\/[^/]+\/cloud\/[^/]+\//, '$1 / ');
  return entry.query === undefined ? path : `${path}?${entry.query}`;
}

function pretty(value) {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

function block(heading, value, id) {
  return value === null || value === undefined ? null : el('div', {}, el('h4', { id }, heading),
    el('pre', { tabindex: '0', role: 'region', 'aria-labelledby': id }, el('code', {}, pretty(value))));
}

function statusBadge(entry) {
  const kind = entry.status === 0 ? 'none' : entry.status < 300 ? 'good' : entry.status < 500 && entry.status !== 429 ? 'bad' : 'later';
  return el('span', { class: `status status-${kind}` }, entry.status === 0 ? 'no answer' : String(entry.status));
}

function fill(entry, place) {
  place.replaceChildren(...[
    entry.warnings.length === 0 ? null : el('div', {}, el('h4', {}, 'Warnings'), el('ul', { class: 'reasons' }, entry.warnings.map((text) => el('li', {}, text)))),
    block('Request', entry.body, `request-${entry.n}-body`), block('Answer', entry.answer, `request-${entry.n}-answer`),
    block('Headers', entry.headers, `request-${entry.n}-headers`),
  ].filter(Boolean));
}

function newRow(entry, now) {
  const why = reasons(entry);
  const body = el('div', { class: 'request-detail' });
  const node = el('details', { class: 'request', id: `request-${entry.n}` },
    el('summary', {}, statusBadge(entry), el('span', { class: 'request-what' },
      el('span', {}, el('strong', {}, entry.method), ' ', el('span', { class: 'code' }, shortPath(entry)),
        entry.items > 0 ? el('span', { class: 'quiet' }, ` ${plural(entry.items, 'item')}`) : null,
        entry.fault === undefined ? null : el('span', { class: 'lozenge lozenge-fault' }, `fault: ${entry.fault}`),
        entry.warnings.length === 0 ? null : el('span', { class: 'quiet' }, ` ${plural(entry.warnings.length, 'warning')}`)),
      why.length === 0 ? null : el('span', { class: 'request-why' }, why.join(' '))),
    el('span', { class: 'row-age', title: absolute(entry.at) }, hidden('Request '), time(entry.at, now))), body);
  node.addEventListener('toggle', () => (node.open ? fill(entry, body) : body.replaceChildren()));
  return el('li', {}, node);
}

function rowOf(entry, now) {
  let row = rows.get(entry.n);
  if (row === undefined) {
    row = newRow(entry, now);
    rows.set(entry.n, row);
  }
  return row;
}

function matches(entry, q) {
  return q === '' || `${entry.method} ${entry.path} ${entry.status} ${entry.fault ?? ''}`.toLowerCase().includes(q)
    || JSON.stringify(entry.body).toLowerCase().includes(q);
}

export function drawRequests(panel, model, filter, now) {
  const draw = () => drawRequests(panel, model, filter, now);
  const found = entries.filter((entry) => matches(entry, filter.q));
  let listNode = panel.querySelector('.requests');
  if (listNode === null) {
    listNode = el('ul', { class: 'requests', 'aria-label': 'Requests, the latest first' });
  }
  reconcile(listNode, found.map((entry) => rowOf(entry, now)));
  const more = complete || entries.length === 0 ? null : el('button', { type: 'button', class: 'plain more', id: 'more-requests' }, 'Show older requests');
  more?.addEventListener('click', () => loadOlder(draw));
  reconcile(panel, [
    controls,
    el('h2', { class: 'panel-title' }, entries.length === 0 ? 'Requests' : `${complete ? '' : 'The latest '}${plural(found.length, 'request')}`),
    entries.length === 0 ? el('div', { class: 'empty' }, el('h3', {}, 'No requests yet'), el('p', {}, 'Each request to the API stands here with what came, what was answered, and why something was refused.'))
      : found.length === 0 ? noMatch('requests') : listNode,
    more,
  ].filter(Boolean));
}
