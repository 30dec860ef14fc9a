// Timeline: a lane for every task. Dashed: ready. Solid: polled. A thin line: waiting. Arrows: wake-ups and spawns.

import {box, icon, label, short} from './draw.js';
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
    if (what.time > jumps.at(-1).time && (what.kind === 'park' || what.kind === 'block')) jumps.push({step, time: what.time, kind: what.kind});
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
    if (jump.kind) parts.push(`<path class="jump" d="M${short(x(jump.step + 1))} 6V${bottom + 10}"/>`, icon(jump.kind, x(jump.step) + column / 2, bottom, '', Math.min(18, column + 2)));
    const words = time(jump.time);
    const at = jump.kind ? x(jump.step + 1) + 4 : 2;
    if (at < free) continue;
    parts.push(label(at, 17, words, 's'));
    free = at + words.length * 7 + 6;
  }
  for (const lane of story.lanes) parts.push(drawn(recording.tasks[lane.id], lane, row.get(lane.id), x, column));
  if (column >= 12) {
    for (const mark of story.marks) {
      const task = recording.tasks[mark.task];
      parts.push(`<g class="t${task.colour}">${icon(mark.kind, x(mark.step) + column / 2, row.get(mark.task) ?? bottom, 'o', Math.min(14, column - 1))}</g>`);
    }
  }
  for (const arrow of story.arrows) parts.push(drawnArrow(arrow, x(arrow.step) + column / 2, row, bottom, recording.steps[arrow.step]));
  return {svg: parts.join(''), width, height: heightOf(act)};
}

function drawn(task, lane, y, x, column) {
  const parts = lane.spans.map(({place, from, to}) => {
    if (place === 'waiting') return `<path class="wait" d="M${short(x(from) + 1)} ${y}H${short(x(to + 1) - 1)}"/>`;
    return box(x(from) + 1, y - BAR / 2, x(to + 1) - x(from) - 2, BAR, place === 'thread' ? 'bar' : 'chip dash', 3);
  });
  if (lane.end) parts.push(icon(lane.end.how === 'ready' ? 'done' : 'cancel', x(lane.end.step) + Math.max(column / 2, 7), y, 'n', 14));
  return `<g class="t${task.colour}">${parts.join('')}</g>`;
}

function drawnArrow({from, to, spawn}, x, row, bottom, step) {
  const end = row.get(to);
  if (end === undefined || from === to) return '';
  const start = row.get(from) ?? bottom;
  const up = Math.sign(end - start);
  const foot = start + up * (from === null ? 8 : BAR / 2);
  const tip = end - up * (BAR / 2 + 1);
  const source = from === null ? icon(/^fd/.test(step.by) ? 'fd' : step.kind === 'timer_fired' ? 'clock' : 'wake', x, bottom, 'k', 13) : '';
  return `${source}<path class="arrow${spawn ? ' dash' : ''}" d="M${short(x)} ${short(foot)}V${short(tip - up * 6)}"/>`
    + `<polygon class="head" points="${short(x)},${short(tip)} ${short(x - 4)},${short(tip - up * 7)} ${short(x + 4)},${short(tip - up * 7)}"/>`;
}
