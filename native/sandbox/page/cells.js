// What several views have in their cells: keys, tests, environments, and a word for an empty list.
import { capital, plural } from './format.js';
import { el, icon } from './dom.js';

export function keyLinks(keys) {
  const links = keys.slice(0, 8).map((key) => el('a', { class: 'key', href: `#issues?issue=${encodeURIComponent(key)}` }, key));
  const rest = keys.length - links.length;
  return el('span', { class: 'keys' }, links, rest > 0 ? el('span', { class: 'quiet', title: keys.slice(8).join(', ') }, `and ${rest} more`) : null);
}

// "66 passed, 2 skipped": what there is none of goes without saying.
export function testsText(tests) {
  const parts = ['passed', 'failed', 'skipped'].filter((part) => tests[part] > 0).map((part) => `${tests[part].toLocaleString('en')} ${part}`);
  return parts.length === 0 ? plural(tests.total, 'test') : parts.join(', ');
}

// The kind is left out where the name says it already.
export function kindOf(environment) {
  return environment.name.toLowerCase() === environment.type ? '' : capital(environment.type);
}

export function environmentCell(environment) {
  const kind = kindOf(environment);
  return el('span', { class: 'what' }, environment.name, kind === '' ? null : el('span', { class: 'quiet' }, kind));
}

export function chip(name, type, iconName, word, extra = '') {
  return el('li', { class: `chip chip-${iconName}`, title: `${name} (${type}): ${word}${extra}` },
    icon(iconName), el('span', { class: 'chip-name' }, name), el('span', { class: 'chip-word' }, word));
}

export function noMatch(what) {
  return el('div', { class: 'empty' }, el('h3', {}, `No ${what} match`), el('p', {}, 'Nothing that was sent fits this filter. Clear it to see everything.'));
}
