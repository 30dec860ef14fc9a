// Animated: a whole act as a picture that moves by itself, with nothing but CSS: source, places, timeline.

import {current} from './code.js';
import {box, dot, safe, short} from './draw.js';
import {layout, loop} from './loop.js';
import {Picture} from './picture.js';
import {code, file, lanesAt, STYLE, WIDTH} from './still.js';
import {sentence} from './words.js';

const PACE = 1.4; // Seconds for a frame.
const SKIPPED = new Set(['start', 'timer_set', 'park']);

/** The steps that are frames: a poll is left to what the task does first. */
export function frames(recording, act) {
  const steps = [];
  for (let step = act.first; step <= act.last; ++step) {
    const {kind} = recording.steps[step];
    if (!SKIPPED.has(kind) && !(kind === 'poll' && recording.steps[step + 1]?.kind === 'print')) steps.push(step);
  }
  return steps;
}

// The frames as a recording of their own, so that a column of the timeline is a frame.
function brief(recording, act) {
  const numbers = frames(recording, act);
  const whole = {...act, first: 0, last: numbers.length - 1};
  return {tasks: recording.tasks, steps: numbers.map((number) => recording.steps[number]), at: (i) => recording.at(numbers[i]), act: () => whole, acts: [whole],
    say: (i) => sentence(recording, numbers[i]), eye: (i) => current(recording, numbers[i])};
}

// A sentence without what the picture shows anyway.
const brisk = (parts) => [...parts.slice(0, -1), parts.at(-1).replace(/: it joins .*/, '.').replace(' The thread is free.', '')];

// Keyframes from a value for each frame; a frame like the one before needs none. With `glide`, what changes takes that
// part of a frame to do so.
function keyframes(name, values, glide = 0) {
  const at = (i) => `${Number(((100 * i) / values.length).toFixed(1))}%`;
  const written = values.map((value, i) => (i && value === values[i - 1] ? '' : glide && i
    ? `${at(i - glide)}{${values[i - 1]}}${at(i)}{${value}}` : `${at(i)}{${value}}`));
  return `@keyframes ${name}{${written.join('')}${glide ? `to{${values.at(-1)}}` : ''}}`;
}

/**
 * The moving picture of an act.
 * @param {import('./model.js').Recording} recording
 * @param {import('./model.js').Act} act
 * @param {string} source  the text of the program
 * @param {{from: number, to: number, title: string, still: number}} what  which lines to show; the frame that stands for all
 */
export function animated(recording, act, source, {from, to, title, still}) {
  const short_ = brief(recording, act);
  const all = short_.steps.map((_, i) => i);
  const [css, body] = [[], []];
  const long = short(all.length * PACE);
  const plan = layout(recording, act, 418);
  const top = 58;
  const lines = code(source, from, to, 20, top + 22);
  const middle = Math.max(plan.things.y + 4, lines.height + 22);
  const show = (name, values, glide) => css.push(keyframes(name, values, glide), `#${name}{animation-name:${name}}`);

  show('eye', all.map((i) => {
    const eye = short_.eye(i);
    const step = short_.steps[i];
    const task = recording.tasks[step.kind === 'spawn' ? step.byId : step.woken?.[0] ?? step.id];
    return eye && eye.line >= from && eye.line <= to ? `translate:0 ${(eye.line - from) * lines.line}px;fill:var(--t${task?.colour ?? 0})` : 'fill:none';
  }));
  body.push(`<path class="rule" d="M1 ${top}H${WIDTH - 1}M1 ${top + middle}H${WIDTH - 1}"/><rect id="eye" class="now" x="1" y="${lines.yOf(from)}" width="444" height="${lines.line}"/>`,
    `<svg width="444" height="${top + middle}">${lines.svg}</svg>`,
    `<g transform="translate(450 ${top + 6})">${empty(short_, plan, show)}${chips(short_, plan, show)}</g>`);

  const y = top + middle + 2;
  const lanes = lanesAt(short_, short_.act(), y, 0);
  css.push(`@keyframes veil{to{translate:${short(lanes.column * all.length)}px}}#veil{animation-name:veil;animation-timing-function:steps(${all.length})}`);
  body.push(lanes.names, lanes.wrap(`<g id="veil"><rect class="veil" x="${short(lanes.column)}" width="${WIDTH}" height="${lanes.height}"/>${box(0, 2, lanes.column, lanes.height - 4, 'cursor', 5)}</g>`));

  const name = (part) => (typeof part === 'string' ? safe(part) : `<tspan class="t${recording.tasks[part.task].colour}">${safe(recording.tasks[part.task].name)}</tspan>`);
  body.push('<g class="say" transform="translate(20 36)">', ...all.map((i) => `<text style="--i:${i}">${brisk(short_.say(i)).map(name).join('')}</text>`), '</g>');
  css.push(`[id]{animation:0s step-end infinite;animation-duration:${long}s}[id^=p]{animation-timing-function:linear}`,
    `@keyframes say{0%{opacity:1}${Number((100 / all.length).toFixed(2))}%,to{opacity:0}}.say text{opacity:0;animation:say ${long}s step-end infinite;animation-delay:calc((var(--i) - ${all.length})*${PACE}s)}`,
    `.say [style="--i:${still}"]{opacity:1}.say tspan{fill:var(--t);font-weight:650}`,
    `@media(prefers-reduced-motion:reduce){[id]{animation-play-state:paused!important;animation-delay:${-(still + 0.5) * PACE}s!important}.say text{animation:none}}`);
  const words = `Tasks ${act.tasks.map((id) => recording.tasks[id].name).join(', ')} go from the ready queue to the thread, wait, are woken, and end.`;
  return file(y + lanes.height + 8, STYLE, body.join(''), title, words, css.join(''));
}

// The places, with nobody there; a way lights up when somebody takes it.
function empty(recording, plan, show) {
  const nobody = {...recording, at: () => new Picture(), steps: [{kind: 'start'}]};
  const kinds = {pending: ['pending'], wake: ['wake', 'timer_fired'], poll: ['print', 'poll']};
  const lit = Object.entries(kinds).map(([name, some]) => {
    const drawn = loop({...nobody, steps: [{kind: name}]}, 0, plan).svg;
    const acting = [...drawn.matchAll(/<(path|polygon) class="(way|tip) act"[^>]*>/g)].map((match) => match[0]).join('');
    const begins = (i) => recording.at(i).running !== null && recording.at(i).running !== (i ? recording.at(i - 1).running : null);
    show(`l${name}`, recording.steps.map(({kind}, i) => `opacity:${some.includes(kind) && (name !== 'poll' || begins(i)) ? 1 : 0}`));
    return `<g id="l${name}">${acting}</g>`;
  });
  return loop(nobody, 0, {...plan, quiet: true}).svg + lit.join('');
}

// Every task's chip, which moves from place to place, is full on the thread, and a mere letter when it is done.
function chips(recording, plan, show) {
  const drawn = recording.steps.map((_, i) => ({now: recording.at(i), chips: loop(recording, i, plan).chips}));
  return recording.act().tasks.map((id, seat) => {
    const task = recording.tasks[id];
    const where = drawn.map(({now, chips: at}) => ({place: now.tasks[id]?.place ?? 'none', xy: at.get(id)}));
    const name = task.letter;
    const spot = ({place, xy}) => {
      if (!xy) return `${plan.left + 12}px -99px`; // Above the picture: it comes in from there.
      const [x, y] = place === 'done' ? [xy[0] - 15, xy[1] - 14] : place === 'waiting' ? plan.seat(seat) : xy;
      return `${Math.round(x)}px ${Math.round(y)}px`;
    };
    show(`p${name}`, where.map((each) => `translate:${spot(each)}`), 0.3);
    show(`r${name}`, where.map(({place}) => `opacity:${place === 'done' ? 0 : 1}`));
    show(`o${name}`, where.map(({place}) => `opacity:${place === 'thread' ? 1 : 0}`));
    const body = (look) => `<rect class="chip ${look}" width="${short(plan.chip)}" height="28" rx="6"/>`;
    const words = (look) => `<text class="m b ${look}" x="28" y="18">${safe(task.name)}</text>`;
    return `<g id="p${name}" class="t${task.colour}"><g id="r${name}">${body('')}${words('n')}</g>${dot(task, 15, 14)}`
      + `<g id="o${name}" class="flip">${body('full')}${words('o')}${dot(task, 15, 14)}</g></g>`;
  }).join('');
}
