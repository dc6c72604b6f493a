// The view "Issues": one row an issue, the latest activity first; opened, all that is known of it.
import { duration, plural, stateWord } from './format.js';
import { el, hidden, icon, link, moreButton, reconcile, stateBadge, table, time } from './dom.js';
import { chip, environmentCell, noMatch, testsText } from './cells.js';
import { gateCell } from './actions.js';
import { DEVELOPMENT, developmentCounts, developmentSummary } from './development.js';
import { matchesIssue } from './model.js';
import { nothingYet } from './welcome.js';

const PAGE = 50;
const DETAIL_PAGE = 10;

const rows = new Map(); // key -> {hash, node, body, issue}
const open = new Set();
let shown = PAGE;
let lastFilter = '';

function testsBar(tests) {
  const bar = el('span', { class: 'tests-bar', 'aria-hidden': 'true' });
  for (const part of ['passed', 'failed', 'skipped']) {
    if (tests[part] > 0) {
      const piece = el('span', { class: `tests-${part}` });
      piece.style.setProperty('flex-grow', String(tests[part]));
      bar.append(piece);
    }
  }
  return bar;
}

function testsCell(tests) {
  return tests === null || tests.total + tests.passed + tests.failed + tests.skipped === 0
    ? [] : [el('span', { class: 'tests' }, testsBar(tests), el('span', {}, testsText(tests)))];
}

function referencesCell(build) {
  return build.references.slice(0, 4).map((each) => el('span', { class: 'reference' },
    each.branch === '' ? null : el('span', { class: 'code' }, icon('branch'), hidden('branch '), link(each.branchUrl, each.branch)),
    each.commit === '' ? null : el('span', { class: 'code', title: each.commit }, icon('commit'), hidden('commit '), each.commit.slice(0, 10))));
}

function about(item) {
  return [
    item.description !== '' && item.description !== item.title ? el('span', { class: 'description' }, item.description) : null,
    item.label === '' ? null : el('span', { class: 'quiet' }, item.label),
  ];
}

function buildRow(build, now) {
  return { attributes: { 'data-id': build.id }, cells: [
    el('span', { class: 'what' }, link(build.url, build.title), about(build)),
    stateBadge(build.state), testsCell(build.tests), referencesCell(build), time(build.time, now),
  ] };
}

function deploymentRow(item, now, issue) {
  const commits = item.commits.slice(0, 4).map((hash) => el('span', { class: 'code', title: hash }, icon('commit'), hidden('commit '), hash.slice(0, 10)));
  return { attributes: { 'data-id': item.id }, cells: [
    environmentCell(item.environment),
    [stateBadge(item.state), ...gateCell(item, issue.key)],
    [el('span', { class: 'what' }, link(item.url, item.title), about(item)), ...commits],
    item.duration === null ? [] : [duration(item.duration)], time(item.time, now),
  ] };
}

// A table of the first few, and a button for the rest.
function detail(kind, heading, columns, items, toRow, issue, now) {
  if (items.length === 0) {
    return null;
  }
  const caption = `${heading} of ${issue.key}`;
  const box = el('div', { class: 'detail' }, el('h4', {}, heading, ' ', el('span', { class: 'quiet' }, String(items.length))));
  const place = el('div', { class: `scroll cards ${kind}` }, table(caption, columns, items.slice(0, DETAIL_PAGE).map((item) => toRow(item, now, issue))));
  box.append(place);
  if (items.length > DETAIL_PAGE) {
    const all = el('button', { type: 'button', class: 'plain more' }, `Show all ${items.length.toLocaleString('en')} ${heading.toLowerCase()}`);
    all.addEventListener('click', () => {
      const whole = table(caption, columns, items.map((item) => toRow(item, now, issue)));
      place.replaceChildren(whole);
      all.remove();
      const first = whole.tBodies[0].rows[DETAIL_PAGE];
      first.tabIndex = -1;
      first.focus();
    });
    box.append(all);
  }
  return box;
}

function fillDetail(row, now) {
  const { issue } = row;
  row.body.replaceChildren(...[
    ...DEVELOPMENT.slice(0, 3).map(([kind, heading, columns, toRow]) => detail(kind, heading, columns, issue[kind], toRow, issue, now)),
    detail('builds', 'Builds', ['Build', 'State', 'Tests', 'Branch and commit', 'Updated'], issue.builds, buildRow, issue, now),
    detail('deployments', 'Deployments', ['Environment', 'State', 'Deployment', 'Took', 'Updated'], issue.deployments, deploymentRow, issue, now),
    ...DEVELOPMENT.slice(3).map(([kind, heading, columns, toRow]) => detail(kind, heading, columns, issue[kind], toRow, issue, now)),
  ].filter((part) => part !== null));
}

function buildsSummary(issue) {
  const latest = issue.builds[0];
  if (latest === undefined) {
    return developmentCounts(issue).length > 0 ? [] : [el('span', { class: 'quiet' }, 'No builds')];
  }
  const { tests } = latest;
  const counts = ['successful', 'failed'].map((state) => [issue.builds.filter((build) => build.state === state).length, state])
    .filter(([number]) => number > 0).map(([number, state]) => `${number.toLocaleString('en')} ${state}`);
  return [
    el('span', { class: 'row-latest' }, stateBadge(latest.state), el('span', { class: 'row-build' }, latest.title)),
    el('span', { class: 'quiet' }, [
      tests === null || tests.total === 0 ? '' : `Tests: ${testsText(tests)} · `,
      issue.builds.length === 1 ? '1 build' : [plural(issue.builds.length, 'build'), ...counts].join(', '),
    ].join('')),
  ];
}

function environmentChips(issue) {
  if (issue.reached.length === 0) {
    return el('p', { class: 'quiet' }, 'Not deployed');
  }
  return el('ol', { class: 'chips', 'aria-label': `Environments ${issue.key} reached` },
    issue.reached.map((item) => chip(item.environment.name, item.environment.type, item.state, stateWord(item.state), `, ${item.title}`)));
}

function setOpen(row, wanted, now) {
  row.button.setAttribute('aria-expanded', String(wanted));
  row.body.hidden = !wanted;
  if (wanted) {
    open.add(row.issue.key);
    fillDetail(row, now);
  } else {
    open.delete(row.issue.key);
    row.body.replaceChildren();
  }
}

function drawSummary(row, now) {
  const { issue } = row;
  row.summary.replaceChildren(
    el('div', { class: 'row-builds' }, buildsSummary(issue), developmentSummary(issue) ?? []),
    el('div', { class: 'row-environments' }, environmentChips(issue)),
    el('div', { class: 'row-age' }, hidden('Last activity '), time(issue.time, now)));
}

function newRow(issue, now) {
  const id = `issue-${issue.key}`;
  const button = el('button', { type: 'button', class: 'row-key', id, 'aria-expanded': 'false', 'aria-controls': `${id}-detail` },
    icon('chevron'), el('span', {}, issue.key, hidden(' details')));
  const summary = el('div', { class: 'row-summary' });
  const body = el('div', { class: 'row-detail', id: `${id}-detail`, role: 'region', 'aria-labelledby': id, hidden: true });
  const node = el('li', { class: 'row' }, el('div', { class: 'row-head' }, el('h3', {}, button), summary), body);
  const row = { node, button, summary, body, issue, hash: issue.hash };
  button.addEventListener('click', () => setOpen(row, !open.has(row.issue.key), Date.now() + row.skew));
  drawSummary(row, now);
  return row;
}

function rowOf(issue, now) {
  let row = rows.get(issue.key);
  if (row === undefined) {
    row = newRow(issue, now);
    rows.set(issue.key, row);
  } else if (row.hash !== issue.hash) {
    row.hash = issue.hash;
    row.issue = issue;
    drawSummary(row, now);
    if (open.has(issue.key)) {
      fillDetail(row, now);
    }
  }
  row.skew = now - Date.now();
  return row;
}

function unknownNote(model) {
  if (model.unknownKeys.length === 0) {
    return null;
  }
  const some = model.unknownKeys.slice(0, 12);
  const rest = model.unknownKeys.length - some.length;
  return el('p', { class: 'note' }, el('strong', {}, 'Sent, but unknown here: '), some.join(', '), rest > 0 ? ` and ${rest} more` : '', '. Jira ignores keys of issues it does not have.');
}

// Opens one issue, as a link to it asks for.
export function openIssue(key) {
  open.add(key);
  const row = rows.get(key);
  if (row !== undefined && row.body.hidden) {
    setOpen(row, true, Date.now() + row.skew);
  }
}

export function drawIssues(panel, model, filter, now) {
  const signature = JSON.stringify(filter);
  if (signature !== lastFilter) {
    lastFilter = signature;
    shown = PAGE;
  }
  const draw = () => drawIssues(panel, model, filter, now);
  if (model.issues.length === 0) {
    rows.clear();
    open.clear();
    reconcile(panel, [el('h2', { class: 'visually-hidden' }, 'Issues'), nothingYet(), unknownNote(model)].filter(Boolean));
    return;
  }
  const found = filter.issue !== ''
    ? model.issues.filter((issue) => issue.key === filter.issue)
    : model.issues.filter((issue) => matchesIssue(issue, filter));
  const visible = found.slice(0, shown).map((issue) => {
    const row = rowOf(issue, now);
    if (open.has(issue.key) && row.body.hidden) {
      setOpen(row, true, now);
    }
    return row.node;
  });
  let listNode = panel.querySelector('.rows');
  if (listNode === null) {
    listNode = el('ul', { class: 'rows', 'aria-label': 'Issues, latest activity first' });
  }
  reconcile(listNode, visible);
  const rest = found.length - visible.length;
  const index = visible.length;
  reconcile(panel, [
    el('h2', { class: 'panel-title' }, found.length === model.issues.length ? plural(found.length, 'issue') : `${found.length.toLocaleString('en')} of ${plural(model.issues.length, 'issue')}`),
    found.length === 0 ? noMatch('issues') : listNode,
    rest > 0 ? moreButton('more-issues', `Show ${Math.min(PAGE, rest)} more of ${rest.toLocaleString('en')}`, () => { shown += PAGE; draw(); },
      () => listNode.children[index]?.querySelector('button')) : null,
    unknownNote(model),
  ].filter(Boolean));
}
