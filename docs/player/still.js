// Still: one step of a recording as a picture that stands alone, light or dark as the reader's system is. For pages
// that cannot run the player. And the parts that the moving picture shares with it.

import {coloured, current} from './code.js';
import {box, icon, label, safe, short} from './draw.js';
import {layout, loop} from './loop.js';
import {forPicture, SHAPES} from './palette.js';
import {heightOf, laneY, outside, timeline} from './timeline.js';
import {picture, plain, sentence, time} from './words.js';

/** How wide every picture is. */
export const WIDTH = 880;
const EDGE = 16;
const NAMES = 130;
const LINE = 19;

/** Styles that only pictures need, on top of the shapes'. */
export const STYLE = `${SHAPES}.say,.say text{font-size:17px}.w,.w text{white-space:pre}.m text{font:12px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace}.who{font-weight:650;fill:var(--t);font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;font-size:16px}`
  + '.page{fill:var(--ground);stroke:var(--line)}.top{fill:var(--panel)}.now{fill:var(--t,var(--soft));opacity:.17}.shell{fill:var(--shell)}.out text{fill:var(--shell-ink)}'
  + '.word{fill:var(--word)}.text{fill:var(--text)}.note{fill:var(--soft)}.veil{fill:var(--ground);opacity:.6}.cursor{fill:var(--ink);fill-opacity:.12;stroke:var(--ink);stroke-width:1.6}';

// The rules of a style that a picture needs: those of classes that occur in it.
function needed(style, body) {
  const used = new Set([...body.matchAll(/class="([^"]*)"/g)].flatMap((match) => match[1].split(/\s+/)));
  const needs = (selector) => (selector.match(/\.[\w-]+/g) ?? []).every((name) => used.has(name.slice(1)));
  return style.replace(/([^{}]+)\{[^{}]*\}/g, (rule, selectors) => (selectors.split(',').some(needs) ? rule : ''));
}

// A style with the colours that it asks for.
function colours(style) {
  const used = new Set([...style.matchAll(/var\(--([\w-]+)/g)].map((match) => match[1]));
  return forPicture('svg', (name) => used.has(name)) + style;
}

// Icons that come often are written once.
function reused(body) {
  const icon = /<path class="(i[^"]*)" d="([^"]*)" transform="translate\(([-\d.]+) ([-\d.]+)\) scale\(([\d.]+)\)"\/>/g;
  const known = new Map();
  for (const [, classes, d, , , scale] of body.matchAll(icon)) known.set(`${classes}|${d}|${scale}`, (known.get(`${classes}|${d}|${scale}`) ?? 0) + 1);
  const often = [...known].filter(([, times]) => times > 2).map(([key]) => key);
  const defined = often.map((key) => key.split('|')).map(([classes, d, scale], i) => `<path id="i${i}" class="${classes}" d="${d}" transform="scale(${scale})"/>`);
  const used = body.replace(icon, (whole, classes, d, x, y, scale) => {
    const place = often.indexOf(`${classes}|${d}|${scale}`);
    return place < 0 ? whole : `<use href="#i${place}" x="${x}" y="${y}"/>`;
  });
  return (defined.length ? `<defs>${defined.join('')}</defs>` : '') + used;
}

/** A whole file: the drawing, what it looks like, and what it shows in words. `more` is style that is kept whole. */
export const file = (height, style, body, title, words, more = '') => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${short(height)}" width="${WIDTH}" height="${short(height)}" role="img">`
  + `<title>${safe(title)}</title><desc>${safe(words)}</desc><style>${colours(needed(style, `class="page"${body}`) + more)}</style>${reused(`${box(0.5, 0.5, WIDTH - 1, height - 1, 'page', 12)}${body}`)}</svg>\n`;

/** A sentence as SVG text, on as many lines as it needs. Returns the text and the number of lines. */
export function said(recording, parts, x, y, letters) {
  const words = parts.flatMap((part) => (typeof part === 'string' ? part.split(/(?<= )/) : [part]));
  const lines = [[]];
  let used = 0;
  for (const word of words) {
    const text = typeof word === 'string' ? word : recording.tasks[word.task].name;
    if (used + text.trimEnd().length > letters && lines.at(-1).length) {
      lines.push([]);
      used = 0;
    }
    used += text.length;
    const last = lines.at(-1);
    if (typeof word !== 'string') last.push(`<tspan class="who t${recording.tasks[word.task].colour}">${safe(text)}</tspan>`);
    else last.push(safe(text));
  }
  return {svg: lines.map((line, i) => `<text x="${x}" y="${y + i * 23}" class="say">${line.join('')}</text>`).join(''), lines: lines.length};
}

/** Lines of source as SVG text; `from` and `to` are line numbers. */
export function code(source, from, to, x, y) {
  const lines = source.split('\n').slice(from - 1, to).map((line, i) => {
    const spans = coloured(line).replace(/<span/g, '<tspan').replace(/<\/span>/g, '</tspan>');
    return line.trim() && !/^\s*\/\/ #(end)?region/.test(line) && `<text x="${x}" y="${y + i * LINE}">${spans}</text>`;
  });
  return {svg: `<g class="m w">${lines.join('')}</g>`, yOf: (line) => y + (line - from) * LINE - 13.5, height: (to - from + 1) * LINE, line: LINE};
}

/** The timeline of an act at y, with the names of its lanes; around `step` where there is no room for all of it. */
export function lanesAt(recording, act, y, step) {
  const room = WIDTH - NAMES - 2 * EDGE;
  const column = Math.floor(Math.min(34, Math.max(16, room / (act.last - act.first + 1))));
  const drawn = timeline(recording, act, column);
  const left = Math.max(0, Math.min((step - act.first) * column - room * 0.6, drawn.width + 20 - room));
  const names = act.tasks.map((id, i) => {
    const task = recording.tasks[id];
    return `<g class="t${task.colour}"><circle class="dot" cx="${EDGE + 10}" cy="${y + laneY(i)}" r="9"/>${label(EDGE + 10, y + laneY(i) + 4, task.letter, 'l c')}${label(EDGE + 26, y + laneY(i) + 4, task.name, 'm n')}</g>`;
  });
  return {column, left, height: heightOf(act), x: (at) => (at - act.first) * column,
    names: names.join('') + label(EDGE + NAMES - 12, y + laneY(act.tasks.length) + 4, outside(recording, act), 's e'),
    wrap: (inner) => `<svg x="${EDGE + NAMES}" y="${y}" width="${room}" height="${heightOf(act)}" viewBox="${short(left)} 0 ${room} ${heightOf(act)}">${drawn.svg}${inner}</svg>`};
}

/**
 * The picture of a step.
 * @param {import('./model.js').Recording} recording
 * @param {number} step
 * @param {string} title
 * @param {string} source  the text of the file that the step is in: shown where there are no tasks
 */
export function still(recording, step, title, source = '') {
  const what = recording.steps[step];
  const act = recording.act(step);
  const task = recording.tasks[what.woken?.[0] ?? what.id];
  const parts = sentence(recording, step);
  const caption = said(recording, parts, 66, 42, 74);
  const top = caption.lines > 1 ? 82 : 62;
  const head = `<path class="top" d="M1 13a12 12 0 0 1 12-12H${WIDTH - 13}a12 12 0 0 1 12 12V${top}H1z"/><path class="rule" d="M1 ${top}H${WIDTH - 1}"/>`
    + `<g class="${task ? `t${task.colour}` : ''}"><circle cx="36" cy="${top / 2}" r="17" style="fill:var(--t,var(--soft))"/>${icon(what.kind, 36, top / 2, 'o', 19)}</g>`
    + (caption.lines > 1 ? said(recording, parts, 66, 35, 74).svg : said(recording, parts, 66, 37, 74).svg)
    + label(WIDTH - EDGE, top / 2 + 1, time(what.time), 'e b m') + label(WIDTH - EDGE, top / 2 + 16, `${recording.clock} clock`, 's e');
  const bare = recording.tasks.length === 0;
  const plan = layout(recording, act, 520);
  const middle = bare ? 17 * LINE + 16 : plan.height + 12;
  const split = 552;
  const left = bare ? excerpt(recording, step, source, top, split)
    : `<svg x="${EDGE}" y="${top + 8}" width="${plan.width}" height="${plan.height}">${loop(recording, step, plan).svg}</svg>`;
  const rows = Math.floor((middle - 36) / LINE);
  const lines = recording.output.slice(0, recording.at(step).lines).slice(-rows);
  const out = `<g class="out"><rect class="shell" x="${split}" y="${top}" width="${WIDTH - split - 1}" height="${middle}"/>${label(split + 12, top + 20, 'output', 'b')}`
    + lines.map((line, i) => `<text x="${split + 12}" y="${top + 42 + i * LINE}" class="m w">${safe(line.text.split('\n')[0].slice(0, 42))}</text>`).join('') + '</g>';
  if (bare) return file(top + middle + 12, STYLE, head + left + out, title, plain(recording, parts));
  const y = top + middle + 6;
  const lanes = lanesAt(recording, act, y, step);
  const after = lanes.x(step + 1);
  const cursor = `<rect class="veil" x="${short(after)}" y="0" width="${short(lanes.x(act.last + 2) - after + 40)}" height="${lanes.height}"/>${box(lanes.x(step), 2, lanes.column, lanes.height - 4, 'cursor', 5)}`;
  return file(y + lanes.height + 8, STYLE, `${head}${left}${out}<path class="rule" d="M1 ${y - 6}H${WIDTH - 1}"/>${lanes.names}${lanes.wrap(cursor)}`,
    title, `${plain(recording, parts)} ${picture(recording, step)}`);
}

function excerpt(recording, step, source, top, width) {
  const eye = current(recording, step);
  const from = Math.max(1, (eye?.line ?? 1) - 11);
  const drawn = code(source, from, from + 16, EDGE + 4, top + 24);
  return `${eye ? `<rect class="now" x="1" y="${drawn.yOf(eye.line)}" width="${width}" height="${LINE}"/>` : ''}<svg x="0" y="0" width="${width - 8}" height="100%">${drawn.svg}</svg>`;
}
