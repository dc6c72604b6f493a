// From the sandbox's state to what the page shows, in one pass over everything that was sent.
// Whatever is missing or of an unexpected type is left out; the page never fails on an item.
import { ENVIRONMENT_TYPES, environmentType, knownState } from './format.js';
import { readBranch, readCommit, readFlag, readPull, readRepositories } from './model_development.js';

// The list of an issue, and of the model, that a kind goes to.
const LISTS = { build: 'builds', deployment: 'deployments', flag: 'flags', commit: 'commits', branch: 'branches', pull: 'pulls' };

export function text(value) {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

export function list(value) {
  return Array.isArray(value) ? value : [];
}

export function count(value) {
  return Number.isFinite(value) && value >= 0 ? value : 0;
}

export function moment(written, fallback) {
  const ms = Date.parse(text(written));
  return Number.isNaN(ms) ? count(fallback) : ms;
}

// "team » app" and 42 → "team » app #42", unless the name ends so already.
function title(name, number) {
  const tail = `#${number}`;
  return number === '' || name === tail || name.endsWith(` ${tail}`) ? name : `${name} ${tail}`;
}

export function keysOf(item) {
  return [...new Set(list(item.issueKeys).filter((key) => typeof key === 'string' && key !== ''))];
}

function readTests(info) {
  if (info === null || typeof info !== 'object') {
    return null;
  }
  return {
    total: count(info.totalNumber), passed: count(info.numberPassed),
    failed: count(info.numberFailed), skipped: count(info.numberSkipped),
  };
}

function readReference(reference) {
  return {
    branch: text(reference?.ref?.name), branchUrl: text(reference?.ref?.uri),
    commit: text(reference?.commit?.id), repository: text(reference?.commit?.repositoryUri),
  };
}

function readBuild(item) {
  const number = text(item.buildNumber);
  const build = {
    kind: 'build', id: `build|${text(item.pipelineId)}|${number}`, number,
    title: title(text(item.displayName) || text(item.pipelineId), number),
    pipelineId: text(item.pipelineId), url: text(item.url), state: knownState(item.state),
    time: moment(item.lastUpdated, item.receivedAt), received: count(item.receivedAt),
    tests: readTests(item.testInfo), references: list(item.references).map(readReference),
    description: text(item.description), label: text(item.label), keys: keysOf(item),
  };
  build.search = [build.title, build.pipelineId, build.description, build.label,
    ...build.references.flatMap((each) => [each.branch, each.commit])].join('\n').toLowerCase();
  return build;
}

function readHash(value) {
  return text(value?.commitHash) || text(value);
}

function readDeployment(item) {
  const number = text(item.deploymentSequenceNumber);
  const environment = {
    id: text(item.environment?.id), name: text(item.environment?.displayName) || text(item.environment?.id) || 'Unnamed',
    type: environmentType(item.environment?.type),
  };
  const pipelineId = text(item.pipeline?.id);
  const associated = (...types) => list(item.associations)
    .filter((each) => types.includes(each?.associationType)).flatMap((each) => list(each.values));
  const deployment = {
    kind: 'deployment', id: `deployment|${pipelineId}|${environment.id}|${number}`, number, environment, pipelineId,
    title: title(text(item.displayName) || text(item.pipeline?.displayName) || pipelineId, number),
    pipelineName: text(item.pipeline?.displayName) || pipelineId, pipelineUrl: text(item.pipeline?.url),
    url: text(item.url), state: knownState(item.state), time: moment(item.lastUpdated, item.receivedAt),
    received: count(item.receivedAt), duration: Number.isFinite(item.duration) ? count(item.duration) : null,
    description: text(item.description), label: text(item.label), gate: text(item.gate?.status), keys: keysOf(item),
    commits: associated('commit').map(readHash).filter((hash) => hash !== ''),
    services: associated('serviceIdOrKeys').map(text).filter((id) => id !== ''),
  };
  deployment.search = [deployment.title, pipelineId, deployment.pipelineName, deployment.description, deployment.label,
    environment.name, environment.id, ...deployment.commits, ...deployment.services].join('\n').toLowerCase();
  return deployment;
}

// Changes whenever anything of the item may have changed: received again, or another state.
function stamp(item) {
  return `${item.id}|${item.received}|${item.time}|${item.state}|${item.gate ?? ''}`;
}

function mix(hash, string) {
  for (let i = 0; i < string.length; i += 1) {
    hash = Math.imul(hash ^ string.charCodeAt(i), 16777619);
  }
  return hash;
}

function newestFirst(a, b) {
  return b.time - a.time || b.received - a.received || Number(b.number ?? 0) - Number(a.number ?? 0);
}

export function projectOf(key) {
  return key.slice(0, key.lastIndexOf('-'));
}

export function compareEnvironments(a, b) {
  return ENVIRONMENT_TYPES.indexOf(a.type) - ENVIRONMENT_TYPES.indexOf(b.type) || a.name.localeCompare(b.name);
}

// The items come newest first, so the first deployment met for an environment is its latest.
function addTo(issues, item) {
  for (const key of item.keys) {
    let issue = issues.get(key);
    if (issue === undefined) {
      issue = { key, project: projectOf(key), builds: [], deployments: [], flags: [], commits: [], branches: [], pulls: [], reached: new Map(), time: 0, hash: 2166136261 };
      issues.set(key, issue);
    }
    issue.time = Math.max(issue.time, item.time);
    issue.hash = mix(issue.hash, item.stamp);
    issue[LISTS[item.kind]].push(item);
    if (item.kind === 'deployment' && !issue.reached.has(item.environment.id)) {
      issue.reached.set(item.environment.id, item);
    }
  }
}

// Environments that share a name are told apart by their id.
function nameApart(deployments) {
  const ids = new Map();
  for (const { environment } of deployments) {
    ids.set(environment.name, (ids.get(environment.name) ?? new Set()).add(environment.id));
  }
  for (const { environment } of deployments) {
    environment.plain = environment.name;
    if (ids.get(environment.plain).size > 1) {
      environment.name = `${environment.plain} (${environment.id})`;
    }
  }
}

function readLists(state) {
  const repositories = readRepositories(state.repositories);
  const inRepository = (read) => (item) => read(item, repositories);
  return {
    builds: list(state.builds).map(readBuild),
    deployments: list(state.deployments).map(readDeployment),
    flags: list(state.featureFlags).map(readFlag),
    commits: list(state.commits).map(inRepository(readCommit)),
    branches: list(state.branches).map(inRepository(readBranch)),
    pulls: list(state.pullRequests).map(inRepository(readPull)),
  };
}

export function buildModel(state) {
  const lists = readLists(state);
  nameApart(lists.deployments);
  const issues = new Map();
  const environments = new Map();
  const stamps = new Map();
  let hash = mix(2166136261, `${text(state.site)}|${list(state.unknownKeys).length}|${JSON.stringify(list(state.faults))}`);
  for (const items of Object.values(lists)) {
    for (const item of items.sort(newestFirst)) {
      item.stamp = stamp(item);
      stamps.set(item.id, item.stamp);
      hash = mix(hash, item.stamp);
      addTo(issues, item);
      if (item.kind === 'deployment' && !environments.has(item.environment.id)) {
        environments.set(item.environment.id, { ...item.environment, latest: item });
      }
    }
  }
  const sorted = [...issues.values()].sort((a, b) => b.time - a.time || a.key.localeCompare(b.key, 'en', { numeric: true }));
  for (const issue of sorted) {
    issue.reached = [...issue.reached.values()].sort((a, b) => compareEnvironments(a.environment, b.environment));
  }
  return {
    ...lists, now: count(state.now) || Date.now(), site: text(state.site), stamps, hash, faults: list(state.faults),
    issues: sorted, environments: [...environments.values()].sort(compareEnvironments),
    projects: [...new Set(sorted.map((issue) => issue.project))].sort(),
    unknownKeys: list(state.unknownKeys).map(text).filter((key) => key !== ''),
  };
}

// What came or changed since the last model, oldest first.
export function arrivals(before, model) {
  return Object.values(LISTS).flatMap((name) => model[name])
    .filter((item) => before.stamps.get(item.id) !== item.stamp)
    .sort((a, b) => a.received - b.received || a.time - b.time);
}

function inEnvironment(environment, wanted) {
  return wanted === '' || wanted === `type:${environment.type}` || wanted === `id:${environment.id}`;
}

export function matchesDeployment(item, filter) {
  return inEnvironment(item.environment, filter.environment)
    && (filter.state === '' || item.state === filter.state)
    && (filter.project === '' || item.keys.some((key) => projectOf(key) === filter.project))
    && (filter.q === '' || item.search.includes(filter.q) || item.keys.some((key) => key.toLowerCase().includes(filter.q)));
}

// The state is that of the latest build or of an environment the issue reached; with an
// environment chosen, of that environment.
export function matchesIssue(issue, filter) {
  const reached = issue.reached.filter((item) => inEnvironment(item.environment, filter.environment));
  return (filter.environment === '' || reached.length > 0)
    && (filter.project === '' || issue.project === filter.project)
    && (filter.state === '' || reached.some((item) => item.state === filter.state)
      || (filter.environment === '' && issue.builds[0]?.state === filter.state))
    && (filter.q === '' || issue.key.toLowerCase().includes(filter.q)
      || Object.values(LISTS).flatMap((name) => issue[name]).some((item) => item.search.includes(filter.q)));
}

// The flags API knows environments by name only; `id:` is one of the deployments' environments.
export function matchesFlag(flag, filter, environments) {
  const name = environments.find((each) => `id:${each.id}` === filter.environment)?.plain;
  return (filter.environment === '' || flag.details.some((each) => filter.environment === `type:${each.type}` || each.name === name))
    && (filter.project === '' || flag.keys.some((key) => projectOf(key) === filter.project))
    && (filter.q === '' || flag.search.includes(filter.q) || flag.keys.some((key) => key.toLowerCase().includes(filter.q)));
}
