// Words and numbers for people. Nothing here touches the page.

export const STATES = ['successful', 'failed', 'in_progress', 'pending', 'cancelled', 'rolled_back', 'unknown'];

const STATE_WORDS = {
  successful: 'Successful',
  failed: 'Failed',
  in_progress: 'In progress',
  pending: 'Pending',
  cancelled: 'Cancelled',
  rolled_back: 'Rolled back',
  unknown: 'Unknown',
};

// The order in which a change travels.
export const ENVIRONMENT_TYPES = ['development', 'testing', 'staging', 'production', 'unmapped'];

const MINUTE = 60000;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const absoluteFormat = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short',
});
const clockFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const shortDayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dateFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

export function knownState(state) {
  return Object.hasOwn(STATE_WORDS, state) ? state : 'unknown';
}

export function stateWord(state) {
  return STATE_WORDS[knownState(state)];
}

export function environmentType(type) {
  return ENVIRONMENT_TYPES.includes(type) ? type : 'unmapped';
}

export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function plural(count, one, many = `${one}s`) {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

// How long ago, in one unit; older than a month as a date.
export function age(ms, now) {
  const past = now - ms;
  const size = Math.abs(past);
  if (size < MINUTE) {
    return 'just now';
  }
  if (size >= 30 * DAY) {
    return dateFormat.format(ms);
  }
  const [count, unit] = size < HOUR ? [Math.floor(size / MINUTE), 'min']
    : size < DAY ? [Math.floor(size / HOUR), 'h']
      : [Math.floor(size / DAY), size < 2 * DAY ? 'day' : 'days'];
  return past > 0 ? `${count} ${unit} ago` : `in ${count} ${unit}`;
}

export function absolute(ms) {
  return absoluteFormat.format(ms);
}

export function clock(ms) {
  return clockFormat.format(ms);
}

export function shortDay(ms) {
  return shortDayFormat.format(ms);
}

// Midnight of the reader's day that holds this moment.
export function dayStart(ms) {
  const day = new Date(ms);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}

export function dayName(ms, now) {
  const days = Math.round((dayStart(now) - dayStart(ms)) / DAY);
  const name = dayFormat.format(ms);
  return days === 0 ? `Today, ${name}` : days === 1 ? `Yesterday, ${name}` : name;
}

export function duration(seconds) {
  if (seconds < 60) {
    return `${seconds} s`;
  }
  if (seconds < 3600) {
    return seconds % 60 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s` : `${seconds / 60} min`;
  }
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
