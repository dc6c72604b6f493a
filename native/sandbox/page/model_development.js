// Development information and flags as the page shows them, from what was sent.
import { ENVIRONMENT_TYPES, environmentType } from './format.js';
import { count, keysOf, list, moment, text } from './model.js';

const PULL_STATES = { OPEN: 'open', MERGED: 'merged', DECLINED: 'declined' };

function readAuthor(author) {
  return text(author?.name) || text(author?.username) || text(author?.email);
}

// A plain "1 rule", "3 rules".
function rulesText(rules) {
  return Number.isFinite(rules) ? `${rules} ${rules === 1 ? 'rule' : 'rules'}` : '';
}

function readFlagStatus(status) {
  const rollout = status?.rollout ?? {};
  const parts = [
    Number.isFinite(rollout.percentage) ? `${rollout.percentage} % of users` : '',
    text(rollout.text), rulesText(rollout.rules),
    status?.defaultValue === undefined ? '' : `value ${text(status.defaultValue) || String(status.defaultValue)}`,
  ];
  return { on: status?.enabled === true, text: parts.filter((part) => part !== '').join(', ') };
}

export function readFlag(item) {
  const key = text(item.key) || text(item.id);
  const flag = {
    kind: 'flag', id: `flag|${text(item.id)}`, key, title: text(item.displayName) || key,
    url: text(item.summary?.url), status: readFlagStatus(item.summary?.status),
    time: moment(item.summary?.lastUpdated, item.receivedAt), received: count(item.receivedAt), keys: keysOf(item),
    details: list(item.details).map((each) => ({
      name: text(each?.environment?.name) || 'Unnamed', type: environmentType(each?.environment?.type),
      url: text(each?.url), status: readFlagStatus(each?.status),
    })),
  };
  flag.details.sort((a, b) => ENVIRONMENT_TYPES.indexOf(a.type) - ENVIRONMENT_TYPES.indexOf(b.type));
  flag.state = flag.status.on ? 'on' : 'off';
  flag.search = [flag.title, key, ...flag.details.map((each) => each.name)].join('\n').toLowerCase();
  return flag;
}

// --- commits, branches, pull requests; `repositories` by id

function repositoryOf(item, repositories) {
  const id = text(item.repositoryId);
  return repositories.get(id) ?? { id, name: id, url: '' };
}

export function readRepositories(items) {
  return new Map(list(items).map((item) => {
    const id = text(item?.id);
    return [id, { id, name: text(item?.name) || id, url: text(item?.url) }];
  }));
}

export function readCommit(item, repositories) {
  const repository = repositoryOf(item, repositories);
  const hash = text(item.id);
  const files = list(item.files);
  const commit = {
    kind: 'commit', id: `commit|${repository.id}|${hash}`, hash, repository,
    title: text(item.displayId) || hash.slice(0, 7), url: text(item.url), state: '',
    message: text(item.message), author: readAuthor(item.author), merge: list(item.flags).includes('MERGE_COMMIT'),
    files: count(item.fileCount), added: files.reduce((sum, each) => sum + count(each?.linesAdded), 0),
    removed: files.reduce((sum, each) => sum + count(each?.linesRemoved), 0),
    time: moment(item.authorTimestamp, item.receivedAt), received: count(item.receivedAt), keys: keysOf(item),
  };
  commit.search = [hash, commit.message, commit.author, repository.name].join('\n').toLowerCase();
  return commit;
}

export function readBranch(item, repositories) {
  const repository = repositoryOf(item, repositories);
  const last = item.lastCommit ?? {};
  const branch = {
    kind: 'branch', id: `branch|${repository.id}|${text(item.id)}`, repository, state: '',
    title: text(item.name) || text(item.id), url: text(item.url), createUrl: text(item.createPullRequestUrl),
    commit: { title: text(last.displayId) || text(last.id).slice(0, 7), url: text(last.url), message: text(last.message) },
    time: moment(last.authorTimestamp, item.receivedAt), received: count(item.receivedAt), keys: keysOf(item),
  };
  branch.search = [branch.title, repository.name, text(last.id)].join('\n').toLowerCase();
  return branch;
}

export function readPull(item, repositories) {
  const repository = repositoryOf(item, repositories);
  const pull = {
    kind: 'pull', id: `pull|${repository.id}|${text(item.id)}`, repository, title: text(item.title),
    label: text(item.displayId) || text(item.id), url: text(item.url), state: PULL_STATES[item.status] ?? 'unknown',
    source: text(item.sourceBranch), sourceUrl: text(item.sourceBranchUrl),
    destination: text(item.destinationBranch), destinationUrl: text(item.destinationBranchUrl),
    author: readAuthor(item.author), comments: count(item.commentCount),
    reviewers: list(item.reviewers).map((each) => ({ name: readAuthor(each) || 'Somebody', approved: each?.approvalStatus === 'APPROVED' })),
    time: moment(item.lastUpdate, item.receivedAt), received: count(item.receivedAt), keys: keysOf(item),
  };
  pull.search = [pull.title, pull.label, pull.source, pull.destination, pull.author, repository.name].join('\n').toLowerCase();
  return pull;
}
