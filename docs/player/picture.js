// Picture: the state of a runtime at one moment, and what each kind of step does to it.

/**
 * @typedef {{place: 'none'|'ready'|'thread'|'waiting'|'done', on: string, at: string, how: string, polls: number}} TaskState
 */

/** The picture: where every task is, in the ready queue in order, and all that they wait for. */
export class Picture {
  time = 0;
  /** @type {TaskState[]} by id */ tasks = [];
  /** @type {number[]} ids, the front first */ ready = [];
  /** @type {number|null} who is on the thread */ running = null;
  /** @type {Map<number, {task: number, due: number}>} */ timers = new Map();
  /** @type {Map<string, {depth: number, cap: number}>} */ channels = new Map();
  /** @type {Map<string, number[]>} who holds it */ locks = new Map();
  /** @type {Map<number, {what: string, ready: string}>} */ sockets = new Map();
  /** How many lines have been printed. */ lines = 0;
  /** Whether the thread sleeps. */ sleeping = false;

  copy() {
    const other = Object.assign(new Picture(), this);
    other.tasks = this.tasks.map((task) => ({...task}));
    other.ready = [...this.ready];
    for (const key of ['timers', 'channels', 'sockets']) other[key] = new Map(this[key]);
    other.locks = new Map([...this.locks].map(([name, holders]) => [name, [...holders]]));
    return other;
  }
}

const fresh = () => ({place: 'none', on: '', at: '', how: '', polls: 0});

function task(picture, id) {
  while (picture.tasks.length <= id) picture.tasks.push(fresh());
  return picture.tasks[id];
}

function leaveQueue(picture, id) {
  const where = picture.ready.indexOf(id);
  if (where >= 0) picture.ready.splice(where, 1);
}

function queue(picture, id) {
  const woken = task(picture, id);
  if (woken.place === 'done' || picture.ready.includes(id)) return;
  picture.ready.push(id);
  if (picture.running !== id) woken.place = 'ready';
}

const ACTIONS = {
  spawn(picture, step) { queue(picture, step.id); },
  wake(picture, step) { queue(picture, step.id); },
  poll(picture, step) {
    leaveQueue(picture, step.id);
    picture.running = step.id;
    const polled = task(picture, step.id);
    polled.place = 'thread';
    ++polled.polls;
  },
  pending(picture, step) {
    const polled = task(picture, step.id);
    polled.place = picture.ready.includes(step.id) ? 'ready' : 'waiting';
    polled.on = step.on ?? '';
    if (picture.running === step.id) picture.running = null;
  },
  done(picture, step) {
    leaveQueue(picture, step.id);
    Object.assign(task(picture, step.id), {place: 'done', how: step.how ?? 'ready', on: ''});
    if (picture.running === step.id) picture.running = null;
  },
  timer_set(picture, step) { picture.timers.set(step.timer, {task: step.id, due: step.due}); },
  timer_cancelled(picture, step) { picture.timers.delete(step.timer); },
  timer_fired(picture, step) {
    picture.timers.delete(step.timer);
    for (const id of step.woken ?? []) queue(picture, id);
  },
  park(picture) { picture.sleeping = true; },
  send(picture, step) { picture.channels.set(String(step.chan), {depth: step.depth ?? 0, cap: step.cap ?? 0}); },
  recv(picture, step) { ACTIONS.send(picture, step); },
  lock(picture, step) { picture.locks.set(String(step.lock), [...(picture.locks.get(String(step.lock)) ?? []), step.id]); },
  unlock(picture, step) {
    const holders = picture.locks.get(String(step.lock)) ?? [];
    const where = holders.indexOf(step.id);
    holders.splice(where < 0 ? 0 : where, 1);
  },
  fd_add(picture, step) { picture.sockets.set(step.fd, {what: String(step.what ?? ''), ready: ''}); },
  fd_ready(picture, step) { picture.sockets.set(step.fd, {what: picture.sockets.get(step.fd)?.what ?? '', ready: String(step.what ?? '')}); },
  fd_del(picture, step) { picture.sockets.delete(step.fd); },
  print(picture) { ++picture.lines; },
};

// What an earlier act has left behind is not seen any more.
function clear(picture) {
  picture.ready = [];
  picture.running = null;
  picture.channels.clear();
  for (const [name, holders] of picture.locks) if (!holders.length) picture.locks.delete(name);
}

/**
 * What a step does to a picture.
 * @param {Picture} picture
 * @param {import('./facts.js').Step} step
 */
export function apply(picture, step) {
  picture.time = step.time;
  picture.sleeping = false;
  if (step.begins) clear(picture);
  if (typeof step.id === 'number') task(picture, step.id);
  ACTIONS[step.kind]?.(picture, step);
  const actor = step.kind === 'spawn' ? step.byId : step.kind === 'wake' ? null : step.id;
  if (step.at && typeof actor === 'number') task(picture, actor).at = step.at;
}
