// What an issue shows of development, in the manner of Jira's development panel: counts with the
// state that matters most, and below them pull requests, branches, commits and flags.
import { plural } from './format.js';
import { el, hidden, icon, link, time } from './dom.js';
import { switchBadge, flagChips } from './flags.js';

const PULL_WORDS = { open: 'Open', merged: 'Merged', declined: 'Declined', unknown: 'Unknown' };

export function lozenge(state) {
  return el('span', { class: `lozenge lozenge-${state}` }, PULL_WORDS[state]);
}

function firstLine(message) {
  return message.split('\n', 1)[0].trim();
}

function repositoryText(repository) {
  return el('span', { class: 'quiet' }, link(repository.url, repository.name));
}

// "1 pull request OPEN", "2 branches", "5 commits", "1 flag ON": what there is, most telling first.
export function developmentCounts(issue) {
  const pulls = issue.pulls.length === 0 ? null
    : [icon('pull'), plural(issue.pulls.length, 'pull request'), lozenge(['open', 'merged', 'declined', 'unknown'].find((state) => issue.pulls.some((pull) => pull.state === state)))];
  const branches = issue.branches.length === 0 ? null : [icon('branch'), plural(issue.branches.length, 'branch', 'branches')];
  const commits = issue.commits.length === 0 ? null : [icon('commit'), plural(issue.commits.length, 'commit')];
  const on = issue.flags.filter((flag) => flag.status.on).length;
  const flags = issue.flags.length === 0 ? null : [icon(on > 0 ? 'on' : 'off'), `${plural(issue.flags.length, 'flag')}, ${on === 0 ? 'off' : on === issue.flags.length ? 'on' : `${on} on`}`];
  return [pulls, branches, commits, flags].filter((part) => part !== null);
}

export function developmentSummary(issue) {
  const counts = developmentCounts(issue);
  return counts.length === 0 ? null
    : el('ul', { class: 'development', 'aria-label': `Development of ${issue.key}` }, counts.map((parts) => el('li', {}, parts)));
}

function pullRow(pull, now) {
  const approved = pull.reviewers.filter((each) => each.approved).length;
  return { attributes: { 'data-id': pull.id }, cells: [
    el('span', { class: 'what' }, link(pull.url, pull.title), el('span', { class: 'quiet' }, `${pull.label} in `, link(pull.repository.url, pull.repository.name), pull.author === '' ? '' : ` by ${pull.author}`)),
    lozenge(pull.state),
    el('span', { class: 'way' }, el('span', { class: 'code' }, icon('branch'), hidden('from '), link(pull.sourceUrl, pull.source)),
      pull.destination === '' ? null : el('span', { class: 'code' }, icon('arrow'), hidden('to '), link(pull.destinationUrl, pull.destination))),
    pull.reviewers.length === 0 ? [] : [el('span', { title: pull.reviewers.map((each) => `${each.name}: ${each.approved ? 'approved' : 'not approved'}`).join('\n') }, `${approved} of ${pull.reviewers.length} approved`)],
    time(pull.time, now),
  ] };
}

function branchRow(branch, now) {
  return { attributes: { 'data-id': branch.id }, cells: [
    el('span', { class: 'what' }, el('span', { class: 'code' }, icon('branch'), link(branch.url, branch.title)), repositoryText(branch.repository)),
    [el('span', { class: 'what' }, el('span', { class: 'code' }, icon('commit'), hidden('last commit '), link(branch.commit.url, branch.commit.title)), el('span', { class: 'quiet' }, firstLine(branch.commit.message)))],
    branch.createUrl === '' ? [] : [link(branch.createUrl, 'Create pull request')],
    time(branch.time, now),
  ] };
}

function changesText(commit) {
  const lines = commit.added + commit.removed === 0 ? '' : ` (+${commit.added.toLocaleString('en')} −${commit.removed.toLocaleString('en')})`;
  return `${plural(commit.files, 'file')}${lines}`;
}

function commitRow(commit, now) {
  return { attributes: { 'data-id': commit.id }, cells: [
    el('span', { class: 'what' }, firstLine(commit.message) || 'No message', repositoryText(commit.repository)),
    [el('span', { class: 'code' }, icon('commit'), link(commit.url, commit.title, { title: commit.hash })), commit.merge ? el('span', { class: 'quiet' }, ' Merge') : null],
    commit.author === '' ? [] : [commit.author],
    commit.files === 0 ? [] : [changesText(commit)],
    time(commit.time, now),
  ] };
}

function flagRow(flag, now) {
  return { attributes: { 'data-id': flag.id }, cells: [
    el('span', { class: 'what' }, link(flag.url, flag.title), flag.title === flag.key ? null : el('span', { class: 'code quiet' }, flag.key)),
    [switchBadge(flag.status.on), flag.status.text === '' ? null : el('span', { class: 'gate' }, flag.status.text)],
    flagChips(flag),
    time(flag.time, now),
  ] };
}

// kind, heading, columns, list of the issue, how a row is made
export const DEVELOPMENT = [
  ['pulls', 'Pull requests', ['Pull request', 'State', 'Branches', 'Reviewers', 'Updated'], pullRow],
  ['branches', 'Branches', ['Branch', 'Last commit', 'Next', 'Updated'], branchRow],
  ['commits', 'Commits', ['Commit', 'Hash', 'Author', 'Changes', 'Written'], commitRow],
  ['flags', 'Feature flags', ['Flag', 'State', 'Environments', 'Updated'], flagRow],
];
