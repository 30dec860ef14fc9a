// Facts: reads a recording (Trace Event JSON, one event a line) and puts its facts together into steps.
//
// A step is what a reader looks at once. Most facts are a step each. A timer that goes off and the task that it wakes
// are one; so are a spawn and the wake-up that puts the new task into the queue. Where the clock jumps and the
// recording does not say why, a step is put in: the thread slept, or a task kept it busy.

/** @typedef {{name: string, time: number, args: Object<string, string|number>}} Fact  `time` in nanoseconds. */

/**
 * A step: what happened, to whom, where. `kind` is the fact's name, or "start", "block", "cut".
 * @typedef {{kind: string, time: number, task?: number, by?: string, at?: string, on?: string, timer?: number,
 *   label?: string, due?: number, text?: string, how?: string, chan?: string|number, depth?: number, cap?: number,
 *   lock?: string, fd?: number, what?: string, wakes?: number[], until?: number}} Step
 */

const TOLD = new Set(['spawn', 'poll', 'pending', 'done', 'wake', 'timer_set', 'timer_fired', 'timer_cancelled', 'park',
  'unpark', 'send', 'recv', 'lock', 'unlock', 'fd_add', 'fd_ready', 'fd_del', 'print', 'exit']);
const OF_TASKS = new Set(['spawn', 'poll', 'pending', 'done', 'wake']); // They mean nothing without one.
const MOMENT = 1e6; // Nanoseconds: on a real clock, a shorter gap between two facts is no sleep.

/**
 * The facts of a recording. A file that was cut short loads as far as it goes; what is not a fact is left out.
 * @param {string} text
 * @returns {{facts: Fact[], clock: string, program: string, ended: boolean}}
 */
export function read(text) {
  const facts = [];
  let clock = 'virtual';
  let program = '';
  let first = null;
  let latest = 0;
  for (const event of events(text)) {
    if (!event || event.ph !== 'i' || typeof event.name !== 'string') continue;
    const args = event.args && typeof event.args === 'object' ? event.args : {};
    const time = Math.round((Number(event.ts) || 0) * 1000);
    first ??= time;
    if (event.name === 'run') {
      clock = String(args.clock ?? clock);
      program = String(args.program ?? '');
    }
    latest = Math.max(latest, time - first); // A test may put its clock back; a reader's time goes on.
    if (TOLD.has(event.name) && (args.task > 0 || !OF_TASKS.has(event.name))) facts.push({name: event.name, time: latest, args: rebased(args, latest - time)});
  }
  return {facts, clock, program, ended: facts.at(-1)?.name === 'exit'};
}

// Deadlines are told on the clock of the moment; a reader counts from the beginning of the program.
function rebased(args, offset) {
  const moved = {...args};
  for (const key of ['due', 'until', 'now']) if (typeof args[key] === 'number') moved[key] = args[key] + offset;
  return moved;
}

function events(text) {
  try {
    const whole = JSON.parse(text);
    return Array.isArray(whole) ? whole : whole?.traceEvents ?? [];
  } catch {
    return text.split('\n').map((line) => {
      try {
        return JSON.parse(line.trim().replace(/,$/, ''));
      } catch {
        return null; // The bracket of the first line, or a line that was cut.
      }
    });
  }
}

/**
 * The steps that a reader takes through these facts.
 * @param {{facts: Fact[], clock: string, ended: boolean}} recording
 * @returns {Step[]}
 */
export function steps({facts, clock, ended}) {
  const made = [{kind: 'start', time: 0}];
  const gap = clock === 'virtual' ? 1 : MOMENT;
  let running = null;
  let time = 0;
  for (let i = 0; i < facts.length; ++i) {
    const {name, args, time: now} = facts[i];
    const last = made.at(-1);
    if (name === 'unpark' && last.kind === 'park') {
      last.time = now;
    } else if (name !== 'unpark') {
      if (now - time >= gap && last.kind !== 'park') made.push(passed(running, now, args));
      else if (last.kind === 'park') last.time = Math.max(last.time, now);
      const step = {...args, kind: name, time: now};
      i += swallowed(facts, i, step);
      made.push(step);
    }
    time = now;
    if (name === 'poll') running = args.task;
    if ((name === 'pending' || name === 'done') && args.task === running) running = null;
  }
  if (facts.length && !ended) made.push({kind: 'cut', time});
  return whereabouts(made);
}

const passed = (running, now) => (running === null ? {kind: 'park', time: now} : {kind: 'block', time: now, task: running});

// How many of the following facts belong to this step.
function swallowed(facts, i, step) {
  let count = 0;
  const next = () => facts[i + count + 1];
  if (step.kind === 'spawn' && next()?.name === 'wake' && next().args.task === step.task) ++count;
  if (step.kind === 'timer_fired') {
    step.wakes = [];
    while (next()?.name === 'wake' && next().args.by === `timer ${step.timer}`) {
      step.wakes.push(next().args.task);
      ++count;
    }
  }
  return count;
}

// A recording may not say where a timer was set; the co_await that waits for it does, a little later.
function whereabouts(made) {
  for (let i = 0; i < made.length; ++i) {
    if (made[i].kind !== 'timer_set' || made[i].at) continue;
    for (let j = i + 1; j < made.length && made[j].kind !== 'poll'; ++j) {
      if (made[j].kind !== 'pending' || made[j].task !== made[i].task) continue;
      if (made[j].on === `timer ${made[i].timer}`) made[i].at = made[j].at;
      break;
    }
  }
  return made;
}
