// The view "Releases": what each environment runs now, a lane each along time, and the same in words by day.
import { clock, DAY, dayName, dayStart, duration, plural, shortDay, stateWord } from './format.js';
import { el, hidden, icon, link, moreButton, reconcile, stateBadge, table, time } from './dom.js';
import { gateCell } from './actions.js';
import { environmentCell, keyLinks, kindOf, noMatch } from './cells.js';
import { matchesDeployment } from './model.js';

const PAGE = 60;
const MARK_WIDTH = 56; // marks closer than this many pixels are drawn as one
const HOUR = 3600000;
const RANGES = [['all', 'Everything'], ['1', '24 hours'], ['7', '7 days'], ['30', '30 days']];
// When several deployments share a mark, the one that needs a look is shown.
const GRAVITY = ['failed', 'rolled_back', 'in_progress', 'pending', 'unknown', 'cancelled', 'successful'];

let shown = PAGE;
let range = 'all';
let lastFilter = '';

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (!groups.has(key)) {
      groups.set(key, []);
    }
    groups.get(key).push(item);
  }
  return groups;
}

// The span of time the lanes show: up to now, unless everything is long past.
function span(deployments, now) {
  const newest = deployments[0].time;
  if (range !== 'all') {
    return { from: now - Number(range) * DAY, to: now };
  }
  const oldest = deployments[deployments.length - 1].time;
  const reach = Math.max(newest - oldest, HOUR);
  const to = newest > now || now - newest > reach / 2 ? newest + reach * 0.03 : now;
  return { from: oldest - reach * 0.03, to };
}

// At most about seven ticks: on full days, or on full hours when the span is short.
function ticks({ from, to }) {
  const length = to - from;
  const marks = [];
  if (length <= 2 * DAY) {
    const step = [1, 2, 3, 6, 12].map((hours) => hours * HOUR).find((size) => length / size <= 7) ?? 12 * HOUR;
    for (let at = dayStart(from); at < to; at += step) {
      if (at > from) {
        marks.push({ at, text: at === dayStart(at) ? shortDay(at) : clock(at) });
      }
    }
    return marks;
  }
  const days = Math.ceil(length / DAY / 7);
  for (let day = new Date(dayStart(from)); day.getTime() < to; day.setDate(day.getDate() + days)) {
    if (day.getTime() > from) {
      marks.push({ at: day.getTime(), text: shortDay(day.getTime()) });
    }
  }
  return marks;
}

function place(node, share) {
  node.style.setProperty('--at', `${(share * 100).toFixed(2)}%`);
  return node;
}

function drawMark(items, share) {
  const worst = GRAVITY.find((state) => items.some((item) => item.state === state));
  const names = items.slice(0, 6).map((item) => `${item.title}: ${stateWord(item.state)}${item.keys.length ? ` (${item.keys.slice(0, 5).join(', ')})` : ''}`);
  const rest = items.length - names.length;
  const label = names.join('\n') + (rest > 0 ? `\nand ${rest} more` : '');
  const alike = items.filter((item) => item.state === worst).length;
  const number = items.length === 1 ? null : el('b', {}, alike === items.length ? String(alike) : `${alike}/${items.length}`);
  return place(el('span', { class: `mark mark-${worst}`, title: label }, icon(worst), number), share);
}

// Neighbours that would cover each other become one mark, newest first.
function drawLane(items, { from, to }, gap) {
  const groups = [];
  for (const item of items) {
    const share = (item.time - from) / (to - from);
    const last = groups[groups.length - 1];
    if (last !== undefined && last.share - share < gap) {
      last.items.push(item);
    } else if (share >= 0 && share <= 1) {
      groups.push({ share, items: [item] });
    }
  }
  return el('div', { class: 'track', 'aria-hidden': 'true' }, groups.map((group) => drawMark(group.items, group.share)));
}

function lane(environment, items, window, gap, now) {
  const { latest } = environment;
  return el('li', { class: 'lane' },
    el('div', { class: 'lane-name' },
      el('h3', {}, environment.name, el('span', { class: 'type' }, kindOf(environment))),
      el('p', { class: 'lane-state' }, hidden('Latest: '), stateBadge(latest.state)),
      el('p', { class: 'lane-what', title: latest.title }, link(latest.url, latest.title)),
      el('p', { class: 'quiet' }, time(latest.time, now))),
    drawLane(items, window, gap));
}

function rangePicker(draw) {
  const select = el('select', { id: 'release-range' }, RANGES.map(([value, text]) => el('option', { value, selected: value === range }, text)));
  select.addEventListener('change', () => {
    range = select.value;
    draw();
  });
  return el('label', { class: 'field field-inline', for: 'release-range' }, el('span', {}, 'Timeline'), select);
}

function chart(model, found, width, now) {
  const gap = MARK_WIDTH / (width > 800 ? width - 430 : Math.max(width - 80, 200));
  const window = span(found, now);
  const byEnvironment = groupBy(found, (item) => item.environment.id);
  const axis = ticks(window).map(({ at, text }) => place(el('span', { class: 'tick' }, el('i', {}, text)), (at - window.from) / (window.to - window.from)));
  return el('div', { class: 'chart' },
    el('ol', { class: 'lanes', 'aria-label': 'Environments in the order a change travels, with their latest deployment' },
      model.environments.filter((each) => byEnvironment.has(each.id)).map((each) => {
        const items = byEnvironment.get(each.id);
        return lane({ ...each, latest: items[0] }, items, window, gap, now);
      })),
    el('div', { class: 'axis', 'aria-hidden': 'true' }, axis));
}

function entry(item) {
  return { attributes: { 'data-id': item.id }, cells: [
    el('time', { datetime: new Date(item.time).toISOString() }, clock(item.time)),
    environmentCell(item.environment),
    [stateBadge(item.state), ...gateCell(item, 'releases')],
    el('span', { class: 'what' }, link(item.url, item.title),
      item.description !== '' && item.description !== item.title ? el('span', { class: 'description' }, item.description) : null),
    item.keys.length === 0 ? [] : [keyLinks(item.keys)],
    item.duration === null ? [] : [duration(item.duration)],
  ] };
}

function days(items, now) {
  return [...groupBy(items, (item) => dayStart(item.time))].map(([day, group]) => el('section', { class: 'day' },
    el('h3', {}, dayName(day, now)),
    el('div', { class: 'scroll cards releases' }, table(`Deployments of ${dayName(day, now)}`, ['Time', 'Environment', 'State', 'Deployment', 'Issues', 'Took'], group.map(entry)))));
}

export function drawReleases(panel, model, filter, now) {
  const signature = JSON.stringify(filter);
  if (signature !== lastFilter) {
    lastFilter = signature;
    shown = PAGE;
  }
  if (model.deployments.length === 0) {
    reconcile(panel, [el('h2', { class: 'visually-hidden' }, 'Releases'), el('div', { class: 'empty' },
      el('h3', {}, 'No deployments yet'),
      el('p', {}, 'Each environment gets a lane here as soon as something was deployed to it:'),
      el('pre', { tabindex: '0', role: 'region', 'aria-label': 'Command for the first deployment' }, el('code', {},
        'jirasend deployment --state successful --environment prod --keys APP-1 \\\n  --pipeline team/app --number 1 --url https://ci.example.com/job/app/1/')))]);
    return;
  }
  const found = model.deployments.filter((item) => matchesDeployment(item, filter));
  const draw = () => drawReleases(panel, model, filter, now);
  const title = el('h2', { class: 'panel-title' }, found.length === model.deployments.length ? plural(found.length, 'deployment') : `${found.length.toLocaleString('en')} of ${plural(model.deployments.length, 'deployment')}`);
  if (found.length === 0) {
    reconcile(panel, [title, noMatch('deployments')]);
    return;
  }
  const rest = found.length - shown;
  const picker = panel.querySelector('.field-inline') ?? rangePicker(() => panel.dispatchEvent(new CustomEvent('redraw')));
  const index = Math.min(shown, found.length);
  reconcile(panel, [
    title, picker, chart(model, found, panel.clientWidth, now),
    el('p', { class: 'note' }, 'A mark with a number stands for several deployments: 2/7 means that 2 of 7 ended in the state shown, the one that most needs a look. The list below has each of them.'),
    ...days(found.slice(0, shown), now),
    rest > 0 ? moreButton('more-releases', `Show ${Math.min(PAGE, rest)} more of ${rest.toLocaleString('en')}`, () => { shown += PAGE; draw(); },
      () => {
        const row = panel.querySelectorAll('.day tbody tr')[index];
        row?.setAttribute('tabindex', '-1');
        return row;
      }) : null,
  ].filter(Boolean));
}
