// What an empty sandbox shows: the settings to copy, and the first command.
import { el } from './dom.js';

let settings = null;

fetch('/_sandbox/settings').then((answer) => (answer.ok ? answer.json() : null)).then((found) => {
  settings = found;
  const place = document.getElementById('first-commands');
  if (place !== null) {
    place.textContent = commands();
  }
}, () => {});

// One word for a shell, whatever is in it.
function quoted(text) {
  return /^[A-Za-z0-9_\-.:/@%+,=]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function commands() {
  const trust = settings?.caFile ? ` \\\n  --ca-file ${quoted(settings.caFile)}` : '';
  return [
    `export JIRASEND_SITE=${window.location.origin}`,
    `export JIRASEND_API_URL=${window.location.origin}`,
    `export JIRASEND_CLIENT_ID=${settings === null ? '…' : quoted(settings.clientId)}`,
    `export JIRASEND_CLIENT_SECRET=${settings === null ? '…' : quoted(settings.clientSecret)}`,
    '',
    'jirasend build --state successful --keys APP-1 \\',
    `  --pipeline team/app --number 1 --url https://ci.example.com/job/app/1/${trust}`,
  ].join('\n');
}

function copyButton(code) {
  const button = el('button', { type: 'button', class: 'plain', id: 'copy-commands' }, 'Copy');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = 'Copied';
    } catch {
      window.getSelection().selectAllChildren(code);
      button.textContent = 'Selected: copy with Ctrl+C';
    }
    window.setTimeout(() => { button.textContent = 'Copy'; }, 4000);
  });
  return button;
}

export function nothingYet() {
  const code = el('code', { id: 'first-commands' }, commands());
  return el('div', { class: 'empty' },
    el('h3', {}, 'Nothing has been sent yet'),
    el('p', {}, 'Give these settings to your shell and send a first build:'),
    el('pre', { tabindex: '0', role: 'region', 'aria-label': 'Commands for the first event' }, code),
    el('p', {}, copyButton(code)),
    el('p', {}, 'Inside a CI job ', el('code', {}, 'jirasend build --state successful'), ' is enough: the rest is taken from the job. The build then appears here by itself.'));
}
