// Words: one sentence for every step, in parts, so that a task's name can be shown in its colour.

/** @typedef {string|{task: number}} Part  A text, or the name of the task with this id. */

const NUMBER = (value, unit) => `${Number(value.toFixed(3))} ${unit}`;

/**
 * A length or a moment of time: "0 s", "300 ms", "1.5 s".
 * @param {number} nanoseconds
 */
export function time(nanoseconds) {
  const size = Math.abs(nanoseconds);
  if (size === 0 || size >= 1e9) return NUMBER(nanoseconds / 1e9, 's');
  return size >= 1e6 ? NUMBER(Math.round(nanoseconds / 1e5) / 10, 'ms') : NUMBER(Math.round(nanoseconds / 1e2) / 10, 'µs');
}

/**
 * What a task waits for, in parts.
 * @returns {Part[]}
 */
export function waitsFor(on, onId) {
  if (typeof onId === 'number') return [{task: onId}, ' to end'];
  if (!on) return ['something that it did not name'];
  if (on === 'thread') return ['another thread'];
  return [on.replace(/^fd /, 'descriptor ')];
}

const who = (id, other = 'The program') => (typeof id === 'number' ? {task: id} : other);
const quoted = (text) => `“${text.trim().split('\n')[0].replace(/\s+/g, ' ')}${text.trim().includes('\n') ? ' …' : ''}”`;
const places = (step) => (step.cap > 0 && step.cap < 1e9 ? `${step.depth} of ${step.cap} places are taken` : `${step.depth} in it`);
const permit = (lock) => (String(lock).startsWith('semaphore') ? `a permit of ${lock}` : String(lock));
const QUEUE = 'joins the back of the ready queue';

const SAY = {
  start: () => ['Nothing has run yet. Press Step.'],
  cut: () => ['The recording stops here: the program did not come to its end.'],
  exit: () => ['The program ends.'],
  spawn: (step) => [who(step.byId), ' spawns ', who(step.id), `: it ${QUEUE}.`],
  poll: (step, {before, queue}) => queue.length && queue[0] !== step.id && queue.includes(step.id)
    ? ['The thread polls ', who(step.id), ' out of turn: the future of block_on comes between two rounds of the queue.']
    : before(step.id)?.place === 'waiting'
    ? ['Nothing is left that could wake anybody. The runtime polls ', who(step.id), ' once more, to hear what it waits for.']
    : before(step.id)?.polls
    ? ['The thread polls ', who(step.id), ' again: it goes on where it waited.']
    : ['The thread polls ', who(step.id), ' for the first time: it begins to run.'],
  pending: (step, {after}) => after(step.id)?.place === 'ready'
    ? [who(step.id), ' returns Pending, and is in the ready queue already: its wake-up came first.']
    : [who(step.id), ' returns Pending and waits for ', ...waitsFor(step.on, step.onId), '. The thread is free.'],
  done: (step) => [who(step.id), {threw: ' ends with an exception: it is done.', cancelled: ' is cancelled: it will never run on.'}[step.how]
    ?? ' returns Ready: it is done.'],
  wake: (step, {before}) => {
    const task = before(step.id);
    if (task?.place === 'done') return [waker(step), ' wakes ', who(step.id), ', which is done: nothing happens.'];
    if (step.byId === step.id) return [who(step.id), ' wakes itself: it asks for another turn.'];
    return [waker(step), ' wakes ', who(step.id), `: it ${QUEUE}.`];
  },
  timer_set: (step) => [who(step.id), ` sets timer ${step.timer} for ${time(step.due - step.time)} and leaves its waker there.`],
  timer_fired: (step) => [`Timer ${step.timer} goes off`, ...(step.woken?.length
    ? [' and wakes ', ...step.woken.flatMap((id, i) => (i ? [', ', {task: id}] : [{task: id}])), `: it ${QUEUE}.`] : ['. Nobody waits for it.'])],
  timer_cancelled: (step) => [`Timer ${step.timer} is cancelled: nobody wants it any more.`],
  park: (step, {from, queue}) => [queue.length ? `${time(step.time - from)} go by.` : step.time > from ? `Nobody is ready. The thread sleeps for ${time(step.time - from)}, until something wakes it.`
    : 'Nobody is ready. The thread goes to sleep.'],
  block: (step, {from}) => [who(step.id), ` keeps the thread for ${time(step.time - from)}: nobody else can run.`],
  send: (step) => [who(step.id), ` sends into channel ${step.chan}: ${places(step)}.`],
  recv: (step) => [who(step.id), ` receives from channel ${step.chan}: ${places(step)}.`],
  lock: (step) => [who(step.id), ` takes ${permit(step.lock)}.`],
  unlock: (step) => [who(step.id), ` gives back ${permit(step.lock)}.`],
  fd_add: (step) => [`Descriptor ${step.fd} (${step.what}) is watched from now on.`],
  fd_ready: (step) => [`Descriptor ${step.fd} is ready: ${step.what}.`],
  fd_del: (step) => [`Descriptor ${step.fd} is not watched any more.`],
  print: (step) => [who(step.id), ` prints ${quoted(String(step.text ?? ''))}.`],
};

function waker(step) {
  if (typeof step.byId === 'number') return {task: step.byId};
  if (/^timer/.test(step.by)) return `T${step.by.slice(1)}`;
  return /^fd/.test(step.by) ? `Descriptor ${step.by.slice(3)}` : 'Another thread';
}

/**
 * The sentence of a step.
 * @param {import('./model.js').Recording} recording
 * @param {number} number
 * @returns {Part[]}
 */
export function sentence(recording, number) {
  const step = recording.steps[number];
  const before = number ? recording.at(number - 1) : null;
  const after = recording.at(number);
  if (number === 0 && recording.last === 0) return ['This recording is empty: nothing was recorded.'];
  return SAY[step.kind]({...step}, {before: (id) => before?.tasks[id], after: (id) => after.tasks[id], queue: before?.ready ?? [],
    from: before?.time ?? 0});
}

/**
 * The same as plain text.
 * @param {import('./model.js').Recording} recording
 * @param {Part[]} parts
 */
export const plain = (recording, parts) => parts.map((part) => (typeof part === 'string' ? part : recording.tasks[part.task].name)).join('');

/**
 * The whole picture in words, for whoever cannot see it.
 * @param {import('./model.js').Recording} recording
 * @param {number} number
 */
export function picture(recording, number) {
  const now = recording.at(number);
  const name = (id) => recording.tasks[id].name;
  const here = recording.act(number).tasks.filter((id) => now.tasks[id]);
  const list = (ids) => ids.map(name).join(', ') || 'nobody';
  const waiting = here.filter((id) => now.tasks[id].place === 'waiting');
  return `Ready queue: ${list(now.ready)}. On the thread: ${now.running === null ? 'nobody' : name(now.running)}. Waiting: ${list(waiting)}. `
    + `Done: ${list(here.filter((id) => now.tasks[id].place === 'done'))}.`;
}
