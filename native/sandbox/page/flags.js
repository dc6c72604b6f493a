// The view "Flags": feature flags and where they are on.
import { plural } from './format.js';
import { el, icon, link, reconcile, table, time } from './dom.js';
import { chip, keyLinks, noMatch } from './cells.js';
import { matchesFlag } from './model.js';

const LIMIT = 500;

export function switchBadge(on) {
  const state = on ? 'on' : 'off';
  return el('span', { class: `state state-${state}` }, icon(state), on ? 'On' : 'Off');
}

export function flagChips(flag) {
  return flag.details.length === 0 ? [] : [el('ol', { class: 'chips', 'aria-label': `Environments of ${flag.title}` },
    flag.details.map((each) => chip(each.name, each.type, each.status.on ? 'on' : 'off', each.status.on ? 'On' : 'Off', each.status.text === '' ? '' : `, ${each.status.text}`)))];
}

function row(flag, now) {
  return { attributes: { 'data-id': flag.id }, cells: [
    el('span', { class: 'what' }, link(flag.url, flag.title), flag.title === flag.key ? null : el('span', { class: 'code quiet' }, flag.key)),
    el('span', { class: 'what' }, switchBadge(flag.status.on), flag.status.text === '' ? null : el('span', { class: 'quiet' }, flag.status.text)),
    flagChips(flag),
    flag.keys.length === 0 ? [] : [keyLinks(flag.keys)],
    time(flag.time, now),
  ] };
}

export function drawFlags(panel, model, filter, now) {
  if (model.flags.length === 0) {
    reconcile(panel, [el('h2', { class: 'visually-hidden' }, 'Flags'), el('div', { class: 'empty' },
      el('h3', {}, 'No feature flags'),
      el('p', {}, 'A flag is shown here with the environments it is on in:'),
      el('pre', { tabindex: '0', role: 'region', 'aria-label': 'Command for the first flag' }, el('code', {},
        "jirasend flag checkout-v2 --keys APP-1 --url https://flags.example.com/checkout-v2 \\\n  --environment 'Production=on:25%' --environment 'Staging=on'")))]);
    return;
  }
  const found = model.flags.filter((flag) => matchesFlag(flag, filter, model.environments));
  const title = el('h2', { class: 'panel-title' }, found.length === model.flags.length ? plural(found.length, 'flag') : `${found.length} of ${plural(model.flags.length, 'flag')}`);
  reconcile(panel, found.length === 0 ? [title, noMatch('flags')] : [title,
    el('div', { class: 'scroll cards flags' }, table('Feature flags', ['Flag', 'State', 'Environments', 'Issues', 'Updated'], found.slice(0, LIMIT).map((flag) => row(flag, now)))),
    ...(found.length > LIMIT ? [el('p', { class: 'note' }, `The latest ${LIMIT} are shown; filter for the others.`)] : [])]);
}
