// Loop: the places of an executor and who is where: ready queue, the thread, waiting, done; below, what they wait for.

import {box, clip, dot, icon, label, way} from './draw.js';
import {time} from './words.js';

const CHIP = 28; // The height of a task's chip.
const LONGEST = 14; // Letters of a name that are shown.
const LETTER = 7.4; // About the width of a letter: where fonts are narrower, a little room is left.
const WAYS = {spawn: 'spawn', poll: 'poll', pending: 'pending', done: 'ready', wake: 'wake', timer_fired: 'wake'};

/**
 * Where things go for an act, at a width: the same for each of its steps, so that nothing jumps.
 * @param {import('./model.js').Recording} recording
 * @param {import('./model.js').Act} act
 * @param {number} width
 */
export function layout(recording, act, width) {
  const left = width < 420 ? 70 : 80;
  const inner = width - left - 6;
  const longest = Math.max(4, ...act.tasks.map((id) => clip(recording.tasks[id].name, LONGEST).length));
  const across = (size) => Math.max(1, Math.floor((inner - 12) / (size + 8)));
  const rows = (most, size) => Math.max(1, Math.ceil(most / across(size)));
  const whole = Math.min(34 + longest * 7.25, inner - 20);
  const small = rows(act.most.waiting, Math.max(whole, 118)) > 4; // Then the letter alone has to do.
  const chip = small ? 31 : whole;
  const cell = small ? 76 : Math.min(Math.max(chip, 118), inner - 20); // A chip that waits has a line below it.
  const ready = {y: 8, height: 32 + rows(act.most.ready, chip) * (CHIP + 8)};
  const thread = {y: ready.y + ready.height + 44, height: 32 + CHIP + 8};
  const waiting = {y: thread.y + thread.height + 44, height: 32 + rows(act.most.waiting, cell) * (CHIP + 26)};
  const things = {y: waiting.y + waiting.height + 12};
  const threadWidth = Math.max(chip + 24, Math.round(inner * 0.56));
  const seat = (i) => [left + 12 + (i % across(cell)) * (cell + 8), waiting.y + 32 + Math.floor(i / across(cell)) * (CHIP + 26)];
  return {width, left, inner, small, chip, cell, across, ready, thread, waiting, things, threadWidth, seat,
    height: things.y + Math.ceil(Math.min(act.most.things, 6) / Math.max(1, Math.floor(inner / 150))) * 34 + 4};
}

/**
 * The picture of a step. `chips` says where each task's chip is, to move it there from where it was.
 * @param {import('./model.js').Recording} recording
 * @param {number} number
 * @param {ReturnType<typeof layout>} plan
 * @returns {{svg: string, chips: Map<number, number[]>}}
 */
export function loop(recording, number, plan) {
  const step = recording.steps[number];
  const now = recording.at(number);
  const act = recording.act(number);
  const chips = new Map();
  const parts = [...places(now, step, plan)];
  const put = (id, x, y, look, below) => {
    if (look !== 'again') chips.set(id, [x, y]);
    parts.push(chip(recording.tasks[id], x, y, plan, look, below));
  };
  const {chip: size} = plan;
  now.ready.forEach((id, i) => put(id, plan.left + 12 + (i % plan.across(size)) * (size + 8),
    plan.ready.y + 32 + Math.floor(i / plan.across(size)) * (CHIP + 8), id === now.running ? 'again' : 'ready'));
  if (now.running !== null) put(now.running, plan.left + 12, plan.thread.y + 32, 'thread');
  const waiting = act.tasks.filter((id) => now.tasks[id]?.place === 'waiting');
  waiting.forEach((id, i) => put(id, ...plan.seat(i), 'waiting', waitsOn(recording, now, id)));
  parts.push(...done(recording, now, act, plan, chips), ...things(recording, now, step, plan));
  return {svg: parts.join(''), chips};
}

function* places(now, step, plan) {
  const {left, inner, ready, thread, waiting, threadWidth, width} = plan;
  const lit = (name) => (WAYS[step.kind] === name ? 'act' : '');
  const down = left + 58;
  const right = left + threadWidth;
  yield way([[4, ready.y + 24], [left, ready.y + 24]], lit('spawn')) + label(4, ready.y + 16, 'spawn', `by ${lit('spawn')}`);
  yield way([[down, ready.y + ready.height], [down, thread.y]], lit('poll')) + label(down + 12, thread.y - 18, 'poll', `by ${lit('poll')}`);
  yield way([[down, thread.y + thread.height], [down, waiting.y]], lit('pending')) + label(down + 12, waiting.y - 18, 'Pending', `by ${lit('pending')}`);
  yield way([[right, thread.y + 40], [right + 62, thread.y + 40]], lit('ready')) + label(right + 26, thread.y + 31, 'Ready', `by c ${lit('ready')}`);
  const middle = waiting.y + Math.min(40, waiting.height / 2);
  yield way([[left, middle], [left - 26, middle], [left - 26, ready.y + 46], [left, ready.y + 46]], lit('wake'));
  yield label(left - 31, thread.y + thread.height / 2 + 4, 'wake', `by e ${lit('wake')}`);
  yield box(left, ready.y, inner, ready.height, 'box') + label(left + 12, ready.y + 20, 'ready queue', 'b');
  if (inner > 240) yield label(width - 16, ready.y + 20, 'front is on the left', 's e');
  yield box(left, thread.y, threadWidth, thread.height, `box ${now.running === null ? '' : 'act'}`) + label(left + 12, thread.y + 20, 'the thread', 'b');
  const state = now.running !== null ? 'runs one task' : now.sleeping ? 'asleep' : 'free';
  if (threadWidth > 170 && !plan.quiet) yield label(right - 10, thread.y + 20, state, 's e');
  if (now.sleeping) yield icon('park', left + 30, thread.y + 46, 'k', 26);
  yield box(right + 62, thread.y, width - 6 - right - 62, thread.height, 'box') + label(right + 72, thread.y + 20, 'done', 'b');
  yield box(left, waiting.y, inner, waiting.height, 'box') + label(left + 12, waiting.y + 20, 'waiting', 'b');
}

function chip(task, x, y, plan, look, below = '') {
  const full = look === 'thread';
  return `<g class="t${task.colour}${full ? ' flip' : ''}" data-task="${task.id}" data-look="${look}">`
    + box(x, y, plan.chip, CHIP, `chip${full ? ' full' : look === 'waiting' ? '' : ' dash'}`, 6) + dot(task, x + 15, y + CHIP / 2)
    + (plan.small ? '' : label(x + 28, y + 18, clip(task.name, LONGEST), `m ${full ? 'o b' : 'n'}`))
    + (below && label(x + 4, y + CHIP + 14, plan.small ? clip(below.split(',')[0], 11) : clip(below, 22), 's')) + '</g>';
}

// "timer 3, at 2 s", "mutex 1", "tea".
function waitsOn(recording, now, id) {
  const {on} = now.tasks[id];
  const task = /^task (\d+)$/.exec(on);
  const timer = /^timer (\d+)$/.exec(on);
  if (task) return `for ${recording.tasks.findLast((each) => each.number === Number(task[1]) && now.tasks[each.id])?.name ?? on}`;
  const due = timer && now.timers.get(Number(timer[1]))?.due;
  return due != null ? `${on}, at ${time(due)}` : on.replace(/^fd /, 'descriptor ') || '(it did not say)';
}

function* done(recording, now, act, plan, chips) {
  const left = plan.left + plan.threadWidth + 62 + 20;
  const room = Math.max(1, Math.floor((plan.width - 6 - left + 6) / 24));
  const over = act.tasks.filter((id) => now.tasks[id]?.place === 'done');
  const fits = over.length <= 2 * room ? over : over.slice(0, 2 * room - 1);
  const at = (i) => [left + (i % room) * 24, plan.thread.y + (over.length > room ? 36 : 46) + Math.floor(i / room) * 22];
  for (const [i, id] of fits.entries()) {
    chips.set(id, at(i));
    yield `<g data-task="${id}" data-look="done">${dot(recording.tasks[id], ...at(i))}</g>`;
  }
  if (fits.length < over.length) yield label(at(fits.length)[0], at(fits.length)[1] + 4, `+${over.length - fits.length}`, 's b c');
}

// Timers of one moment are one pill.
function* things(recording, now, step, plan) {
  const pills = [];
  const moments = new Map();
  for (const [number, timer] of [...now.timers].sort((a, b) => a[1].due - b[1].due)) {
    moments.set(timer.due, [...moments.get(timer.due) ?? [], {number, ...timer}]);
  }
  for (const [due, timers] of moments) {
    const ids = [...new Set(timers.map((timer) => timer.task))].filter((id) => recording.tasks[id]);
    pills.push({kind: 'clock', text: ids.length ? `${time(due)} wakes` : time(due), ids, act: step.kind === 'timer_set' && step.due === due});
  }
  for (const [name, {depth, cap}] of now.channels) {
    pills.push({kind: 'send', text: `channel ${name}`, slots: cap > 0 && cap <= 8 ? [depth, cap] : null,
      end: cap > 0 && cap < 1e9 ? `${depth} of ${cap}` : `${depth} in it`, act: String(step.chan) === name});
  }
  for (const [name, holders] of now.locks) {
    const ids = holders.filter((id) => recording.tasks[id]); // The program itself may hold it, too.
    pills.push({kind: holders.length ? 'lock' : 'unlock', text: ids.length ? `${name}:` : `${name}: ${holders.length ? 'held' : 'free'}`, ids,
      act: step.lock === name});
  }
  for (const [fd, {what, ready}] of now.sockets) pills.push({kind: 'fd', text: `${fd} ${what}${ready && `: ${ready}`}`, act: step.fd === fd});
  let x = plan.left;
  let {y} = plan.things;
  for (const pill of pills.slice(0, 6)) {
    const size = widthOf(pill);
    if (x > plan.left && x + size > plan.width) [x, y] = [plan.left, y + 34];
    yield drawn(pill, x, y, size, recording);
    x += size + 8;
  }
  if (pills.length > 6) yield label(x, y + 18, `and ${pills.length - 6} more`, 's');
}

const widthOf = ({text, ids = [], slots, end = ''}) =>
  38 + text.length * LETTER + Math.min(ids.length, 12) * 20 + (slots ? slots[1] * 16 + 6 : 0) + (end ? end.length * LETTER + 8 : 0);

function drawn({kind, text, ids = [], slots, end, act}, x, y, size, recording) {
  let at = x + size - 16 - 20 * (Math.min(ids.length, 12) - 1);
  const parts = [box(x, y, size, 26, `pill ${act ? 'act' : ''}`, 13), icon(kind, x + 15, y + 13, 'k'), label(x + 27, y + 17.5, text)];
  for (const id of ids.slice(0, 12)) {
    parts.push(dot(recording.tasks[id], at, y + 13, 8.5));
    at += 20;
  }
  if (slots) at = x + 32 + text.length * LETTER;
  for (let i = 0; slots && i < slots[1]; ++i, at += 16) parts.push(box(at, y + 7, 12, 12, `slot ${i < slots[0] ? 'full' : ''}`, 2));
  if (end) parts.push(label(x + size - 10, y + 17.5, end, 's e'));
  return `<g>${parts.join('')}</g>`;
}
