// House: the map of the library. A floor for each lesson, the foundations below; a box for each file (a header and its
// source are one), a line for each include that no other include already implies.

import {COLOURS, forPicture} from './player/palette.js';
import {safe} from './player/draw.js';

const WIDTH = 800;
const LEFT = 134;
const BOX = 28;
const ROW = 44;
const COLOUR = ['soft', 't0', 't2', 't3', 't1', 't6', 't5', 't4', 't7', 't0', 't2'];

/**
 * Who includes whom.
 * @param {{foundations: string[], lessons: {id: string, title: string, runtime: string[]}[]}} course
 * @param {Map<string, string>} files  each file's name and its text
 */
export function plan(course, files) {
  const floors = [{name: 'foundations', files: course.foundations}, ...course.lessons.map(({id, title, runtime}) => ({name: `${id.slice(0, 2)} ${title}`, files: runtime}))];
  const known = floors.flatMap(({files: list}) => list);
  const owner = (name) => known.includes(name) ? name : known.filter((each) => name.startsWith(`${each}_`)).sort((a, b) => b.length - a.length)[0];
  const includes = new Map(known.map((name) => [name, new Set()]));
  for (const [file, text] of files) {
    const from = owner(file.replace(/\.[hc]pp$/, ''));
    if (!from) throw new Error(`${file} stands on no floor: list it in course/course.json`);
    for (const [, to] of text.matchAll(/^#include "kettle\/(\w+)\.hpp"/gm)) if (owner(to) !== from) includes.get(from).add(owner(to));
  }
  return {floors, includes};
}

/** The includes that are not implied by another one. */
export function needed(includes) {
  const reach = (from, seen = new Set()) => { for (const to of includes.get(from)) if (!seen.has(to)) { seen.add(to); reach(to, seen); } return seen; };
  const kept = [];
  for (const [from, list] of includes) for (const to of list) if (![...list].some((other) => other !== to && reach(other).has(to))) kept.push([from, to]);
  return kept;
}

/** The map, as a picture that stands alone. */
export function house(course, files) {
  const {floors, includes} = plan(course, files);
  const at = new Map();
  let y = 8;
  const bands = [...floors.entries()].reverse().map(([number, floor]) => {
    const top = y;
    let x = LEFT;
    let row = y + 12;
    for (const name of floor.files) {
      const width = Math.round(name.length * 7.9 + 18);
      if (x + width > WIDTH - 14) { x = LEFT; row += ROW; }
      at.set(name, {x, y: row, width, colour: COLOUR[number]});
      x += width + 16;
    }
    y = row + BOX + 18;
    return `<rect class="f${number % 2}" x="2" y="${top}" width="${WIDTH - 4}" height="${y - top}"/><text class="n" x="16" y="${top + 31}">${safe(floor.name)}</text>`;
  });
  const lines = needed(includes).map(([from, to]) => {
    const [a, b] = [at.get(from), at.get(to)];
    const [x1, x2] = [a.x + a.width / 2, b.x + b.width / 2];
    const style = `style="stroke:var(--${a.colour})"`;
    if (a.y === b.y) return `<path ${style} d="M${x1} ${a.y + BOX}C${x1} ${a.y + BOX + 14} ${x2} ${b.y + BOX + 14} ${x2} ${b.y + BOX}"/>`;
    const [y1, y2] = a.y < b.y ? [a.y + BOX, b.y] : [a.y, b.y + BOX];
    const bend = Math.min(60, Math.abs(y2 - y1) / 2) * Math.sign(y2 - y1);
    return `<path ${style} d="M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}"/>`;
  });
  const boxes = [...at].map(([name, {x, y: top, width, colour}]) =>
    `<rect class="b" style="stroke:var(--${colour})" x="${x}" y="${top}" width="${width}" height="${BOX}" rx="6"/><text class="m" x="${x + width / 2}" y="${top + 18.5}">${safe(name)}</text>`);
  const used = new Set(['ground', 'panel', 'line', 'ink', 'soft', ...COLOUR]);
  const style = forPicture('svg', (name) => used.has(name) && COLOURS.some(([known]) => known === name));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 6}" role="img" aria-labelledby="t"><title id="t">The map of the house: the files of the library, a floor for each lesson</title><style>${style}
.f0{fill:var(--panel)}.f1{fill:var(--ground)}.b{fill:var(--ground);stroke-width:1.6}path{fill:none;stroke-width:1.3;opacity:.5}
text{fill:var(--ink);font:13px system-ui,sans-serif}.n{font-weight:650}.m{font:12.5px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;text-anchor:middle}</style>
<rect width="${WIDTH}" height="${y + 6}" rx="12" style="fill:var(--ground)"/>
${bands.join('\n')}
${lines.join('\n')}
${boxes.join('\n')}
</svg>
`;
}
