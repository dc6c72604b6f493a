// Puts the page together: the state comes in, the address says which view and filter, a view draws.
import { capital, ENVIRONMENT_TYPES, STATES, stateWord } from './format.js';
import { el, refreshTimes } from './dom.js';
import { arrivals, buildModel } from './model.js';
import { drawIssues, openIssue } from './issues.js';
import { drawReleases } from './timeline.js';
import { drawFlags } from './flags.js';
import { drawRequests, loadRequests } from './requests.js';
import { showFaults } from './actions.js';
import { follow } from './live.js';

const VIEWS = { issues: drawIssues, releases: drawReleases, flags: drawFlags, requests: drawRequests };
const FILTERS_OF = { issues: ['project', 'environment', 'state'], releases: ['project', 'environment', 'state'], flags: ['project', 'environment'], requests: [] };
const FILTERS = ['q', 'project', 'environment', 'state'];
const EMPTY = { q: '', project: '', environment: '', state: '', issue: '' };

const byId = (id) => document.getElementById(id);
const form = byId('filters');

let model = null;
let skew = 0; // the sandbox's clock less ours
let view = 'issues';
let filter = { ...EMPTY };

const now = () => Date.now() + skew;

// --- the address: #view?q=…&project=…, so that a view can be linked to and "back" works

function readAddress() {
  const [name, query = ''] = window.location.hash.slice(1).split(/\?(.*)/s);
  const values = new URLSearchParams(query);
  view = Object.hasOwn(VIEWS, name) ? name : 'issues';
  filter = { ...EMPTY };
  for (const key of Object.keys(EMPTY)) {
    filter[key] = (values.get(key) ?? '').trim();
  }
}

function address(name, wanted) {
  const values = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value !== ''));
  return `#${name}${values.size > 0 ? `?${values}` : ''}`;
}

function go(name, wanted, replace) {
  const hash = address(name, wanted);
  if (replace) {
    window.history.replaceState(null, '', hash);
  } else {
    window.history.pushState(null, '', hash);
  }
  applyAddress();
}

function applyAddress() {
  if (window.location.hash === '#main') {
    return; // the skip link
  }
  readAddress();
  if (filter.issue !== '') {
    openIssue(filter.issue);
  }
  showFilter();
  showTab();
  draw();
  if (view === 'requests') {
    loadRequests(undefined, drawIfRequests);
  }
}

function drawIfRequests() {
  if (view === 'requests') {
    draw();
  }
}

// While the tab is closed nothing is fetched; opening it does.
function onRequest(last) {
  if (view === 'requests') {
    loadRequests(last, drawIfRequests);
  }
}

// --- tabs

const tabs = [...document.querySelectorAll('[role=tab]')];

function showTab() {
  for (const tab of tabs) {
    const chosen = tab.id === `tab-${view}`;
    tab.setAttribute('aria-selected', String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    byId(tab.getAttribute('aria-controls')).hidden = !chosen;
  }
  for (const name of ['project', 'environment', 'state']) {
    byId(`filter-${name}`).closest('label').hidden = !FILTERS_OF[view].includes(name);
  }
}

function onTabKey(event) {
  const at = tabs.indexOf(event.currentTarget);
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (next !== undefined) {
    event.preventDefault();
    const tab = tabs[(next + tabs.length) % tabs.length];
    go(tab.id.slice('tab-'.length), { ...filter, issue: '' });
    tab.focus();
  }
}

// --- filter

function fillSelect(select, options) {
  const signature = JSON.stringify(options);
  if (select.dataset.options === signature) {
    return;
  }
  const chosen = select.value;
  select.dataset.options = signature;
  select.replaceChildren(select.options[0], ...options.map((each) => (each.group === undefined
    ? el('option', { value: each.value }, each.text)
    : el('optgroup', { label: each.group }, each.options.map(({ value, text }) => el('option', { value }, text))))));
  select.value = chosen;
}

function fillFilters() {
  const types = ENVIRONMENT_TYPES.filter((type) => model.environments.some((each) => each.type === type));
  fillSelect(byId('filter-project'), model.projects.map((value) => ({ value, text: value })));
  fillSelect(byId('filter-environment'), [
    { group: 'Kinds', options: types.map((type) => ({ value: `type:${type}`, text: capital(type) })) },
    { group: 'Environments', options: model.environments.map(({ id, name }) => ({ value: `id:${id}`, text: name })) },
  ]);
  showFilter();
}

// The form follows the address. A value that is not offered (yet) keeps its place in the list.
function showFilter() {
  for (const name of FILTERS) {
    const field = form.elements.namedItem(name);
    const value = filter[name];
    if (field instanceof HTMLSelectElement && value !== '' && ![...field.options].some((each) => each.value === value)) {
      field.append(el('option', { value }, value.replace(/^(id|type):/, '')));
    }
    if (field !== document.activeElement || field.value.trim() !== value) {
      field.value = value;
    }
  }
  if (filter.issue !== '' && byId('filter-text') !== document.activeElement) {
    byId('filter-text').value = filter.issue;
  }
  byId('filter-clear').hidden = Object.values(filter).every((value) => value === '');
}

function onFilter() {
  const wanted = { ...EMPTY };
  for (const name of FILTERS) {
    wanted[name] = form.elements.namedItem(name).value.trim();
  }
  go(view, wanted, true);
}

// --- drawing

function draw() {
  if (model === null) {
    return;
  }
  const focused = document.activeElement?.id ?? '';
  VIEWS[view](byId(`panel-${view}`), model, { ...filter, q: filter.q.toLowerCase() }, now());
  if (focused !== '' && document.activeElement?.id !== focused) {
    // A gate's buttons are gone once it is decided: its words take the focus.
    (byId(focused) ?? byId(focused.replace(/-(allowed|prevented)$/, '')))?.focus({ preventScroll: true });
  }
}

function showCounts() {
  const named = model.site !== '' && model.site !== 'sandbox'; // "sandbox" when no name was given
  byId('site').textContent = model.site;
  byId('site-phrase').hidden = !named;
  document.title = named ? `${model.site} · jirasend sandbox` : 'jirasend sandbox';
  for (const name of ['issues', 'pulls', 'branches', 'commits', 'builds', 'deployments', 'flags']) {
    byId(`count-${name}`).textContent = model[name].length.toLocaleString('en');
  }
}

function sentence(item) {
  const keys = item.keys.length > 4 ? `${item.keys.slice(0, 4).join(', ')} and ${item.keys.length - 4} more` : item.keys.join(', ');
  const tail = keys === '' ? '' : `, ${keys}`;
  if (item.kind === 'flag') {
    return `Flag ${item.title} ${item.state}${tail}`;
  }
  if (item.kind === 'pull') {
    return `Pull request ${item.label} ${item.state}${tail}`;
  }
  if (item.kind === 'commit' || item.kind === 'branch') {
    return `${capital(item.kind)} ${item.title}${tail}`;
  }
  const where = item.kind === 'deployment' ? ` to ${item.environment.name}` : '';
  return `${capital(item.kind)} ${item.title}${where} ${stateWord(item.state).toLowerCase()}${tail}`;
}

// Says what came; many at once in one sentence.
function announce(before, after) {
  const items = arrivals(before, after);
  if (items.length === 0) {
    if (before.stamps.size > 0 && after.stamps.size === 0) {
      byId('latest').textContent = 'The sandbox was reset: everything is gone.';
    }
    return;
  }
  const last = sentence(items[items.length - 1]);
  byId('latest').textContent = items.length === 1 ? last : `${items.length.toLocaleString('en')} events arrived, the last: ${last}`;
}

function onState(state) {
  const before = model;
  model = buildModel(state);
  skew = model.now - Date.now();
  if (before !== null && before.hash === model.hash && before.stamps.size === model.stamps.size) {
    return; // nothing new: leave the page, and a selection in it, alone
  }
  showCounts();
  showFaults(model.faults);
  fillFilters();
  draw();
  if (before !== null) {
    announce(before, model);
  }
}

const LIVE_WORDS = { live: 'Live', lost: 'Connection lost, retrying', connecting: 'Connecting' };

function onStatus(status) {
  const live = byId('live');
  if (live.dataset.state !== status) {
    live.dataset.state = status;
    byId('live-text').textContent = LIVE_WORDS[status];
  }
}

fillSelect(byId('filter-state'), STATES.map((state) => ({ value: state, text: stateWord(state) })));
for (const tab of tabs) {
  tab.addEventListener('click', () => go(tab.id.slice('tab-'.length), { ...filter, issue: '' }));
  tab.addEventListener('keydown', onTabKey);
}
form.addEventListener('input', onFilter);
form.addEventListener('change', onFilter);
form.addEventListener('submit', (event) => event.preventDefault());
form.addEventListener('reset', (event) => {
  event.preventDefault();
  go(view, { ...EMPTY }, true);
  byId('filter-text').focus();
});
byId('panel-releases').addEventListener('redraw', draw);
let resized = 0;
window.addEventListener('resize', () => {
  window.clearTimeout(resized);
  resized = window.setTimeout(draw, 150);
});
window.addEventListener('hashchange', applyAddress);
window.addEventListener('popstate', applyAddress);
window.setInterval(() => {
  refreshTimes(document, now());
}, 60000);

applyAddress();
follow(onState, onStatus, onRequest);
