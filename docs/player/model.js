// The model: from the steps of a recording to the whole picture at any of them. Pure, no page needed.
//
// A picture is replayed from the nearest kept one, at most KEEP steps back, so that seeking is quick anywhere. A
// program may run several block_ons one after the other; each is an act, with tasks of its own.

import {read, steps} from './facts.js';
import {TASKS} from './palette.js';

/** How many steps apart pictures are kept. */
export const KEEP = 32;
const CROWD = 8; // So many tasks and more are not kept in sight when they have ended.

/**
 * A task of the recording. `id` is its place in `Recording.tasks`; a number may come again in a later act.
 * @typedef {{id: number, number: number, label: string, name: string, letter: string, colour: number}} TaskName
 * @typedef {{place: 'ready'|'thread'|'waiting'|'done', on: string, at: string, how: string, polls: number}} TaskState
 * @typedef {{first: number, last: number, tasks: number[], most: {ready: number, waiting: number, done: number,
 *   things: number}}} Act  The steps from `first` to `last`, both included.
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

/** A recording that can be looked at, at any step. */
export class Recording {
  #kept = [];
  /** How many steps were replayed so far: what seeking costs. */ replayed = 0;

  /** @param {string} text  Trace Event JSON */
  constructor(text) {
    const told = read(text);
    this.clock = told.clock;
    this.program = told.program;
    this.ended = told.ended;
    this.steps = steps(told);
    /** @type {TaskName[]} */ this.tasks = [];
    /** @type {Act[]} */ this.acts = [];
    /** @type {{step: number, time: number, text: string, task: number|null}[]} */ this.output = [];
    this.files = [...new Set(this.steps.flatMap((step) => (step.at ? [place(step.at).file] : [])))];
    this.#survey();
  }

  /** The number of the last step; the first is 0. */
  get last() { return this.steps.length - 1; }

  /** The act that a step belongs to. */
  act(step) { return this.acts[this.steps[step].act]; }

  /**
   * The picture after a step. It is the caller's own.
   * @param {number} step
   * @returns {Picture}
   */
  at(step) {
    const target = Math.min(Math.max(step, 0), this.last);
    const base = Math.floor(target / KEEP);
    const picture = this.#kept[base].copy();
    for (let i = base * KEEP + 1; i <= target; ++i, ++this.replayed) apply(picture, this.steps[i]);
    return picture;
  }

  // Once through: who is who, where acts begin, how crowded each place gets.
  #survey() {
    const alive = new Map(); // from a task's number to its id
    const picture = new Picture();
    this.acts.push(newAct(0));
    for (const [i, step] of this.steps.entries()) {
      if (this.#beginsAct(step, alive, picture)) {
        alive.clear();
        if (this.acts.at(-1).tasks.length) this.acts.push(newAct(i));
      } else if (this.#beginsScene(step, picture)) {
        const stays = this.acts.at(-1).tasks.filter((id) => picture.tasks[id].place !== 'done');
        this.acts.push({...newAct(i), tasks: stays});
      }
      this.#resolve(step, alive);
      step.act = this.acts.length - 1;
      if (step.kind === 'print') this.output.push({step: i, time: step.time, text: String(step.text ?? ''), task: step.id});
      if (i > 0) apply(picture, step);
      if (i % KEEP === 0) this.#kept.push(picture.copy());
      const act = this.acts.at(-1);
      act.last = i;
      count(act, picture);
    }
  }

  // A block_on polls its future, task 1, when no such task is alive; or a number is given away again.
  #beginsAct(step, alive, picture) {
    const known = alive.get(step.task);
    if (step.kind === 'spawn') return known !== undefined;
    return step.kind === 'poll' && step.task === 1 && (known === undefined || picture.tasks[known].place === 'done')
      && this.tasks.length > 0;
  }

  // A crowd that has ended makes room: the next task that is spawned begins an act in which the crowd is gone.
  #beginsScene(step, picture) {
    const {tasks} = this.acts.at(-1);
    return step.kind === 'spawn' && tasks.length > CROWD && tasks.slice(1).every((id) => picture.tasks[id].place === 'done');
  }

  // Numbers become ids.
  #resolve(step, alive) {
    const id = (number) => (number ? alive.get(number) ?? this.#meet(number, step, alive) : null);
    if (step.kind === 'spawn') alive.delete(step.task);
    if (typeof step.task === 'number' && step.kind !== 'start') step.id = id(step.task);
    if (step.wakes) step.woken = step.wakes.map(id);
    const by = /^task (\d+)$/.exec(step.by ?? '');
    step.byId = by ? id(Number(by[1])) : null;
    const on = /^task (\d+)$/.exec(step.on ?? '');
    step.onId = on ? id(Number(on[1])) : null;
  }

  #meet(number, step, alive) {
    const act = this.acts.at(-1);
    const place = act.tasks.length;
    const own = step.kind === 'spawn' && step.task === number && step.label !== 'task' ? step.label : '';
    const twins = act.tasks.map((id) => this.tasks[id]).filter((each) => own && each.label === own);
    for (const each of twins) each.name = `${own} ${each.number}`; // Two of one name are told apart by their numbers.
    const name = twins.length ? `${own} ${number}` : own || (number === 1 ? 'main' : `task ${number}`);
    const task = {id: this.tasks.length, number, label: own, name, letter: letter(place), colour: place % TASKS};
    this.tasks.push(task);
    act.tasks.push(task.id);
    alive.set(number, task.id);
    return task.id;
  }
}

const newAct = (first) => ({first, last: first, tasks: [], most: {ready: 0, waiting: 0, done: 0, things: 0}});

function count(act, picture) {
  const here = act.tasks.map((id) => picture.tasks[id]?.place);
  const now = {ready: picture.ready.length, waiting: here.filter((where) => where === 'waiting').length,
    done: here.filter((where) => where === 'done').length,
    things: picture.timers.size + picture.channels.size + picture.locks.size + picture.sockets.size};
  for (const key in now) act.most[key] = Math.max(act.most[key], now[key]);
}

// A to Z, then AA: two letters still fit where one does.
const letter = (n) => (n < 26 ? '' : String.fromCharCode(64 + Math.floor(n / 26))) + String.fromCharCode(65 + (n % 26));

/**
 * "lessons/04-sleep/main.cpp:12" as a file and a line.
 * @param {string} at
 */
export function place(at) {
  const colon = at.lastIndexOf(':');
  return {file: at.slice(0, colon), line: Number(at.slice(colon + 1)) || 0};
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

function apply(picture, step) {
  picture.time = step.time;
  picture.sleeping = false;
  if (typeof step.id === 'number') task(picture, step.id);
  ACTIONS[step.kind]?.(picture, step);
  const actor = step.kind === 'spawn' ? step.byId : step.kind === 'wake' ? null : step.id;
  if (step.at && typeof actor === 'number') task(picture, actor).at = step.at;
}
