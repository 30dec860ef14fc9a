// The model: from the steps of a recording to the whole picture at any of them. Pure, no page needed.
//
// A picture is replayed from the nearest kept one, at most KEEP steps back, so that seeking is quick anywhere. A
// program may run several block_ons one after the other; each is an act, with tasks of its own.

import {read, steps} from './facts.js';
import {TASKS} from './palette.js';
import {apply, Picture} from './picture.js';

/** How many steps apart pictures are kept. */
export const KEEP = 32;
const CROWD = 8; // So many tasks and more are not kept in sight when they have ended.

/**
 * A task of the recording. `id` is its place in `Recording.tasks`; a number may come again in a later act.
 * @typedef {{id: number, number: number, label: string, name: string, letter: string, colour: number}} TaskName
 * @typedef {{first: number, last: number, tasks: number[], most: {ready: number, waiting: number, done: number,
 *   things: number}}} Act  The steps from `first` to `last`, both included.
 */

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
    const begins = beginnings(this.steps);
    this.acts.push(newAct(0));
    for (const [i, step] of this.steps.entries()) {
      if (begins.has(i)) {
        alive.clear();
        step.begins = true;
        this.acts.push(newAct(i));
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

// Where a new block_on begins: with the first poll of its future, task 1. One has ended when that was done; or, when it
// was left by an exception, a number is given away again that the next block_on must have begun to count anew.
function beginnings(steps) {
  const begins = new Set();
  let known = new Set();
  let polled = -1;
  let over = false;
  for (const [i, {kind, task}] of steps.entries()) {
    if (kind === 'poll' && task === 1) {
      if (over) {
        begins.add(i);
        known = new Set();
      }
      over = false;
      polled = i;
    }
    if (kind === 'done' && task === 1) over = true;
    if (kind !== 'spawn') continue;
    if (known.has(task)) {
      begins.add(Math.max(polled, 1));
      known = new Set(steps.slice(polled, i).flatMap((step) => (step.kind === 'spawn' ? [step.task] : [])));
    }
    known.add(task);
  }
  return begins;
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
