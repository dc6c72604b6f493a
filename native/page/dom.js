// Making elements. Text from outside goes in as text nodes only, and becomes a link only with a
// web address, so nothing that was sent can turn into markup or script.
import { absolute, age, knownState, stateWord } from './format.js';

const SVG = 'http://www.w3.org/2000/svg';

// Each state has an outline of its own, so that it can be told apart without colour.
const ICONS = {
  successful: [['circle', { cx: 8, cy: 8, r: 7, class: 'solid' }], ['path', { d: 'M4.7 8.3 7 10.6l4.3-4.9', class: 'cut' }]],
  failed: [['path', { d: 'M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z', class: 'solid' }], ['path', { d: 'm5.4 5.4 5.2 5.2m0-5.2-5.2 5.2', class: 'cut' }]],
  in_progress: [['circle', { cx: 8, cy: 8, r: 6.2, class: 'line' }], ['path', { d: 'M8 3.8a4.2 4.2 0 0 1 0 8.4z', class: 'solid' }]],
  pending: [['circle', { cx: 8, cy: 8, r: 6.2, class: 'line' }], ['path', { d: 'M8 4.4V8l2.5 1.7', class: 'line' }]],
  cancelled: [['circle', { cx: 8, cy: 8, r: 6.2, class: 'line' }], ['path', { d: 'm3.8 12.2 8.4-8.4', class: 'line' }]],
  rolled_back: [['path', { d: 'M3 2.5V6.5h4M3.3 6.3A5.7 5.7 0 1 1 2.5 10', class: 'line' }]],
  unknown: [['circle', { cx: 8, cy: 8, r: 6.2, class: 'line dashed' }], ['path', { d: 'M6.3 6.3a1.8 1.8 0 1 1 2.6 1.6c-.6.3-.9.6-.9 1.2M8 11.3v.1', class: 'line' }]],
  on: [['rect', { x: 1, y: 4, width: 14, height: 8, rx: 4, class: 'solid' }], ['circle', { cx: 11, cy: 8, r: 2.6, class: 'hole' }]],
  off: [['rect', { x: 1.7, y: 4.4, width: 12.6, height: 7.2, rx: 3.6, class: 'line' }], ['circle', { cx: 5.3, cy: 8, r: 1.9, class: 'solid' }]],
  chevron: [['path', { d: 'm6 3.5 4.5 4.5L6 12.5', class: 'line' }]],
  branch: [['circle', { cx: 4.5, cy: 3.5, r: 1.7, class: 'line thin' }], ['circle', { cx: 4.5, cy: 12.5, r: 1.7, class: 'line thin' }], ['circle', { cx: 11.5, cy: 5.5, r: 1.7, class: 'line thin' }], ['path', { d: 'M4.5 5.2v5.6M11.5 7.2c0 2.6-4 2-6.5 3.9', class: 'line thin' }]],
  pull: [['circle', { cx: 4, cy: 3.5, r: 1.7, class: 'line thin' }], ['circle', { cx: 4, cy: 12.5, r: 1.7, class: 'line thin' }], ['circle', { cx: 12, cy: 12.5, r: 1.7, class: 'line thin' }], ['path', { d: 'M4 5.2v5.6M12 10.8V6.5a2 2 0 0 0-2-2H7.5m2-2-2 2 2 2', class: 'line thin' }]],
  arrow: [['path', { d: 'M2 8h11m-4-4 4 4-4 4', class: 'line thin' }]],
  commit: [['circle', { cx: 8, cy: 8, r: 2.8, class: 'line thin' }], ['path', { d: 'M1 8h4.2m5.6 0H15', class: 'line thin' }]],
};

export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(key, value === true ? '' : String(value));
    }
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ''));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  for (const [shape, attributes] of ICONS[name]) {
    const part = document.createElementNS(SVG, shape);
    for (const [key, value] of Object.entries(attributes)) {
      part.setAttribute(key, String(value));
    }
    svg.append(part);
  }
  return svg;
}

export function hidden(text) {
  return el('span', { class: 'visually-hidden' }, text);
}

export function stateBadge(state) {
  const known = knownState(state);
  return el('span', { class: `state state-${known}` }, icon(known), stateWord(known));
}

// A link when the address is one of the web, the bare text otherwise.
export function link(address, text, attributes = {}) {
  let url = null;
  try {
    url = new URL(address);
  } catch {
    url = null;
  }
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return el('span', attributes, text);
  }
  return el('a', { ...attributes, href: url.href, target: '_blank', rel: 'noopener noreferrer' }, text);
}

export function time(ms, now) {
  return el('time', { datetime: new Date(ms).toISOString(), title: absolute(ms), 'data-ms': ms }, age(ms, now));
}

export function refreshTimes(root, now) {
  for (const node of root.querySelectorAll('time[data-ms]')) {
    const text = age(Number(node.dataset.ms), now);
    if (node.textContent !== text) {
      node.textContent = text;
    }
  }
}

// A table whose head names every column. On a narrow page each row becomes a card (style.css);
// the roles are written out because some browsers drop them when a table is laid out otherwise.
export function table(caption, columns, rows) {
  const head = columns.map((name) => el('th', { scope: 'col', role: 'columnheader' }, name));
  return el('table', { role: 'table' },
    el('caption', { class: 'visually-hidden' }, caption),
    el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, head)),
    el('tbody', { role: 'rowgroup' }, rows.map(({ attributes, cells }) => el('tr', { role: 'row', ...attributes },
      cells.map((cell, index) => {
        const content = [cell].flat();
        return index === 0
          ? el('th', { scope: 'row', role: 'rowheader' }, content)
          : el('td', { role: 'cell', class: content.length === 0 ? 'blank' : null }, content);
      })))));
}

// Makes `nodes` the children of `parent` and moves only what is out of place, so that focus and
// selection stay where they are.
export function reconcile(parent, nodes) {
  const keep = new Set(nodes);
  for (const child of [...parent.childNodes]) {
    if (!keep.has(child)) {
      child.remove();
    }
  }
  let place = parent.firstChild;
  for (const node of nodes) {
    if (node === place) {
      place = place.nextSibling;
    } else {
      parent.insertBefore(node, place);
    }
  }
}

// A button that shows the next page of a list; `more` draws again, `first` finds what came new.
export function moreButton(id, text, more, first) {
  const button = el('button', { type: 'button', class: 'plain more', id }, text);
  button.addEventListener('click', () => {
    more();
    first()?.focus();
  });
  return button;
}
