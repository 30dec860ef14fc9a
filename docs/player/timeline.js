// Timeline: a lane for every task. Dashed: ready. Solid: polled. A thin line: waiting. Arrows: wake-ups and spawns.

import {icon, label, short} from './draw.js';
import {time} from './words.js';

const ROW = 30;
const TOP = 26;
const BAR = 18;
const MARKED = new Set(['print', 'timer_set', 'timer_cancelled', 'send', 'recv', 'lock', 'unlock', 'spawn', 'fd_add', 'fd_del', 'block']);

/**
 * What happened in an act, as lanes: where each task was, from which step to which.
 * @param {import('./model.js').Recording} recording
 * @param {import('./model.js').Act} act
 */
export function lanes(recording, act) {
  const made = act.tasks.map((id) => ({id, spans: [], end: null}));
  const marks = [];
  const arrows = [];
  const jumps = [{step: act.first, time: act.first ? recording.steps[act.first].time : 0}];
  for (let step = act.first; step <= act.last; ++step) {
    const now = recording.at(step);
    const what = recording.steps[step];
    for (const lane of made) {
      const place = now.tasks[lane.id]?.place ?? 'none';
      const last = lane.spans.at(-1);
      if (place === 'done' && !lane.end) lane.end = {step, how: now.tasks[lane.id].how};
      if (place === 'none' || place === 'done') continue;
      if (last?.place === place && last.to === step - 1) last.to = step;
      else lane.spans.push({place, from: step, to: step});
    }
    const acts = what.kind === 'spawn' ? what.byId : what.id;
    if (MARKED.has(what.kind) && typeof acts === 'number') marks.push({step, kind: what.kind, task: acts});
    if (what.kind === 'timer_fired') for (const id of what.woken) arrows.push({step, from: null, to: id});
    if (what.kind === 'wake' || what.kind === 'spawn') arrows.push({step, from: what.byId, to: what.id, spawn: what.kind === 'spawn'});
    if (what.time <= jumps.at(-1).time) continue;
    if (what.kind === 'park' || what.kind === 'block') jumps.push({step, time: what.time, kind: what.kind});
    else if (what.kind === 'timer_fired') jumps.push({step: step - 1, time: what.time, kind: 'none'}); // The sleep was left out.
  }
  return {lanes: made, marks, arrows, jumps};
}

/** What wakes tasks from outside in an act, in two words, or one. */
export const outside = (recording, act) => (recording.steps.slice(act.first, act.last + 1).some(({kind, by}) => kind === 'fd_ready'
  || (kind === 'wake' && !/^(task|timer) /.test(by))) ? 'outside' : 'the clock');

/** How high the timeline of an act is. */
export const heightOf = (act) => TOP + ROW * (act.tasks.length + 1) + 4;

/** The middle of a lane; the one after the last is the clock's. */
export const laneY = (i) => TOP + ROW * i + ROW / 2;

/**
 * Draws the lanes of an act, each step `column` wide.
 * @param {import('./model.js').Recording} recording
 * @param {import('./model.js').Act} act
 * @param {number} column
 * @returns {{svg: string, width: number, height: number}}
 */
export function timeline(recording, act, column) {
  const story = lanes(recording, act);
  const x = (step) => (step - act.first) * column;
  const row = new Map(act.tasks.map((id, i) => [id, laneY(i)]));
  const bottom = laneY(act.tasks.length);
  const width = (act.last - act.first + 1) * column;
  const parts = [`<path class="rule" d="M0 ${bottom - ROW / 2}H${short(width)}"/>`];
  let free = -1;
  for (const jump of story.jumps) {
    if (jump.kind) parts.push(`<path class="jump" d="M${short(x(jump.step + 1))} 6V${bottom + 10}"/>`, jump.kind === 'none' ? '' : icon(jump.kind, x(jump.step) + column / 2, bottom, '', Math.min(18, column + 2)));
    const words = time(jump.time);
    const at = jump.kind ? x(jump.step + 1) + 4 : 2;
    if (at < free) continue;
    parts.push(label(at, 17, words, 's'));
    free = at + words.length * 7 + 6;
  }
  for (const lane of story.lanes) parts.push(drawn(recording.tasks[lane.id], lane, row.get(lane.id), x, column));
  if (column >= 12) {
    for (const mark of story.marks) {
      parts.push(icon(mark.kind, x(mark.step) + column / 2, row.get(mark.task) ?? bottom, 'o', Math.min(14, column - 1)));
    }
  }
  const ways = {wake: '', spawn: '', heads: ''};
  for (const arrow of story.arrows) parts.push(drawArrow(ways, arrow, x(arrow.step) + column / 2, row, bottom, recording.steps[arrow.step]));
  parts.push(`<path class="arrow" d="${ways.wake}"/><path class="arrow dash" d="${ways.spawn}"/><path class="head" d="${ways.heads}"/>`);
  return {svg: parts.join(''), width, height: heightOf(act)};
}

function drawn(task, lane, y, x, column) {
  const drawn = {waiting: '', ready: '', thread: ''};
  for (const {place, from, to} of lane.spans) {
    const [left, right] = [x(from) + 2, x(to + 1) - 2];
    drawn[place] += place === 'waiting' ? `M${short(left - 1)} ${y}H${short(right + 1)}` : `M${short(left)} ${y - BAR / 2}H${short(right)}v${BAR}H${short(left)}z`;
  }
  const looks = {waiting: 'wait', ready: 'chip dash', thread: 'bar'};
  const parts = Object.entries(drawn).map(([place, d]) => (d ? `<path class="${looks[place]}" d="${d}"/>` : ''));
  if (lane.end) parts.push(icon(lane.end.how === 'ready' ? 'done' : 'cancel', x(lane.end.step) + Math.max(column / 2, 7), y, 'n', 14));
  return `<g class="t${task.colour}">${parts.join('')}</g>`;
}

// Adds an arrow to the ways; returns what stands at its foot.
function drawArrow(ways, {from, to, spawn}, x, row, bottom, step) {
  const end = row.get(to);
  if (end === undefined || from === to) return '';
  const start = row.get(from) ?? bottom;
  const up = Math.sign(end - start);
  const tip = end - up * (BAR / 2 + 1);
  ways[spawn ? 'spawn' : 'wake'] += `M${short(x)} ${short(start + up * (from === null ? 8 : BAR / 2))}V${short(tip - up * 6)}`;
  ways.heads += `M${short(x)} ${short(tip)}l-4 ${-up * 7}h8z`;
  return from === null ? icon(/^fd/.test(step.by) ? 'fd' : step.kind === 'timer_fired' ? 'clock' : 'wake', x, bottom, 'k', 13) : '';
}
